"""Which days the page is about, and by what it sums them: read from its address."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from urllib.parse import urlencode

from django import forms
from django.utils import timezone

from accounts.models import Account
from messaging.reporting import LONGEST, By, Report

PERIODS = (7, 30, 90)
_USUAL = 30
_BY = {By.DAY: "Day", By.TOKEN: "Token", By.DEVICE: "Device", By.DIALECT: "API style"}


class Days(forms.Form):
    """From one day to another, both included."""

    since = forms.DateField(label="From", widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label="To", widget=forms.DateInput(attrs={"type": "date"}))

    def clean(self) -> dict[str, date]:
        days: dict[str, date] = self.cleaned_data
        since, until = days.get("since"), days.get("until")
        if since and until and not timedelta() <= until - since < timedelta(days=LONGEST):
            raise forms.ValidationError("The days are in the wrong order, or more than a year.")
        return days


class Asked:
    """What the address asks for. Anything in it that makes no sense is left aside."""

    def __init__(self, query: Mapping[str, str], account: Account) -> None:
        self.today = timezone.localdate(timezone=account.zone)
        self.by = next((by for by in By if by == query.get("by")), By.DAY)
        given = Days(query)
        self.period = None if given.is_valid() else _period(query.get("days"))
        self.first: date
        self.last: date
        if self.period is None:
            self.first, self.last = given.cleaned_data["since"], given.cleaned_data["until"]
        else:
            self.first, self.last = self.today - timedelta(days=self.period - 1), self.today
        self.account = account

    @property
    def form(self) -> Days:
        """The days, to be changed."""
        return Days(initial={"since": self.first, "until": self.last})

    @property
    def number(self) -> int:
        return (self.last - self.first).days + 1

    def report(self, by: By | None = None) -> Report:
        return Report(self.account, self.first, self.last, [by or self.by])

    def url(self, **changes: object) -> str:
        """Return the query of this page with some of it changed."""
        named: dict[str, object] = {"by": self.by}
        named |= {"days": self.period} if self.period else {"since": self.first, "until": self.last}
        return f"?{urlencode(named | changes)}"

    def periods(self) -> list[dict[str, object]]:
        return [
            {
                "url": f"?{urlencode({'by': self.by, 'days': days})}",
                "label": f"{days} days",
                "current": days == self.period,
            }
            for days in PERIODS
        ]

    def groups(self) -> list[dict[str, object]]:
        return [{"url": self.url(by=by), "label": label, "current": by == self.by} for by, label in _BY.items()]

    @property
    def label(self) -> str:
        return _BY[self.by]


def _period(text: str | None) -> int:
    return next((days for days in PERIODS if str(days) == text), _USUAL)
