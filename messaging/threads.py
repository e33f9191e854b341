"""A few threads that end with their process: they wait for other people's servers and hold nothing of ours."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)
Task = Callable[[], None]


class Threads:
    """Runs tasks, `size` at a time, in the order they came."""

    def __init__(self, name: str, size: int) -> None:
        self._name, self._size = name, size
        self._tasks: queue.SimpleQueue[Task] = queue.SimpleQueue()
        self._started = 0
        self._idle = 0
        self._lock = threading.Lock()

    def run(self, task: Task) -> None:
        """Run the task as soon as a thread is free."""
        with self._lock:
            if not self._idle and self._started < self._size:
                self._started += 1
                name = f"{self._name}-{self._started}"
                threading.Thread(target=self._work, name=name, daemon=True).start()
            else:
                self._idle = max(0, self._idle - 1)
        self._tasks.put(task)

    def _work(self) -> None:
        while True:
            task = self._tasks.get()
            try:
                task()
            except Exception:  # the next task needs the thread
                log.exception("a task of %s failed", self._name)
            with self._lock:
                self._idle += 1
