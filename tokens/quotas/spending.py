"""Messages a day of each credential, and messages a month of the whole account.

Counted in the cache `counters`: in this process, or in Redis for all of them, which hands out shares. It starts from
the rows, so neither a restart nor a full cache gives anybody a second allowance.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from django.conf import settings

from tokens.errors import Denial, Denied
from tokens.quotas.counters import Answer, Counted, Unanswered, Wanted, counters
from tokens.quotas.periods import Period, Spender, day_of, limited, month_of
from tokens.quotas.shares import shares

Load = Callable[[], int]
_FORGOTTEN_FOR = 1.0  # seconds in which a counter that nobody needs is not dropped again
_MOST_FORGOTTEN = 10_000
_SETTLED_AFTER = 5.0  # seconds in which nobody takes or gives back: what was taken is stored by then
_RECOUNT_EVERY = 60.0


@dataclass(frozen=True, slots=True)
class Loads:
    """What counts the rows of today and of this month, should a counter have to begin anew."""

    day: Load
    month: Load

    def of(self, period: Period) -> int:
        return self.day() if period.name == "day" else self.month()


@dataclass(frozen=True, slots=True)
class Taken:
    """So many messages of one day or month, by the counter's start that they were taken from."""

    key: str
    number: int
    generation: str


Reserved = Sequence[Taken]


class Messages:
    def __init__(self) -> None:
        self._forgotten: dict[str, float] = {}
        self._full: dict[str, tuple[Counted, float]] = {}  # counters that were full, and when to look again

    def reserve(self, spender: Spender, n: int, loads: Loads) -> Reserved:
        """Take `n` of today's and of this month's messages.

        Raises Denied (DAILY_LIMIT, MONTHLY_LIMIT), taking nothing, and RATE_LIMITED where the counters do not answer.
        """
        try:
            self._forget_unlimited(spender)
            return self._reserve(limited(spender), n, loads)
        except Unanswered:
            raise Denied(Denial.RATE_LIMITED, "The counters do not answer.", retry_after=1) from None

    def release(self, reserved: Reserved) -> None:
        """Give back what was reserved and then not stored, to the day and the month it was taken from."""
        for taken in reserved:
            if _is_leased():
                shares.put_back(taken.key, taken.number, taken.generation)
                continue
            try:
                counters().give_back(taken.key, taken.number, taken.generation)
            except Unanswered:
                return  # what is counted too much ends with its day

    def note(self, periods: Sequence[Period], counts: Sequence[Counted]) -> None:
        """Remember what a look at shared counters told."""
        if _is_leased():
            for period, count in zip(periods, counts, strict=True):
                shares.note(period.key, count)

    def left(self, period: Period) -> int | None:
        """Return what is left of a limited period as far as this process knows; None before anything was counted."""
        if period.limit is None:
            return None
        if _is_leased():
            return shares.left(period.key, period.limit)
        try:
            [count] = counters().take([period.wanted(0)]).counts
        except Unanswered:
            return None
        return None if count.used is None else max(0, period.limit - count.used)

    def _reserve(self, periods: Sequence[Period], n: int, loads: Loads) -> Reserved:
        if not periods:
            return ()
        is_leased = _is_leased()
        take = shares.take if is_leased else counters().take
        wanted = [period.wanted(n, is_leased=is_leased) for period in periods]
        while True:
            answer = take(wanted)
            if answer.full is not None:
                if is_leased and self._found_again(periods[answer.full], loads):
                    continue
                raise periods[answer.full].denied()
            if answer.missing is None:
                return _taken(wanted, answer)
            # Whoever loads first is right: nothing was reserved before that.
            start = loads.of(periods[answer.missing])
            wanted[answer.missing] = replace(wanted[answer.missing], start=start)

    def _found_again(self, period: Period, loads: Loads) -> bool:
        """Count the rows where a counter stays full, and give back what a killed process had taken and not spent."""
        now = time.monotonic()
        known, look_at = self._full.get(period.key, (None, 0.0))
        if now < look_at:
            return False
        if len(self._full) >= _MOST_FORGOTTEN:
            self._full.clear()
        [count] = counters().take([period.wanted(0)]).counts
        if count != known:
            self._full[period.key] = count, now + _SETTLED_AFTER
            return False
        self._full[period.key] = count, now + _RECOUNT_EVERY
        lost = (count.used or 0) - loads.of(period)
        if lost > 0:
            counters().give_back(period.key, lost, count.generation, used=count.used)
        return lost > 0

    def _forget_unlimited(self, spender: Spender) -> None:
        """Should there be a limit again, the rows say what was sent meanwhile; once a second is often enough."""
        plan, now = spender.account.plan, time.monotonic()
        unlimited = [day_of(spender)] if plan.messages_per_day is None else []
        unlimited += [month_of(spender)] if plan.messages_per_month is None else []
        for period in unlimited:
            if now < self._forgotten.get(period.key, 0):
                continue
            if len(self._forgotten) >= _MOST_FORGOTTEN:
                self._forgotten.clear()
            self._forgotten[period.key] = now + _FORGOTTEN_FOR
            counters().delete(period.key)


def _taken(wanted: Sequence[Wanted], answer: Answer) -> Reserved:
    return [Taken(want.key, want.number, count.generation) for want, count in zip(wanted, answer.counts, strict=True)]


def _is_leased() -> bool:
    """Shares are given back by the thread that flushes; where none runs, each message is asked for by itself."""
    return counters().is_shared and bool(settings.GATEWAY_USAGE_SECONDS)


messages = Messages()
