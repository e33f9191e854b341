"""The write lock: a kernel file lock in a file of its own beside the database.

SQLite lets one connection write at a time and makes the others poll, which costs up to a second when it is
busy. Waiting in the kernel instead is in order and ends the moment the holder lets go, or dies.
"""

import fcntl
import os
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Holder:
    """The process that is writing, and for how long it has been."""

    pid: int
    seconds: float


class WriteLock:
    """One connection's handle on the lock of the database at `database`.

    A file lock belongs to the open file, so each connection needs a handle of its own: threads sharing one
    would all be let in. There is no time-out; `holder` shows a writer that is stuck.
    """

    def __init__(self, database: str) -> None:
        self.path = lock_path(database)
        self.is_held = False
        self._file: int | None = None

    def take(self) -> None:
        """Wait until this connection alone may write. Taking it again changes nothing."""
        if self.is_held:
            return
        if self._file is None:
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        self.is_held = True
        os.pwrite(self._file, b"%-10d" % os.getpid(), 0)

    def let_go(self) -> None:
        if self.is_held and self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_UN)
            self.is_held = False

    def close(self) -> None:
        """Let go and give the file back; the lock may be taken again afterwards."""
        self.is_held = False
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def __del__(self) -> None:
        self.close()


def lock_path(database: str) -> str:
    """The same for every name of one database file."""
    return os.path.realpath(database) + "-lock"


def holder(database: str) -> Holder | None:
    """Who is writing to `database` at this moment, or None. Takes a few microseconds and delays no writer.

    A lock that looks old is looked at twice: the holder may have taken it just now and not said so yet.
    """
    found = _look(lock_path(database))
    if found and found.seconds > 1:
        time.sleep(0.05)
        found = _look(lock_path(database))
    return found


def _look(path: str) -> Holder | None:
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return Holder(
            pid=int(os.pread(file, 10, 0) or b"0"),
            seconds=max(0.0, time.time() - os.fstat(file).st_mtime),
        )
    else:
        return None
    finally:
        os.close(file)
