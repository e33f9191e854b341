"""What a list's address narrows it to: the base of the lists' filters."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import QueryDict

from accounts.models import Account

_CURSORS = ("before", "after")
_BOUNDS = [MinValueValidator(date(1900, 1, 1)), MaxValueValidator(date(9000, 1, 1))]


def _day(label: str) -> forms.DateField:
    picker = forms.DateInput(attrs={"type": "date"})
    return forms.DateField(label=label, required=False, validators=_BOUNDS, widget=picker)


class Narrowing(forms.Form):
    """What the address asks for. Anything in it that makes no sense is left aside."""

    since = _day("From")
    until = _day("To")

    def __init__(self, data: QueryDict, *, account: Account) -> None:
        super().__init__(data)
        self.account = account

    def given(self, name: str) -> Any:
        return self.cleaned_data.get(name) or None

    @property
    def begins_at(self) -> datetime | None:
        return self._midnight("since")

    @property
    def ends_at(self) -> datetime | None:
        return self._midnight("until", days=1)

    def _midnight(self, name: str, *, days: int = 0) -> datetime | None:
        day: date | None = self.given(name)
        return datetime.combine(day + timedelta(days=days), time(), tzinfo=self.account.zone) if day else None

    def words(self) -> Mapping[str, str]:
        """Return what is on, in words."""
        days = {"since": "From", "until": "To"}
        return {name: f"{word} {_spoken(day)}" for name, word in days.items() if (day := self.given(name))}

    def chips(self) -> list[dict[str, str]]:
        """Return what is on, each with the query that leaves it out."""
        return [{"label": label, "url": self.url(**{name: None})} for name, label in self.words().items()]

    def url(self, **changes: object) -> str:
        """Return the query of this list with some of it changed; a change of the filters begins at the newest."""
        query = self.data.copy() if isinstance(self.data, QueryDict) else QueryDict(mutable=True)
        for name in (*_CURSORS, *changes):
            query.pop(name, None)
        for name, value in changes.items():
            if value is not None:
                query[name] = str(value)
        return f"?{query.urlencode()}"


def _spoken(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
