"""Rules about how much is sent and how much of it fails, from the counts of hours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from django.db.models import QuerySet, Sum

from accounts.models import Account
from messaging.alerting.rule import Finding, Number, Rule, Scope, Subject
from messaging.models import UsageHour
from tokens.models import Token

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WEEKS = 4
LEAST_DAYS = 7  # with less behind it nothing is known to be usual
TIMES = Number(3, 2, 1000, "Times what is usual")
LEAST = Number(100, 1, 10_000_000, "Messages at least")

_Key = tuple[int, int]  # account, and token or 0 where an account's are counted together


def this_hour_and_the_last(now: datetime) -> tuple[datetime, datetime]:
    """Return when the hours began: with both, what began late in an hour is not over with it."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    return hour, hour - HOUR


def find_failures(scope: Scope, now: datetime) -> Iterator[Finding]:
    """Find the accounts of whose latest messages more than their share failed."""
    lately = UsageHour.objects.filter(hour__in=this_hour_and_the_last(now), account__suspended_at=None)
    groups = lately.order_by().values_list("account", "account__name")
    sums = groups.annotate(Sum("accepted"), Sum("delivered"), failures=Sum("failed")).filter(failures__gt=0)
    for account_id, name, accepted, delivered, failed in sums:
        number = max(accepted, delivered + failed)
        is_enough = number >= scope.number(account_id, "least")
        if is_enough and failed * 100 > number * scope.number(account_id, "share"):
            text = f"{failed:,} of {number:,} messages failed in this hour and the one before."
            yield Finding(account_id, Subject.ACCOUNT, account_id, name, text)


@dataclass(frozen=True, slots=True)
class Burst:
    """Far more in one hour than is usual at that time of the day."""

    account_id: int
    token_id: int
    number: int
    usual: int

    @property
    def text(self) -> str:
        return f"{self.number:,} messages in one hour, where {self.usual:,} are usual at this time of the day."


def bursts(scope: Scope, now: datetime, *, by_token: bool) -> Iterator[Burst]:
    """Yield what is over so many times the median of the same hour of the last four weeks."""
    for hour in this_hour_and_the_last(now):
        high = _sums(UsageHour.objects.filter(hour=hour), scope.loosest("least"), by_token=by_token)
        high = {key: sum for key, sum in high.items() if sum >= scope.number(key[0], "least")}
        usual = _medians(high, hour, by_token=by_token)
        for (account_id, token_id), number in high.items():
            known = usual.get((account_id, token_id))
            if known is not None and number > known * scope.number(account_id, "times"):
                yield Burst(account_id, token_id, number, round(known))


def _sums(rows: QuerySet[UsageHour], least: int, *, by_token: bool) -> dict[_Key, int]:
    names = ("account", "token_ref") if by_token else ("account",)
    rows = rows.filter(account__suspended_at=None).exclude(token_ref=0) if by_token else rows
    sums = rows.order_by().values_list(*names).annotate(number=Sum("accepted")).filter(number__gte=least)
    return {(key[0], key[1] if by_token else 0): number for *key, number in sums}


def _medians(keys: Iterable[_Key], hour: datetime, *, by_token: bool) -> dict[_Key, float]:
    """Return the median of the same hour of each day, for those of whom a week or more is known."""
    wanted = set(keys)
    if not wanted:
        return {}
    same = [hour - days * DAY for days in range(1, WEEKS * 7 + 1)]
    rows = UsageHour.objects.filter(account__in={account for account, _ in wanted}, hour__in=same)
    names = ("account", "token_ref", "hour") if by_token else ("account", "hour")
    found: dict[_Key, dict[int, int]] = {key: {} for key in wanted}
    for *ref, at, number in rows.order_by().values_list(*names).annotate(Sum("accepted")):
        key = ref[0], ref[1] if by_token else 0
        if key in found:
            found[key][(hour - at).days] = number
    began = _beginnings(wanted, by_token=by_token)
    known = {key: min(WEEKS * 7, max([(hour - began.get(key, hour)).days, *found[key]])) for key in wanted}
    return {
        key: median(found[key].get(day, 0) for day in range(1, days + 1))
        for key, days in known.items()
        if days >= LEAST_DAYS
    }


def _beginnings(keys: set[_Key], *, by_token: bool) -> dict[_Key, datetime]:
    if by_token:
        tokens = Token.objects.filter(pk__in={token for _, token in keys})
        return {(account, pk): at for account, pk, at in tokens.values_list("account", "pk", "created_at")}
    accounts = Account.objects.filter(pk__in={account for account, _ in keys})
    return {(pk, 0): at for pk, at in accounts.values_list("pk", "created_at")}


def find_unusual(scope: Scope, now: datetime) -> Iterator[Finding]:
    """Find the accounts that send far more than they usually do at this time of the day."""
    found = {burst.account_id: burst for burst in bursts(scope, now, by_token=False)}
    names = dict(Account.objects.filter(pk__in=found).values_list("pk", "name"))
    for account_id, burst in found.items():
        yield Finding(account_id, Subject.ACCOUNT, account_id, names[account_id], f"The account sent {burst.text}")


FAILURES = Rule(
    "failures",
    "More than {share} % of at least {least} messages failed in this hour and the one before",
    find_failures,
    {"share": Number(20, 1, 99, "Percent"), "least": Number(20, 1, 10_000_000, "Messages at least")},
)
UNUSUAL = Rule(
    "unusual_volume",
    "An hour has over {times} times as many messages as is usual at this time of the day, and at least {least}",
    find_unusual,
    {"times": TIMES, "least": LEAST},
    tells_end=False,
)
