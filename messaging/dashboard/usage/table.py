"""A report's lines in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from datetime import date
from typing import Any

from django.urls import reverse

from messaging.dashboard import wording
from messaging.reporting import By, Counts, Report

HEADINGS = ("Accepted", "Delivered", "Failed", "Received", "Requests answered", "Requests refused")
_PEOPLE = "People and API logins"
_NO_DEVICE = "No device"
_NO_STYLE = "No API style"  # of messages that came in


@dataclass(frozen=True, slots=True)
class Row:
    """One line: its name, where that leads, and its counts in the order of the headings."""

    name: str
    url: str
    counts: Counts

    @property
    def cells(self) -> list[dict[str, Any]]:
        return [{"label": label, "value": value} for label, value in zip(HEADINGS, astuple(self.counts), strict=True)]


def rows(report: Report) -> list[Row]:
    """Return the lines of a report by one thing: days with the newest first, all others with the most first."""
    by = report.by[0]
    found = [_row(report, by, key[0], counts) for key, counts in report.lines()]
    return found[::-1] if by is By.DAY else sorted(found, key=lambda row: (-_weight(row.counts), row.name))


def for_export(report: Report) -> Iterator[Sequence[object]]:
    """Yield headings and lines, in the report's own order and with days as CSV is read."""
    by = report.by[0]
    yield [by.capitalize() if by is not By.DIALECT else "API style", *HEADINGS]
    for key, counts in report.lines():
        name = key[0].isoformat() if isinstance(key[0], date) else _row(report, by, key[0], counts).name
        yield [name, *astuple(counts)]


def _row(report: Report, by: By, part: Any, counts: Counts) -> Row:
    if by is By.DAY:
        return Row(f"{part:%a} {part.day} {part:%b %Y}", f"{reverse('messages')}?since={part}&until={part}", counts)
    if by is By.DIALECT:
        return Row(wording.styles().get(part, part) or _NO_STYLE, "", counts)
    if by is By.DEVICE:
        return Row(report.devices.get(part, _NO_DEVICE), "", counts)
    if part not in report.tokens:
        return Row(_PEOPLE, "", counts)
    return Row(report.tokens[part], reverse("token", args=[part]) if part in report.present_tokens else "", counts)


def _weight(counts: Counts) -> int:
    return counts.accepted + counts.received + (counts.requests_accepted or 0) + (counts.requests_refused or 0)
