"""The due function that posts what waits: fairly, each endpoint in a lane of its own.

One thread asks the database and writes into it; others, a bounded number, make the calls.
"""

from __future__ import annotations

import logging
import queue
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence

from messaging import nudging
from messaging.models import WebhookDelivery, WebhookEndpoint
from messaging.webhooks import calling, format, keyring, lanes, recording, rendering
from messaging.webhooks.callers import Callers
from messaging.webhooks.events import Event
from messaging.webhooks.lane import Lane, Work
from messaging.webhooks.recording import Outcome
from messaging.webhooks.rendering import Desk, Unrenderable

log = logging.getLogger(__name__)
LANE = "webhooks"
_MOST = {False: 400, True: 100}  # deliveries in memory, of at most 20 kB each: of good lanes, of doubtful ones
_KEPT_FREE = 4  # a lane where calls are under way leaves this part of the room, one of so many, to those without
_BATCH = 100  # outcomes in a transaction
_GATHER = 0.01  # seconds for more to come together
_RENEW = 6.0  # seconds left of a lease when it is taken anew


class Poster:
    """What one process has under way."""

    def __init__(self) -> None:
        self._holder = lanes.new_holder()
        self._lanes: dict[int, Lane] = {}
        self._held: dict[int, float] = {}  # until when the lanes are ours, on the monotonic clock
        self._done: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self._unrecorded: list[Outcome] = []
        self._callers = Callers(self._tell)
        self._turn = 0
        self._worked_at = 0.0
        format.found()  # which takes a while the first time, and would delay the first event

    @property
    def is_idle(self) -> bool:
        return not any(lane.busy() for lane in self._lanes.values())

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
        lanes.release(self._holder, list(self._held))
        self._lanes.clear()
        self._held.clear()

    # Into the database
    def _tell(self, outcome: Outcome) -> None:
        self._done.put(outcome)
        nudging.bell(LANE).set()

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
                lane.leave([outcome.delivery.pk])
        return len(outcomes)

    # Out of the database
    def _begin(self) -> int:
        due = self._due()
        self._let_go(set(due))
        self._keep(due)
        plan = self._plan(due)
        try:
            written = self._written(plan)
        except BaseException:
            for id, some in plan.items():
                self._lanes[id].leave(some)
            raise
        for id, works in written.items():
            self._callers.make(self._lanes[id], works)
        return sum(map(len, plan.values()))

    def _due(self) -> list[int]:
        """Return the lanes where something is due, beginning after the one that came first last time."""
        found = sorted(lanes.due(self._holder))
        place = next((place for place, id in enumerate(found) if id > self._turn), 0)
        self._turn = found[place] if found else 0
        return found[place:] + found[:place]

    def _let_go(self, due: set[int]) -> None:
        # Also lanes that were lost to another process: what is known of them in memory grows old.
        known = {*self._held, *self._lanes}
        over = [id for id in known if id not in due and (id not in self._lanes or self._lanes[id].is_over)]
        if over:
            lanes.release(self._holder, over)
        for id in over:
            self._held.pop(id, None)
            self._lanes.pop(id, None)

    def _keep(self, due: Iterable[int]) -> None:
        """Take the lanes where something is due, and keep those that are not over."""
        now = time.monotonic()
        short = {id for id in (*due, *self._lanes) if self._held.get(id, 0.0) - now < _RENEW}
        taken = lanes.take(self._holder, short)
        for id in short:
            self._held.pop(id, None)
        self._held |= dict.fromkeys(taken, now + lanes.LEASE.total_seconds())

    def _plan(self, due: Sequence[int]) -> dict[int, list[int]]:
        """Return which deliveries each lane posts next; they are busy from now on."""
        room = dict(_MOST)
        for lane in self._lanes.values():
            room[lane.is_doubtful] -= len(lane.busy())
        if not due or max(room.values()) <= 0:
            return {}
        fresh = WebhookEndpoint.objects.filter(pk__in=due).select_related("account").in_bulk()
        plan: dict[int, list[int]] = {}
        for id in due:
            if id in fresh and self._held.get(id, 0.0) > time.monotonic():
                lane = self._lane(fresh[id])
                plan[id] = self._next(lane, most=self._share(lane, room[lane.is_doubtful]))
                room[lane.is_doubtful] -= len(plan[id])
        return plan

    @staticmethod
    def _share(lane: Lane, room: int) -> int:
        """Return how much of the room a lane may take at most: so much that others find some, too."""
        kept = _MOST[lane.is_doubtful] // _KEPT_FREE if lane.busy() else 0
        return max(0, room - kept + 1) // 2

    def _lane(self, fresh: WebhookEndpoint) -> Lane:
        lane = self._lanes.get(fresh.pk)
        if lane is None:
            lane = self._lanes[fresh.pk] = Lane.of(fresh)
        else:
            lane.refresh(fresh)
        return lane

    @staticmethod
    def _next(lane: Lane, *, most: int) -> list[int]:
        room = min(most, lane.room())
        ids = lanes.next_of(lane.endpoint, busy=lane.busy(), room=room) if room else []
        lane.take(ids)
        return ids

    def _written(self, plan: Mapping[int, Sequence[int]]) -> dict[int, list[Work]]:
        """Return each lane's calls, ready to be made; what cannot be written is an outcome at once."""
        ids = [id for some in plan.values() for id in some]
        read = WebhookDelivery.objects.filter(pk__in=ids).select_related("event__account", "event__message")
        deliveries = read.in_bulk() if ids else {}
        events = rendering.events_of(list(deliveries.values()))
        sealed = keyring.secrets_of(self._lanes[id].endpoint for id, some in plan.items() if some)
        works: dict[int, list[Work]] = {}
        for id, some in plan.items():
            lane = self._lanes[id]
            lane.leave(one for one in some if one not in deliveries)  # deleted meanwhile
            mine = [deliveries[one] for one in some if one in deliveries]
            works[id] = list(self._write(lane.endpoint, mine, events, sealed.get(id, "")))
        return works

    def _write(
        self, endpoint: WebhookEndpoint, mine: Sequence[WebhookDelivery], events: Mapping[int, Event], sealed: str
    ) -> Iterator[Work]:
        desk: Desk | None = None
        for delivery in mine:
            try:
                desk = desk or Desk.of(endpoint, sealed)
                yield Work(delivery, desk.write(delivery, events[delivery.event_id]))
            except Unrenderable as no:
                self._tell(Outcome(delivery, endpoint, calling.unmade(str(no))))
            except Exception as error:
                log.exception("delivery %s could not be written", delivery.pk)
                reason = f"The gateway could not write it: {type(error).__name__}."
                self._tell(Outcome(delivery, endpoint, calling.unmade(reason)))


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
