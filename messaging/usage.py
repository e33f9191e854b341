"""Counting messages by day and by hour, in the transaction of the change that is counted."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from messaging import rows
from messaging.models import UsageDay, UsageHour

_KEY = ("account", "day", "token_ref", "device_ref", "dialect")
_COUNTS = ("accepted", "delivered", "failed", "received")
_ADD = "ON CONFLICT (account_id, day, token_ref, device_ref, dialect) DO UPDATE SET " + ", ".join(
    f"{name} = {UsageDay._meta.db_table}.{name} + excluded.{name}" for name in _COUNTS
)
_HOUR = ("account", "hour", "token_ref")
_HOURLY = ("accepted", "delivered", "failed")
_ADD_HOUR = "ON CONFLICT (account_id, hour, token_ref) DO UPDATE SET " + ", ".join(
    f"{name} = {UsageHour._meta.db_table}.{name} + excluded.{name}" for name in _HOURLY
)


@dataclass(frozen=True, slots=True)
class Count:
    """So many recipients of one account's messages came into one of the counted states."""

    account_id: int
    day: date
    token_ref: int
    device_ref: int
    dialect: str
    what: str  # one of accepted, delivered, failed, received
    number: int = 1


def add(counts: Iterable[Count]) -> None:
    """Add the counts to their days and to the present hour, one statement each for all of them."""
    sums: dict[tuple[int, date, int, int, str], Counter[str]] = {}
    hourly: dict[tuple[int, int], Counter[str]] = {}
    for count in counts:
        key = (count.account_id, count.day, count.token_ref, count.device_ref, count.dialect)
        sums.setdefault(key, Counter())[count.what] += count.number
        if count.what in _HOURLY:
            hourly.setdefault((count.account_id, count.token_ref), Counter())[count.what] += count.number
    ordered = sorted(sums)  # one order for every writer, so that PostgreSQL finds no deadlock
    rows.insert(
        UsageDay,
        (*_KEY, *_COUNTS),
        [[*key, *(sums[key][name] for name in _COUNTS)] for key in ordered],
        conflict=_ADD,
    )
    _add_to_hour(hourly)


def _add_to_hour(sums: dict[tuple[int, int], Counter[str]]) -> None:
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    rows.insert(
        UsageHour,
        (*_HOUR, *_HOURLY),
        [[account, hour, token, *(sums[account, token][name] for name in _HOURLY)] for account, token in sorted(sums)],
        conflict=_ADD_HOUR,
    )
