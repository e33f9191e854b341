"""Waking the worker: one datagram on a socket in the data folder. Polling is what makes it safe to lose one."""

import contextlib
import logging
import select
import socket
import threading
from datetime import timedelta
from functools import cache
from pathlib import Path

from django.conf import settings

log = logging.getLogger(__name__)


@cache
def _sender() -> socket.socket:
    sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sender.setblocking(False)
    return sender


def _path() -> Path:
    return Path(settings.DATA_DIR) / "worker.sock"


def nudge() -> None:
    """Tell the worker that there may be something to do; never blocks, never fails."""
    with contextlib.suppress(OSError):
        _sender().sendto(b"!", str(_path()))


@cache
def bell(lane: str) -> threading.Event:
    """Return what wakes one lane of this process."""
    return threading.Event()


class Ear:
    """The worker's end of the socket. Of several workers the newest has it, and the others poll."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._file: tuple[int, int] | None = None
        try:
            _path().parent.mkdir(parents=True, exist_ok=True)
            _path().unlink(missing_ok=True)
            self._socket.bind(str(_path()))
            self._file = _identity(_path())
        except OSError as error:  # a path of over 107 bytes, a file system without sockets
            log.warning("The worker cannot be woken and looks once a second: %s", error)

    def wait(self, at_most: timedelta) -> None:
        """Return after a nudge, or when the time is over."""
        ready, _, _ = select.select([self._socket], [], [], max(0.0, at_most.total_seconds()))
        if ready:
            with contextlib.suppress(BlockingIOError):
                while self._socket.recv(64):
                    pass

    def close(self) -> None:
        """Take the socket away, unless another worker has put its own there."""
        self._socket.close()
        with contextlib.suppress(OSError):
            if self._file == _identity(_path()):
                _path().unlink()


def _identity(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_dev, stat.st_ino
