"""An endpoint that is being posted to, as one process has it in memory. Asks no database."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from messaging.models import WebhookDelivery, WebhookEndpoint
from messaging.webhooks import format
from messaging.webhooks.calling import Answer
from messaging.webhooks.recording import HALTED_AT
from messaging.webhooks.rendering import Post

_SLOW_ANSWER = 1000  # milliseconds, from which on an endpoint counts as slow
_QUICK_ANSWER = 100  # milliseconds, up to which its next calls are read before it has answered these
_AHEAD = 8  # times as many deliveries are read as a quick endpoint takes at once
_PATIENCE = 15.0  # seconds; a form that waits longer could hold many threads for long
_CONFIGURATION = (
    "url", "format", "account", "sealed_secrets", "sealed_headers", "retry_after", "concurrency", "rate", "in_order",
    "options", "email",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Work:
    """A call that is ready to be made."""

    delivery: WebhookDelivery
    post: Post


@dataclass(slots=True)
class Lane:
    endpoint: WebhookEndpoint
    _ready: deque[Work] = field(default_factory=deque)
    _busy: set[int] = field(default_factory=set)  # deliveries that were read and not yet recorded
    _callers: int = 0  # at work, or waiting for a thread
    _is_led: bool = False  # one of them is its leader
    _failures: int = 0  # in a row, those included that are not yet recorded
    _is_slow: bool = False
    _is_quick: bool = True
    _is_proven: bool = False  # it answered well and soon since it was taken
    _budget: float = 0.0  # calls that its rate leaves
    _counted_at: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of(cls, endpoint: WebhookEndpoint) -> Lane:
        endpoint.notice = ""  # what is still to be told is in the database: here is what it comes to
        lane = cls(endpoint)
        lane._failures, lane._budget = endpoint.failures, float(endpoint.rate or 0)
        lane._counted_at = time.monotonic()
        return lane

    def refresh(self, fresh: WebhookEndpoint) -> None:
        """Take over what a person may have changed; how it goes is known better here."""
        for name in _CONFIGURATION:
            setattr(self.endpoint, name, getattr(fresh, name))

    @property
    def is_doubtful(self) -> bool:
        """True while it answers slowly, or not well, or is a host that a request named and nobody has called yet."""
        is_unknown = self.endpoint.kind == WebhookEndpoint.Kind.GIVEN and not self._is_proven
        return self._is_slow or self._failures > 0 or (is_unknown and self.endpoint.last_at is None)

    @property
    def _is_halted(self) -> bool:
        return self._failures >= HALTED_AT

    @property
    def _is_on_trial(self) -> bool:
        known = format.find(self.endpoint.format)
        return known is not None and known.timeout > _PATIENCE and not (self._is_proven and not self.is_doubtful)

    @property
    def _most_callers(self) -> int:
        return 1 if self._is_halted or self._is_on_trial else max(1, self.endpoint.concurrency)

    def busy(self) -> list[int]:
        """Return the deliveries that are under way."""
        with self._lock:
            return list(self._busy)

    @property
    def is_over(self) -> bool:
        """True if nothing is under way, nor was so lately that its rate still counts it."""
        return not self._busy and (not self.endpoint.rate or self._left() >= self.endpoint.rate)

    def room(self) -> int:
        """Return how many more deliveries may be read."""
        ahead = _AHEAD if self._is_quick and not self.is_doubtful else 1
        room = self._most_callers * ahead - len(self._busy)
        if self.endpoint.rate:
            room = min(room, int(self._left()))
        return max(0, room)

    def _left(self) -> float:
        """Return how many calls the rate leaves at this moment."""
        now, rate = time.monotonic(), float(self.endpoint.rate or 0)
        with self._lock:
            self._budget = min(rate, self._budget + (now - self._counted_at) * rate)
            self._counted_at = now
            return self._budget

    def take(self, ids: Iterable[int]) -> None:
        with self._lock:
            self._busy.update(ids)

    def leave(self, ids: Iterable[int]) -> None:
        with self._lock:
            self._busy.difference_update(ids)

    def add(self, works: Sequence[Work]) -> list[bool]:
        """Have the calls made; returns the callers that takes, each with whether it leads."""
        with self._lock:
            self._ready.extend(works)
            self._budget -= len(works)
            more = min(self._most_callers - self._callers, len(self._ready))
            needs_leader = bool(self._ready) and not self._is_led
            callers = [True] * needs_leader + [False] * (more - needs_leader)
            self._callers += len(callers)
            self._is_led |= needs_leader
            return callers

    def next(self, *, is_leader: bool) -> Work | None:
        """Return the next call for a caller; None sends it away."""
        with self._lock:
            if not self._ready or self._callers > self._most_callers:
                self._callers -= 1
                self._is_led &= not is_leader
                return None
            return self._ready.popleft()

    def note(self, answer: Answer) -> None:
        """Take note of an answer. After too many failures, or if asked to wait, no more calls are made for now."""
        with self._lock:
            self._is_slow = answer.milliseconds >= _SLOW_ANSWER
            self._is_quick = answer.milliseconds < _QUICK_ANSWER
            self._failures = self._failures + 1 if answer.reason else 0
            self._is_proven = not self._failures and not self._is_slow
            if self._is_halted or answer.wait:
                self._busy.difference_update(work.delivery.pk for work in self._ready)  # due as they were
                self._ready.clear()
