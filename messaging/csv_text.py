"""Tables as CSV, a line at a time."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence

CSV = "text/csv; charset=utf-8"


class _Echo:
    """A file whose writing returns what was written."""

    def write(self, text: str) -> str:
        return text


def lines(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    for row in rows:
        yield writer.writerow([_cell(value) for value in row])


def _cell(value: object) -> object:
    """Keep a spreadsheet from reading a text as a formula (OWASP: CSV injection)."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
