"""A child ends when its parent does, however the parent ended."""

import os
import signal
import threading
import time

EXPECTED_PARENT = "GATEWAY_PARENT"  # set by the supervisor: the parent may be gone before the child looks
_LOOK_EVERY = 0.25  # seconds
_GRACE = 10.0  # seconds to stop cleanly


def follow_parent(expected: int | None = None) -> None:
    """Send this process SIGTERM once its parent is gone, and end it for good if it is still there 10 s later."""
    parent = expected or os.getppid()
    threading.Thread(target=_watch, args=(parent,), name="lifeline", daemon=True).start()


def follow_supervisor() -> None:
    """`follow_parent` for a process that the supervisor started; does nothing for one that a person did."""
    if expected := os.environ.get(EXPECTED_PARENT):
        follow_parent(int(expected))


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_EVERY)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE)
    os._exit(1)
