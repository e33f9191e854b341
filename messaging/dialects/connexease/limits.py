"""How much a key may still ask in this second and this minute.

The plan's own limit comes first. The vendor's two, which an operator may switch on, can only lower it: 80 a second
and 4,800 a minute, both sliding.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import caches

from tokens import quotas
from tokens.authentication import Caller
from tokens.errors import Denial, Denied
from tokens.quotas import Unanswered


@dataclass(frozen=True, slots=True)
class Window:
    """The last `seconds`, which slide: they are counted in so many parts, and the oldest falls out."""

    name: str
    seconds: int
    parts: int

    def left(self, key: str, limit: int, now: float) -> int:
        counts: Mapping[str, int] = caches["counters"].get_many(self._names(key, now))
        return limit - sum(counts.values())

    def take(self, key: str, limit: int, now: float) -> int:
        """Count one request and return how many are left; below zero there was none to take."""
        counters, newest = caches["counters"], self._names(key, now)[0]
        if not counters.add(newest, 1, self.seconds + 2):
            counters.incr(newest)
        return self.left(key, limit, now)

    def give_back(self, key: str, now: float) -> None:
        """Uncount a request that was refused."""
        caches["counters"].incr(self._names(key, now)[0], -1)

    def _names(self, key: str, now: float) -> list[str]:
        part = int(now * self.parts / self.seconds)
        return [f"connexease:{self.name}:{key}:{part - age}" for age in range(self.parts)]


SECOND = Window("sec", seconds=1, parts=10)
MINUTE = Window("min", seconds=60, parts=60)


@dataclass(frozen=True, slots=True)
class Left:
    """What the four headers say: both limits, and what is left of each."""

    second: int
    second_left: int
    minute: int
    minute_left: int

    def headers(self) -> dict[str, str]:
        return {
            "X-RateLimit-sec-Limit": str(self.second),
            "X-RateLimit-sec-Remaining": str(max(0, self.second_left)),
            "X-RateLimit-min-Limit": str(self.minute),
            "X-RateLimit-min-Remaining": str(max(0, self.minute_left)),
        }


def spend(caller: Caller, plan_left: int) -> Left:
    """Count a request, which the plan has counted, on the vendor's windows.

    Raises Denied (RATE_LIMITED), counting nothing there, and where the counters do not answer.
    """
    try:
        return _together(caller, plan_left, _take(caller))
    except (Unanswered, ValueError):  # the latter of `incr`, as django-ratelimit expects it
        raise Denied(Denial.RATE_LIMITED, "The counters do not answer.", retry_after=1) from None


def _take(caller: Caller) -> Mapping[Window, int]:
    left: dict[Window, int] = {}
    now = time.time()
    for window, limit in _switched_on().items():
        left[window] = window.take(caller.key, limit, now)
        if left[window] < 0:
            for taken in left:
                taken.give_back(caller.key, now)
            why = f"Over {limit} requests in {window.seconds} s."
            raise Denied(Denial.RATE_LIMITED, why, retry_after=window.seconds)
    return left


def peek(caller: Caller, plan_left: int) -> Left:
    """Return what is left, counting nothing; none where the counters do not answer."""
    now = time.time()
    try:
        left = {window: window.left(caller.key, limit, now) for window, limit in _switched_on().items()}
    except Unanswered:
        left = dict.fromkeys(_switched_on(), 0)
    return _together(caller, plan_left, left)


def _switched_on() -> dict[Window, int]:
    limits = {SECOND: settings.GATEWAY_CONNEXEASE_PER_SECOND, MINUTE: settings.GATEWAY_CONNEXEASE_PER_MINUTE}
    return {window: limit for window, limit in limits.items() if limit}


def _together(caller: Caller, plan_left: int, left: Mapping[Window, int]) -> Left:
    """With no limit but the plan's, a minute has room for sixty of its seconds, less what this one has used."""
    limits, plan = _switched_on(), quotas.rate_of(caller)
    second = min(plan, limits.get(SECOND, plan))
    second_left = min(plan_left, left.get(SECOND, plan_left))
    minute = min(60 * second, limits.get(MINUTE, 60 * second))
    minute_left = min(60 * second - (second - second_left), left.get(MINUTE, minute))
    return Left(second, min(second_left, minute_left), minute, min(minute, minute_left))
