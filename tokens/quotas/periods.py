"""The longer times that a plan limits messages over, by the calendar of the account."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import NamedTuple, Protocol

from accounts.models import Account
from tokens.errors import Denial, Denied
from tokens.quotas.counters import Wanted

_KEPT = 86_400  # seconds after its end, for what is given back late
_BLOCK = 100


class Spender(Protocol):
    """Whose messages are counted: a caller, or the account itself where a person sends from the dashboard."""

    @property
    def key(self) -> str: ...

    @property
    def account(self) -> Account: ...


@dataclass(frozen=True, slots=True)
class Period:
    """A day of one credential or a month of one account; `seconds` is how long it lasts."""

    name: str
    key: str
    limit: int | None
    seconds: int
    ends_in: int

    def wanted(self, number: int, start: int | None = None, *, is_leased: bool = False) -> Wanted:
        block = _BLOCK if is_leased else 0
        return Wanted(self.key, self.limit or 0, number, start, seconds=self.ends_in + _KEPT, block=block)

    def denied(self) -> Denied:
        denial = Denial.DAILY_LIMIT if self.name == "day" else Denial.MONTHLY_LIMIT
        return Denied(denial, f"Over {self.limit:,} messages a {self.name}.", retry_after=self.ends_in)


def day_of(spender: Spender) -> Period:
    account = spender.account
    return _period("day", spender.key, account.plan.messages_per_day, account)


def month_of(spender: Spender) -> Period:
    account = spender.account
    return _period("month", f"a{account.pk}", account.plan.messages_per_month, account)


def limited(spender: Spender) -> list[Period]:
    """Return the periods that the plan limits, the shorter first."""
    plan = spender.account.plan
    days = [day_of(spender)] if plan.messages_per_day is not None else []
    return [*days, month_of(spender)] if plan.messages_per_month is not None else days


class _Span(NamedTuple):
    """One day or month in a time zone, in Unix seconds, and its name: in another zone it is another one."""

    began: float
    ends: float
    label: str


def _period(name: str, whose: str, limit: int | None, account: Account) -> Period:
    now = time.time()
    span = _spans.get((name, account.time_zone))
    if span is None or not span.began <= now < span.ends:
        span = _spans[name, account.time_zone] = _span(name, account)
    lasts, left = round(span.ends - span.began), max(1, ceil(span.ends - now))
    return Period(name, f"messages:{name}:{whose}:{span.label}", limit, seconds=lasts, ends_in=left)


def _span(name: str, account: Account) -> _Span:
    if name == "day":
        began = account.day_start()
        ends = account.day_start(began + timedelta(hours=36))
    else:
        began = account.month_start()
        ends = account.month_start(began + timedelta(days=32))
    return _Span(began.timestamp(), ends.timestamp(), f"{began.timestamp():.0f}")


_spans: dict[tuple[str, str], _Span] = {}  # those of now, by zone: a calendar costs more than all else here
