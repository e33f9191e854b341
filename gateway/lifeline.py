"""A child ends when its parent does, however the parent ended."""

import os
import signal
import threading
import time

EXPECTED_PARENT = "GATEWAY_PARENT"  # set by the parent: it may be gone before the child looks
_LOOK_EVERY = 0.25  # seconds
_GRACE = 10.0  # seconds to stop cleanly


def follow_parent() -> None:
    """Send this process SIGTERM once its parent is gone, and end it for good if it is still there 10 s later.

    Does nothing in a process that a person started.
    """
    if expected := os.environ.get(EXPECTED_PARENT):
        threading.Thread(target=_watch, args=(int(expected),), name="lifeline", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_EVERY)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE)
    os._exit(1)
