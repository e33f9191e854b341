"""Work that takes long, beside a lane, so that what is due after it does not wait too."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from django.conf import settings
from django.db import connection

from messaging.threads import Threads

log = logging.getLogger(__name__)
AT_ONCE = 8
MOST = 100  # at work or waiting for it
_CLOSING_SECONDS = 5.0  # as long as lanes have
_threads = Threads("beside", AT_ONCE)
_room = threading.Semaphore(MOST)
_closing = threading.Event()


def run(work: Callable[[], None]) -> bool:
    """Run the work soon, on a thread with a connection of its own; False where there is no room now.

    With `GATEWAY_COMMIT_INLINE`, which tests set, it is run at once.
    """
    if settings.GATEWAY_COMMIT_INLINE:
        work()
        return True
    if not _room.acquire(blocking=False):
        return False
    _threads.run(lambda: _run(work))
    return True


def _run(work: Callable[[], None]) -> None:
    try:
        if not _closing.is_set():
            work()
    except Exception:
        log.exception("work beside a lane failed")
    finally:
        connection.close()
        _room.release()


def close() -> None:
    """Begin nothing more, and wait a while for what is under way; the rest comes back by its lease."""
    _closing.set()
    until = time.monotonic() + _CLOSING_SECONDS
    held = 0
    while held < MOST and _room.acquire(timeout=max(0.0, until - time.monotonic())):
        held += 1
    if held:
        _room.release(held)
