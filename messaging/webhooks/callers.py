"""The threads that wait for receivers. They ask no database.

Receivers that answer slowly or badly share a few of them, so that they take none from the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from messaging.threads import Threads
from messaging.webhooks import calling
from messaging.webhooks.lane import Lane, Work
from messaging.webhooks.recording import Outcome

_QUICK, _SLOW = 48, 16  # threads
_TURN = 8  # calls that an endpoint makes before another's turn


class Callers:
    def __init__(self, tell: Callable[[Outcome], None]) -> None:
        self._tell = tell
        self._quick, self._slow = Threads("webhooks", _QUICK), Threads("slow-webhooks", _SLOW)

    def make(self, lane: Lane, works: Sequence[Work]) -> None:
        """Make the calls, as many at once as the lane takes; each outcome is told."""
        for _ in range(lane.add(works)):
            self._queue(lane)

    def _queue(self, lane: Lane) -> None:
        threads = self._slow if lane.is_doubtful else self._quick
        threads.run(lambda: self._take_turn(lane))

    def _take_turn(self, lane: Lane) -> None:
        for _ in range(_TURN):
            work = lane.next()
            if work is None:
                return
            answer = calling.call(work.post)
            lane.note(answer)
            self._tell(Outcome(work.delivery, lane.endpoint, answer, work.post))
        self._queue(lane)
