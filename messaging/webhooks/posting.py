"""The due function that posts what waits: fairly, each endpoint in a lane of its own.

One thread asks the database and writes into it; a bounded number of others wait for receivers. Those that answer
slowly or not at all share a few threads, so that they take none from the rest.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from messaging import nudging
from messaging.models import WebhookDelivery, WebhookEndpoint
from messaging.webhooks import calling, keyring, lanes, recording, rendering
from messaging.webhooks.calling import Answer
from messaging.webhooks.events import Event
from messaging.webhooks.recording import HALTED_AT, Outcome
from messaging.webhooks.rendering import Desk, Post, Unrenderable
from messaging.webhooks.threads import Threads

log = logging.getLogger(__name__)
LANE = "webhooks"
_QUICK, _SLOW = 48, 16  # threads
_SLOW_ANSWER = 1000  # milliseconds, from which on an endpoint counts as slow
_AHEAD = 8  # times as many deliveries are read as an endpoint takes at once
_MOST = 500  # deliveries in memory, of at most 20 kB each
_TURN = 8  # calls that an endpoint makes before another's turn
_BATCH = 100  # outcomes in a transaction
_GATHER = 0.01  # seconds for more to come together
_RENEW = 6.0  # seconds left of a lease when it is taken anew
_CONFIGURATION = (
    "url", "format", "account", "sealed_secrets", "sealed_headers", "retry_after", "concurrency", "rate", "in_order",
)  # fmt: skip


@dataclass(slots=True)
class _Work:
    delivery: WebhookDelivery
    post: Post


@dataclass(slots=True)
class _Lane:
    """An endpoint that is being posted to."""

    endpoint: WebhookEndpoint
    ready: deque[_Work] = field(default_factory=deque)
    busy: set[int] = field(default_factory=set)  # deliveries that were read and not yet recorded
    callers: int = 0  # threads at work
    failures: int = 0  # in a row, those included that are not yet recorded
    is_slow: bool = False
    budget: float = 0.0  # calls that its rate leaves
    counted_at: float = 0.0

    @property
    def is_halted(self) -> bool:
        return self.failures >= HALTED_AT

    @property
    def most_callers(self) -> int:
        return 1 if self.is_halted else max(1, self.endpoint.concurrency)

    def room(self) -> int:
        """How many more deliveries may be read."""
        ahead = _AHEAD if not self.failures else 1
        room = self.most_callers * ahead - len(self.busy)
        if self.endpoint.rate:
            now = time.monotonic()
            gained = (now - self.counted_at) * self.endpoint.rate
            self.budget, self.counted_at = min(self.budget + gained, float(self.endpoint.rate)), now
            room = min(room, int(self.budget))
        return max(0, room)

    def add(self, works: Sequence[_Work]) -> None:
        self.ready.extend(works)
        self.budget -= len(works)


class Poster:
    """What one process has under way."""

    def __init__(self) -> None:
        self.holder = lanes.new_holder()
        self._lanes: dict[int, _Lane] = {}
        self._held: dict[int, float] = {}  # until when the lanes are ours, on the monotonic clock
        self._done: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self._unrecorded: list[Outcome] = []
        self._lock = threading.Lock()  # for what the lanes have in memory
        self._quick, self._slow = Threads("webhooks", _QUICK), Threads("slow-webhooks", _SLOW)
        self._turn = 0
        self._worked_at = 0.0

    @property
    def is_idle(self) -> bool:
        return not any(lane.busy for lane in self._lanes.values())

    def step(self) -> int:
        """Write down what was answered and begin what is due; returns how much that was."""
        time.sleep(max(0.0, self._worked_at + _GATHER - time.monotonic()))
        count = self._record() + self._begin()
        if count:
            self._worked_at = time.monotonic()
        return count

    def close(self) -> None:
        """Write down what was answered, and let others have the lanes."""
        self._record()
        lanes.release(self.holder, list(self._held))
        self._lanes.clear()
        self._held.clear()

    # Into the database
    def _record(self) -> int:
        while len(self._unrecorded) < _BATCH:
            try:
                self._unrecorded.append(self._done.get_nowait())
            except queue.Empty:
                break
        outcomes = self._unrecorded
        recording.record(outcomes)  # if it fails, they are written with the next ones
        self._unrecorded = []
        for outcome in outcomes:
            if lane := self._lanes.get(outcome.endpoint.pk):
                with self._lock:
                    lane.busy.discard(outcome.delivery.pk)
        return len(outcomes)

    # Out of the database
    def _begin(self) -> int:
        due = self._due()
        self._let_go(set(due))
        self._keep(due)
        room = _MOST - sum(len(lane.busy) for lane in self._lanes.values())
        if not due or room <= 0:
            return 0
        fresh = WebhookEndpoint.objects.filter(pk__in=due).select_related("account").in_bulk()
        plan: dict[int, list[int]] = {}
        for id in due:
            if id in fresh and self._holds(id) and room > 0:
                lane = self._lane(fresh[id])
                plan[id] = self._next(lane, room=room)
                room -= len(plan[id])
        try:
            written = self._written(plan)
        except BaseException:
            self._put_back(plan)
            raise
        for id, works in written.items():
            with self._lock:
                self._lanes[id].add(works)
            self._call(self._lanes[id])
        return sum(map(len, plan.values()))

    def _put_back(self, plan: Mapping[int, Sequence[int]]) -> None:
        for id, some in plan.items():
            self._lanes[id].busy.difference_update(some)

    def _keep(self, due: Iterable[int]) -> None:
        """Take the lanes where something is due, and keep those where something is on its way."""
        now = time.monotonic()
        busy = [id for id, lane in self._lanes.items() if lane.busy]
        short = {id for id in (*due, *busy) if self._held.get(id, 0.0) - now < _RENEW}
        taken = lanes.take(self.holder, short)
        for id in short:
            self._held.pop(id, None)
        self._held |= dict.fromkeys(taken, now + lanes.LEASE.total_seconds())

    def _holds(self, id: int) -> bool:
        return self._held.get(id, 0.0) > time.monotonic()

    def _due(self) -> list[int]:
        """Return the lanes where something is due, beginning after the one that came first last time."""
        found = sorted(lanes.due(self.holder))
        place = next((place for place, id in enumerate(found) if id > self._turn), 0)
        self._turn = found[place] if found else 0
        return found[place:] + found[:place]

    def _let_go(self, due: set[int]) -> None:
        # Also lanes that were lost to another process: what is known of them in memory grows old.
        known = {*self._held, *self._lanes}
        over = [id for id in known if id not in due and not (id in self._lanes and self._lanes[id].busy)]
        if over:
            lanes.release(self.holder, over)
        for id in over:
            self._held.pop(id, None)
            self._lanes.pop(id, None)

    def _lane(self, fresh: WebhookEndpoint) -> _Lane:
        lane = self._lanes.get(fresh.pk)
        if lane is None:
            budget = float(fresh.rate or 0)
            lane = _Lane(fresh, failures=fresh.failures, budget=budget, counted_at=time.monotonic())
            self._lanes[fresh.pk] = lane
        else:
            for name in _CONFIGURATION:
                setattr(lane.endpoint, name, getattr(fresh, name))
        return lane

    def _next(self, lane: _Lane, *, room: int) -> list[int]:
        """Return the lane's next deliveries, which are busy from now on."""
        room = min(room, lane.room())
        with self._lock:
            busy = list(lane.busy)
        ids = lanes.next_of(lane.endpoint, busy=busy, room=room) if room else []
        with self._lock:
            lane.busy.update(ids)
        return ids

    def _written(self, plan: Mapping[int, Sequence[int]]) -> dict[int, list[_Work]]:
        """Return each lane's calls, ready to be posted; what cannot be written is an outcome at once."""
        ids = [id for some in plan.values() for id in some]
        read = WebhookDelivery.objects.filter(pk__in=ids).select_related("event__account", "event__message")
        deliveries = read.in_bulk()
        events = rendering.events_of(list(deliveries.values()))
        sealed = keyring.secrets_of(self._lanes[id].endpoint for id, some in plan.items() if some)
        works: dict[int, list[_Work]] = {}
        for id, some in plan.items():
            endpoint = self._lanes[id].endpoint
            mine = [deliveries[one] for one in some if one in deliveries]
            works[id] = list(self._write(endpoint, mine, events, sealed.get(id, "")))
        return works

    def _write(
        self, endpoint: WebhookEndpoint, mine: Sequence[WebhookDelivery], events: Mapping[int, Event], sealed: str
    ) -> Iterator[_Work]:
        desk: Desk | None = None
        for delivery in mine:
            try:
                desk = desk or Desk.of(endpoint, sealed)
                yield _Work(delivery, desk.write(delivery, events[delivery.event_id]))
            except Unrenderable as no:
                self._done.put(Outcome(delivery, endpoint, calling.unmade(str(no))))
            except Exception as error:
                log.exception("delivery %s could not be written", delivery.pk)
                reason = f"The gateway could not write it: {type(error).__name__}."
                self._done.put(Outcome(delivery, endpoint, calling.unmade(reason)))

    # Out to receivers; nothing below asks the database
    def _call(self, lane: _Lane) -> None:
        """Set as many threads to the lane as it may have."""
        with self._lock:
            more = min(lane.most_callers, len(lane.ready) + lane.callers) - lane.callers
            lane.callers += max(0, more)
            threads = self._slow if lane.is_slow or lane.failures else self._quick
        for _ in range(more):
            threads.run(lambda: self._take_turn(lane))

    def _take_turn(self, lane: _Lane) -> None:
        for _ in range(_TURN):
            with self._lock:
                if not lane.ready or lane.callers > lane.most_callers:
                    lane.callers -= 1
                    return
                work = lane.ready.popleft()
            self._finish(lane, work, calling.call(work.post))
        with self._lock:
            threads = self._slow if lane.is_slow or lane.failures else self._quick
        threads.run(lambda: self._take_turn(lane))

    def _finish(self, lane: _Lane, work: _Work, answer: Answer) -> None:
        with self._lock:
            lane.is_slow = answer.milliseconds >= _SLOW_ANSWER
            lane.failures = lane.failures + 1 if answer.reason else 0
            if lane.is_halted or answer.wait:
                lane.busy.difference_update(other.delivery.pk for other in lane.ready)  # due as they were
                lane.ready.clear()
        self._done.put(Outcome(work.delivery, lane.endpoint, answer, work.post))
        nudging.bell(LANE).set()


_poster: Poster | None = None


def _mine() -> Poster:
    global _poster  # noqa: PLW0603  made in the process that uses it
    if _poster is None:
        _poster = Poster()
    return _poster


def post_due() -> int:
    """Begin what is due and write down what was answered; returns how much. Slow receivers are not waited for.

    Safe to run anywhere, any number at once: a lane is held by one process, and comes back when that dies.
    """
    return _mine().step()


def post_all() -> None:
    """Post all that is due, and return when it was answered."""
    poster = _mine()
    while poster.step() or not poster.is_idle:
        nudging.bell(LANE).wait(0.02)
        nudging.bell(LANE).clear()


def close() -> None:
    """Write down what was answered so far and hold nothing any more."""
    global _poster  # noqa: PLW0603
    if _poster is not None:
        _poster.close()
        _poster = None


def forget() -> None:
    """Drop what is under way (a test's database is emptied)."""
    global _poster  # noqa: PLW0603
    _poster = None
