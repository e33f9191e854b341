"""What a process gathers in memory is written every half second, by one thread of its own."""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable
from multiprocessing.util import Finalize
from threading import Lock, Thread
from time import sleep

from django.conf import settings
from django.db import connection

Flush = Callable[[], None]


class Flushing:
    """The thread of this process. A forked child has none until it gathers something itself."""

    def __init__(self) -> None:
        self._flushes: list[Flush] = []
        self.start_over()

    def start_over(self) -> None:
        self._lock = Lock()
        self.is_running = False

    def add(self, flush: Flush) -> Flush:
        """Have a function called every `GATEWAY_USAGE_SECONDS`, and when the process ends. It raises nothing."""
        self._flushes.append(flush)
        return flush

    def ensure(self) -> None:
        """Start the thread unless it runs, or GATEWAY_USAGE_SECONDS is 0."""
        if not self.is_running and settings.GATEWAY_USAGE_SECONDS:
            self._start()

    def _start(self) -> None:
        with self._lock:
            if self.is_running:
                return
            self.is_running = True
        Thread(target=self._keep_flushing, name="flushing", daemon=True).start()
        atexit.register(self.flush)
        Finalize(None, self.flush, exitpriority=1)  # a process of multiprocessing's, as granian's are, skips atexit

    def flush(self) -> None:
        for flush in self._flushes:
            flush()

    def _keep_flushing(self) -> None:
        while settings.GATEWAY_USAGE_SECONDS:
            sleep(settings.GATEWAY_USAGE_SECONDS)
            self.flush()
            connection.close()
        self.is_running = False


flushing = Flushing()
os.register_at_fork(after_in_child=flushing.start_over)
