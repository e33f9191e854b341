"""The longer times that a plan limits messages over, by the calendar of the account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Protocol

from django.utils import timezone

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
    began = account.day_start()
    ends = account.day_start(began + timedelta(hours=36))
    key = f"day:{spender.key}:{began:%Y%m%d}"
    return _period("day", key, account.plan.messages_per_day, began, ends)


def month_of(spender: Spender) -> Period:
    account = spender.account
    began = account.month_start()
    ends = account.month_start(began + timedelta(days=32))
    key = f"month:a{account.pk}:{began:%Y%m}"
    return _period("month", key, account.plan.messages_per_month, began, ends)


def limited(spender: Spender) -> list[Period]:
    """Return the periods that the plan limits, the shorter first."""
    plan = spender.account.plan
    days = [day_of(spender)] if plan.messages_per_day is not None else []
    return [*days, month_of(spender)] if plan.messages_per_month is not None else days


def _period(name: str, key: str, limit: int | None, began: datetime, ends: datetime) -> Period:
    lasts, left = ends.timestamp() - began.timestamp(), ends.timestamp() - timezone.now().timestamp()
    return Period(name, key, limit, seconds=round(lasts), ends_in=max(1, ceil(left)))
