"""A token's days as bars, drawn by the server."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from typing import Any

from django.db.models import Sum
from django.utils import timezone

from tokens.models import Token, TokenDay

_STEPS = (1, 2, 3, 5, 6, 8)  # a quarter of the axis, times a power of ten
_GAP = 0.9  # between the accepted and the refused part of a bar


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    accepted: int = 0
    refused: int = 0

    @property
    def total(self) -> int:
        return self.accepted + self.refused

    @property
    def label(self) -> str:
        return f"{self.day.day} {self.day:%b}"


def days_of(tokens: Iterable[Token], days: int) -> dict[int, list[Day]]:
    """Return the last days of each of an account's tokens, oldest first, with today in its zone as the last."""
    found = list(tokens)
    today = timezone.localdate(timezone=found[0].account.zone if found else UTC)
    span = [today - timedelta(days=back) for back in range(days - 1, -1, -1)]
    rows = TokenDay.objects.filter(token__in=found, day__gte=span[0]).order_by().values_list("token", "day")
    sums = rows.annotate(Sum("accepted"), Sum("refused"))
    known = {(pk, day): Day(day, accepted, refused) for pk, day, accepted, refused in sums}
    return {token.pk: [known.get((token.pk, day), Day(day)) for day in span] for token in found}


def sparkline(days: Sequence[Day]) -> list[dict[str, object]]:
    peak = max(day.total for day in days) or 1
    bars = [(round(10 * day.total / peak, 2), "" if day.total else "lo") for day in days]
    return [{"y": 10 - max(high, 0.6), "height": max(high, 0.6), "cls": cls} for high, cls in bars]


def chart(days: Sequence[Day]) -> dict[str, Any]:
    """Return what `components/chart.html` draws."""
    top = _top(max(day.total for day in days))
    accepted, refused = sum(day.accepted for day in days), sum(day.refused for day in days)
    last = len(days) - 1
    return {
        "summary": _summary(days),
        "columns": [_column(place, day, top, is_today=place == last) for place, day in enumerate(days)],
        "ticks": [f"{top * part // 4:,}" for part in (4, 3, 2, 1, 0)],
        "dates": [days[last * part // 4].label for part in range(5)],
        "legend": [
            {"cls": "", "label": "Accepted", "value": f"{accepted:,}"},
            {"cls": "b", "label": "Refused", "value": f"{refused:,}"},
        ],
        "note": _note(days),
        "headings": ["Day", "Accepted", "Refused"],
        "rows": [[day.label, f"{day.accepted:,}", f"{day.refused:,}"] for day in reversed(days)],
    }


def _top(peak: int) -> int:
    power = 1
    while True:
        for step in _STEPS:
            if 4 * step * power >= peak:
                return 4 * step * power
        power *= 10


def _column(place: int, day: Day, top: int, *, is_today: bool) -> dict[str, Any]:
    low, high = 100 * day.accepted / top, 100 * day.refused / top
    segments = [{"y": 100 - low, "height": low, "cls": "bar-z" if is_today else "bar-a"}] if low else []
    if high:
        shown = max(high - _GAP, _GAP)
        segments.append({"y": max(100 - low - _GAP - shown, 0), "height": shown, "cls": "bar-b"})
    title = f"{day.label}: {day.accepted:,} accepted, {day.refused:,} refused"
    return {"x": place, "title": title, "segments": segments}


def _summary(days: Sequence[Day]) -> str:
    begin = f"Requests a day, {len(days)} days to {days[-1].label}."
    peak = max(days, key=lambda day: day.total)
    if not peak.total:
        return f"{begin} There were none."
    least = min(day.total for day in days)
    return f"{begin} From {least:,} to {peak.total:,}, the most on {peak.label}."


def _note(days: Sequence[Day]) -> str:
    worst = max(days, key=lambda day: day.refused)
    refusals = f"Most refusals on {worst.label}. " if worst.refused else ""
    return f"{refusals}Today, the lighter bar, is not over."
