"""What is used of a plan's limits, and what is left."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from accounts.models import Account, Plan
from messaging import allowance
from messaging.dashboard.figures import busiest_today


@dataclass(frozen=True, slots=True)
class Meter:
    """How much of one limit is used; `note` says by whom, or until when."""

    label: str
    used: int
    limit: int
    note: str

    @property
    def left(self) -> int:
        return max(0, self.limit - self.used)


@dataclass(frozen=True, slots=True)
class Limits:
    plan: Plan
    meters: list[Meter]


def limits_of(account: Account) -> Limits:
    return Limits(account.plan, [*_day(account), *_month(account)])


def _day(account: Account) -> list[Meter]:
    if account.plan.messages_per_day is None:
        return []
    busiest = busiest_today(account)
    return [Meter("Busiest token today", busiest.used, account.plan.messages_per_day, busiest.name)]


def _month(account: Account) -> list[Meter]:
    if account.plan.messages_per_month is None:
        return []
    month = f"{timezone.now().astimezone(account.zone):%B}"
    used = allowance.sent_this_month(account)
    return [Meter(f"Messages in {month}", used, account.plan.messages_per_month, "By all tokens and people")]
