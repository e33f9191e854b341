"""The threads that wait for receivers. They ask no database.

Each endpoint that answers has one caller among the leading threads, so that it waits for no other's calls; what it may
make at once beyond that shares the further ones. Receivers that answer slowly or badly share a few of their own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from messaging.threads import Threads
from messaging.webhooks import calling
from messaging.webhooks.lane import Lane, Work
from messaging.webhooks.recording import Outcome

_LEADING, _FURTHER, _SLOW = 48, 32, 16  # threads
_TURN, _TURN_SECONDS = 8, 0.1  # calls that a caller makes, and the time from which on it begins no other's turn later


class Callers:
    def __init__(self, tell: Callable[[Outcome], None]) -> None:
        self._tell = tell
        self._leading, self._further = Threads("webhooks", _LEADING), Threads("further-webhooks", _FURTHER)
        self._slow = Threads("slow-webhooks", _SLOW)

    def make(self, lane: Lane, works: Sequence[Work]) -> None:
        """Make the calls, as many at once as the lane takes; each outcome is told."""
        for is_leader in lane.add(works):
            self._queue(lane, is_leader=is_leader)

    def _queue(self, lane: Lane, *, is_leader: bool) -> None:
        threads = self._slow if lane.is_doubtful else self._leading if is_leader else self._further
        threads.run(lambda: self._take_turn(lane, is_leader=is_leader))

    def _take_turn(self, lane: Lane, *, is_leader: bool) -> None:
        until = time.monotonic() + _TURN_SECONDS
        for _ in range(_TURN):
            work = lane.next(is_leader=is_leader)
            if work is None:
                return
            answer = calling.call(work.post)
            lane.note(answer)
            self._tell(Outcome(work.delivery, lane.endpoint, answer, work.post))
            if time.monotonic() > until:
                break
        self._queue(lane, is_leader=is_leader)
