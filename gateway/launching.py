"""What must be known before the settings load (the data folder, the secret key in it), and what can stop a start."""

import fcntl
import os
import secrets
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO

BASE_DIR = Path(__file__).resolve().parent.parent
_PREDECESSOR_ENDS_WITHIN = 15.0  # seconds that the children of a killed gateway may still hold the port


class CannotStart(Exception):
    """Why the gateway cannot start, in one clear sentence."""


def choose_data_folder(argv: Sequence[str]) -> None:
    """Let `--data DIR` of any command decide `GATEWAY_DATA_DIR`, for this process and its children."""
    for word, following in zip(argv, [*argv[1:], ""], strict=True):
        if word == "--data" and following:
            os.environ["GATEWAY_DATA_DIR"] = str(Path(following).resolve())
        elif word.startswith("--data="):
            os.environ["GATEWAY_DATA_DIR"] = str(Path(word.removeprefix("--data=")).resolve())


def read_secret_key(folder: Path) -> str:
    """Return the data folder's secret key, or "" where there is none yet."""
    try:
        return (folder / "secret_key").read_text().strip()
    except OSError:
        return ""


def prepare_data_folder(folder: Path) -> str:
    """Make the data folder and its secret key (file mode 600) where they do not exist; return the key.

    Raises CannotStart where the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            descriptor = os.open(folder / "secret_key", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            pass
        else:
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(64))
        probe = folder / f".writable-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise CannotStart(f"The data folder {folder} cannot be written: {error.strerror}.") from error
    return read_secret_key(folder)


@contextmanager
def held(folder: Path) -> Iterator[bool]:
    """Hold the folder for this gateway alone; the kernel lets go of it, however the process ends.

    Yields whether the gateway before was killed. Raises CannotStart if one is running.
    """
    with (folder / "up.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CannotStart(f"Another gateway is running on the data folder {folder}.") from error
        file.seek(0)
        was_killed = bool(file.read())
        _write_anew(file, str(os.getpid()))
        try:
            yield was_killed
        finally:
            _write_anew(file, "")  # nothing to read: it ended as it should


def _write_anew(file: IO[str], text: str) -> None:
    file.seek(0)
    file.truncate()
    file.write(text)
    file.flush()


def address_of(host: str) -> str:
    """Return the IP address of a host name such as `localhost`; raises CannotStart."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise CannotStart(f"There is no address for the host {host}. Choose one with --host.") from error
    return str(min(found, key=lambda one: one[0] != socket.AF_INET)[4][0])


def check_port(host: str, port: int, *, predecessor_was_killed: bool) -> None:
    """Raise CannotStart if the port cannot be bound. A plain bind: granian would share a taken port silently.

    After a gateway that was killed its server may take a moment to notice; that is waited for.
    """
    deadline = time.monotonic() + (_PREDECESSOR_ENDS_WITHIN if predecessor_was_killed else 0)
    while True:
        try:
            _bind(host, port)
        except OSError as error:
            if time.monotonic() >= deadline:
                reason = error.strerror or str(error)
                raise CannotStart(f"Port {port} on {host} cannot be used: {reason}. Choose one with --port.") from error
            time.sleep(0.1)
        else:
            return


def _bind(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
