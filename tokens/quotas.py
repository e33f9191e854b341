"""How much a credential may ask: requests a second, and messages a day."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from datetime import time as clock_time
from math import ceil
from typing import Protocol

from django.core.cache import BaseCache, caches
from django.http import HttpRequest
from django.utils import timezone
from django_ratelimit.core import get_usage

from accounts.models import Account
from tokens.authentication import Caller
from tokens.errors import Denial, Denied

KEPT = timedelta(days=2).total_seconds()


@dataclass(frozen=True, slots=True)
class Remaining:
    """What is left of this second's requests; `reset` is in Unix seconds."""

    limit: int
    remaining: int
    reset: int


def rate_of(caller: Caller) -> int:
    """Return the requests a second of this credential: its plan's, which its own can only lower."""
    most = caller.account.plan.requests_per_second
    own = caller.token.requests_per_second if caller.token else None
    return most if own is None else min(own, most)


def spend_request(caller: Caller, request: HttpRequest, *, limited: bool = True) -> Remaining:
    """Count one request; raises Denied (RATE_LIMITED) over the limit. `limited=False` counts nothing."""
    limit = rate_of(caller)
    count, is_over = _count_request(caller, request, limit) if limited else (0, False)
    if is_over:
        raise Denied(Denial.RATE_LIMITED, f"Over {limit} requests a second.", retry_after=1)
    # Asked after counting, so that the second it names never lies in the past.
    return Remaining(limit=limit, remaining=limit - count, reset=int(time.time()) + 1)


def _count_request(caller: Caller, request: HttpRequest, limit: int) -> tuple[int, bool]:
    usage = get_usage(request, group="requests", key=lambda group, request: caller.key, rate=(limit, 1), increment=True)
    return usage["count"], usage["should_limit"]


class Spender(Protocol):
    """Whose messages are counted: a caller, or the account itself where a person sends from the dashboard."""

    @property
    def key(self) -> str: ...

    @property
    def account(self) -> Account: ...


@dataclass(frozen=True, slots=True)
class Reserved:
    """So many messages of one credential's day, which may end before they are stored."""

    key: str
    number: int


class DailyCount:
    """Messages a day, for each credential, by the calendar of its account.

    Counted in the cache `counters`: in this process, or in Redis for all of them. It starts from the rows (`load`),
    so neither a restart nor a full cache gives a credential a second allowance.
    """

    def reserve(self, caller: Spender, n: int, load: Callable[[], int]) -> Reserved:
        """Take `n` of today's messages; raises Denied (DAILY_LIMIT), taking none. `load` counts today's rows."""
        limit, key = caller.account.plan.messages_per_day, self._key(caller)
        if limit is None:
            self._counters.delete(key)  # should there be a limit again, the rows say what was sent meanwhile
            return Reserved(key, n)
        if self._count(key, load) + n > limit:
            raise self._denied(caller, limit)
        if self._counters.incr(key, n) > limit:  # someone else was quicker
            self._counters.incr(key, -n)
            raise self._denied(caller, limit)
        return Reserved(key, n)

    def release(self, reserved: Reserved) -> None:
        """Give back what was reserved and then not stored, to the day it was taken from."""
        try:
            self._counters.incr(reserved.key, -reserved.number)
        except ValueError:
            return  # nothing is counted; the rows will say

    @property
    def _counters(self) -> BaseCache:
        return caches["counters"]

    @staticmethod
    def _key(caller: Spender) -> str:
        return f"day:{caller.key}:{timezone.now().astimezone(caller.account.zone):%Y%m%d}"

    def _count(self, key: str, load: Callable[[], int]) -> int:
        count: int | None = self._counters.get(key)
        if count is None:
            self._counters.add(key, load(), KEPT)
            count = self._counters.incr(key, 0)  # whoever loaded first was right: nothing was reserved before that
        return count

    @staticmethod
    def _denied(caller: Spender, limit: int) -> Denied:
        now = timezone.now().astimezone(caller.account.zone)
        midnight = datetime.combine(now.date() + timedelta(days=1), clock_time(), tzinfo=caller.account.zone)
        seconds = ceil(midnight.timestamp() - now.timestamp())
        return Denied(Denial.DAILY_LIMIT, f"Over {limit:,} messages a day.", retry_after=max(seconds, 1))


daily = DailyCount()
