"""Messages per day as bars."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from messaging.reporting import Counts

_GAP = 0.9  # of 100, between the two bars of a column
_LEAST = 0.4  # the height of the lowest bar
_LINES = 4
_STEPS = (1, 2, 5)


def volume(days: Sequence[tuple[date, Counts]], *, today: date | None = None) -> dict[str, Any]:
    """Return what `components/chart.html` draws: delivered and failed on each day, today lighter.

    Unless told, the last day is today.
    """
    today = today or days[-1][0]
    top = _top(max(counts.delivered + counts.failed for _, counts in days))
    peak_day, peak = max(days, key=lambda pair: pair[1].delivered)
    delivered, failed = (sum(getattr(counts, name) for _, counts in days) for name in ("delivered", "failed"))
    last = len(days) - 1
    return {
        "summary": (
            f"Bar chart, {len(days)} days to {_long(days[-1][0])}: {delivered:,} messages delivered, "
            f"{failed:,} failed. Most were delivered on {_long(peak_day)}: {peak.delivered:,}."
        ),
        "columns": [_column(x, day, counts, top, is_over=day < today) for x, (day, counts) in enumerate(days)],
        "ticks": [f"{top * line // _LINES:,}" for line in range(_LINES, -1, -1)],
        "dates": list(dict.fromkeys(_short(days[last * place // _LINES][0]) for place in range(_LINES + 1))),
        "legend": [
            {"cls": "", "label": "Delivered", "value": f"{delivered:,}"},
            {"cls": "b", "label": "Failed", "value": f"{failed:,}"},
        ],
        "note": "Today is lighter: it is not over" if days[-1][0] == today else "",
        "headings": ["Day", "Accepted", "Delivered", "Failed", "Received"],
        "rows": [_row(day, counts) for day, counts in reversed(days)],
    }


def _top(most: int) -> int:
    """Return the least round number that holds the highest column and can be quartered."""
    power = 1
    while True:
        for step in _STEPS:
            if step * power * _LINES >= most:
                return step * power * _LINES
        power *= 10


def _column(x: int, day: date, counts: Counts, top: int, *, is_over: bool) -> dict[str, Any]:
    delivered, failed = (100 * number / top for number in (counts.delivered, counts.failed))
    bars = []
    if delivered:
        bars.append(_bar("bar-a" if is_over else "bar-z", 100 - delivered, delivered))
    if failed:
        height = max(failed - (_GAP if delivered else 0), _GAP)
        bars.append(_bar("bar-b", 100 - delivered - (_GAP if delivered else 0) - height, height))
    title = f"{_weekday(day)}: {counts.delivered:,} delivered, {counts.failed:,} failed"
    return {"x": x, "title": title, "segments": bars}


def _bar(cls: str, y: float, height: float) -> dict[str, Any]:
    """Return a bar that can be seen, however little it stands for."""
    height = max(round(height, 2), _LEAST)
    return {"cls": cls, "y": min(max(round(y, 2), 0), round(100 - height, 2)), "height": height}


def _row(day: date, counts: Counts) -> list[str]:
    told = (counts.accepted, counts.delivered, counts.failed, counts.received)
    return [_weekday(day), *(f"{count:,}" for count in told)]


def _short(day: date) -> str:
    return f"{day.day} {day:%b}"


def _weekday(day: date) -> str:
    return f"{day:%a} {_short(day)}"


def _long(day: date) -> str:
    return f"{day.day} {day:%B}"
