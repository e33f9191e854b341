"""Lists in the order of their ids, turned over by cursors in the address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import QueryDict

from messaging.ids import LARGEST

PAGE = 50
Row = TypeVar("Row", bound=Model)


Cursors = tuple[int | None, int | None]


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows, the newest first, and the addresses of the pages before and after; empty where there is none."""

    rows: list[Row]
    newer: str
    older: str


def turn(rows: QuerySet[Row], query: QueryDict) -> Page[Row]:
    """Return the page that `before` or `after` in the query ask for, else the newest."""
    before, after = cursors(query)
    if after is not None:
        found = list(rows.filter(pk__gt=after).order_by("pk")[: PAGE + 1])
        shown = found[:PAGE][::-1]
        newest = shown[0].pk if len(found) > PAGE else None
        return Page(shown, _url(query, after=newest), _url(query, before=shown[-1].pk if shown else after + 1))
    found = list((rows if before is None else rows.filter(pk__lt=before)).order_by("-pk")[: PAGE + 1])
    shown = found[:PAGE]
    newer = None if before is None else shown[0].pk if shown else before - 1
    return Page(shown, _url(query, after=newer), _url(query, before=shown[-1].pk if len(found) > PAGE else None))


def cursors(query: QueryDict) -> Cursors:
    """Return the ids before and after which a page is asked for."""
    return _cursor(query, "before"), _cursor(query, "after")


def _cursor(query: QueryDict, name: str) -> int | None:
    text = query.get(name, "")
    return min(int(text), LARGEST) if text.isascii() and text.isdigit() and len(text) < 20 else None


def _url(query: QueryDict, **cursor: int | None) -> str:
    ((name, place),) = cursor.items()
    if place is None:
        return ""
    changed = query.copy()
    for each in ("before", "after"):
        changed.pop(each, None)
    changed[name] = str(place)
    return f"?{changed.urlencode()}"
