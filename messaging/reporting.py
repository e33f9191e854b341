"""What an account used on some days: messages and requests, summed by whatever is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property
from operator import itemgetter
from typing import Any

from django.db.models import QuerySet, Sum

from accounts.models import Account
from messaging.models import Device, UsageDay
from tokens.models import Token, TokenDay

LONGEST = 366  # days at once


class By(StrEnum):
    DAY = "day"
    TOKEN = "token"
    DEVICE = "device"
    DIALECT = "dialect"


Key = tuple[
    date | int | str, ...
]  # of a line, one for each By: the day, the token's and the device's number, the style
_MESSAGES = {By.DAY: "day", By.TOKEN: "token_ref", By.DEVICE: "device_ref", By.DIALECT: "dialect"}
_REQUESTS = {By.DAY: "day", By.TOKEN: "token_id", By.DIALECT: "dialect"}


@dataclass(frozen=True, slots=True)
class Counts:
    """Messages by recipients, and requests by tokens: None of a device, and of people and API logins."""

    accepted: int = 0
    delivered: int = 0
    failed: int = 0
    received: int = 0
    requests_accepted: int | None = 0
    requests_refused: int | None = 0

    @property
    def delivered_percent(self) -> str:
        return self._percent(self.delivered)

    @property
    def failed_percent(self) -> str:
        return self._percent(self.failed)

    def _percent(self, part: int) -> str:
        """Return the share of the accepted, never rounded up to all of them."""
        share = int(1000 * part / self.accepted) / 10 if self.accepted else 0.0
        return f"{share:g}"


COUNTS = tuple(field.name for field in fields(Counts))
_OF_MESSAGES, _OF_REQUESTS = COUNTS[:4], COUNTS[4:]


@dataclass(frozen=True)
class Report:
    """The days from `first` to `last`, both included, in the account's zone, by one thing or several."""

    account: Account
    first: date
    last: date
    by: Sequence[By]

    def lines(self) -> Iterator[tuple[Key, Counts]]:
        """Yield what there is, in the order of its keys."""
        if By.DEVICE in self.by:
            for key, counts in self._messages():
                yield key, _without_requests(counts)
            return
        found: dict[Key, Counts] = dict(self._messages())
        if By.TOKEN in self.by:
            place = self.by.index(By.TOKEN)
            found = {key: counts if key[place] else _without_requests(counts) for key, counts in found.items()}
        for key, accepted, refused in self._requests():
            found[key] = replace(found.get(key, Counts()), requests_accepted=accepted, requests_refused=refused)
        yield from sorted(found.items(), key=itemgetter(0))

    def total(self) -> Counts:
        return next((counts for _, counts in replace(self, by=()).lines()), Counts())

    def each_day(self) -> list[tuple[date, Counts]]:
        """Return every day, oldest first, those without messages too."""
        found = {key[0]: counts for key, counts in replace(self, by=(By.DAY,)).lines()}
        days = (self.first + timedelta(days=passed) for passed in range((self.last - self.first).days + 1))
        return [(day, found.get(day, Counts())) for day in days]

    @cached_property
    def tokens(self) -> Mapping[int, str]:
        """The names of the account's tokens, those that are gone among them."""
        return dict(Token.objects.filter(account=self.account).values_list("pk", "name"))

    @cached_property
    def present_tokens(self) -> frozenset[int]:
        return frozenset(Token.objects.for_account(self.account).values_list("pk", flat=True))

    @cached_property
    def devices(self) -> Mapping[int, str]:
        return dict(Device.objects.filter(account=self.account).values_list("pk", "name"))

    def _messages(self) -> Iterator[tuple[Key, Counts]]:
        rows = UsageDay.objects.filter(account=self.account, day__range=(self.first, self.last))
        width = len(self.by)
        for row in _summed(rows, [_MESSAGES[by] for by in self.by], _OF_MESSAGES):
            if any(count is not None for count in row[width:]):
                yield tuple(row[:width]), Counts(*row[width:])

    def _requests(self) -> Iterator[tuple[Key, int, int]]:
        rows = TokenDay.objects.filter(token__account=self.account, day__range=(self.first, self.last))
        width = len(self.by)
        sums = [name.removeprefix("requests_") for name in _OF_REQUESTS]
        for row in _summed(rows, [_REQUESTS[by] for by in self.by], sums):
            if row[width] is not None:
                yield tuple(row[:width]), row[width], row[width + 1]


def _without_requests(counts: Counts) -> Counts:
    return replace(counts, requests_accepted=None, requests_refused=None)


def _summed(rows: QuerySet[Any], keys: Sequence[str], counts: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    sums = {f"sum_of_{name}": Sum(name) for name in counts}
    if not keys:
        yield tuple(rows.aggregate(**sums).values())
        return
    yield from rows.order_by(*keys).values_list(*keys).annotate(**sums).iterator()
