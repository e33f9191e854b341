"""Threads that wait for other people's servers."""

import queue

from messaging.threads import Threads


def test_a_task_that_fails_takes_no_thread_from_the_next_ones() -> None:
    threads, done = Threads("test", 1), queue.SimpleQueue[str]()

    def fail() -> None:
        raise RuntimeError

    threads.run(fail)
    threads.run(lambda: done.put("done"))
    assert done.get(timeout=5) == "done"
