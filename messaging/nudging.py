"""Waking the worker: one datagram on a socket in the data folder. Polling is what makes it safe to lose one."""

import contextlib
import select
import socket
from datetime import timedelta
from functools import cache
from pathlib import Path

from django.conf import settings


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


class Ear:
    """The worker's end of the socket."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        _path().parent.mkdir(parents=True, exist_ok=True)
        _path().unlink(missing_ok=True)
        self._socket.bind(str(_path()))

    def wait(self, at_most: timedelta) -> None:
        """Return after a nudge, or when the time is over."""
        ready, _, _ = select.select([self._socket], [], [], max(0.0, at_most.total_seconds()))
        if ready:
            with contextlib.suppress(BlockingIOError):
                while self._socket.recv(64):
                    pass

    def close(self) -> None:
        self._socket.close()
        _path().unlink(missing_ok=True)
