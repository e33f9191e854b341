"""A CSV file of contacts, read line by line: which column is what, and what stands in each line."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import TextIOWrapper
from typing import IO, Any

from messaging.contacts.cleaning import ATTRIBUTES
from messaging.errors import Refusal, Refused

MOST_COLUMNS = 110
_DELIMITERS = ",;\t"
_LONGEST_HEADER = 16_384
_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
# What programs call our columns, in letters alone.
_ALIASES: Mapping[str, str] = {
    **dict.fromkeys(("address", "phone", "phonenumber", "number", "mobile", "mobilephone", "msisdn", "to"), "address"),
    **dict.fromkeys(("workmobilephone1", "telephone", "cell", "gsm", "tel"), "address"),
    **dict.fromkeys(("email", "emailaddress", "mail", "workemailaddress1"), "email"),
    **dict.fromkeys(("firstname", "givenname", "forename", "name"), "first_name"),
    **dict.fromkeys(("lastname", "surname", "familyname"), "last_name"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One contact as the file has it: the number of its (last) line, and what stands there or why it cannot be read."""

    number: int
    values: dict[str, Any] = field(default_factory=dict)
    problem: str = ""


def lines(file: IO[bytes]) -> Iterator[Line]:
    """Yield the contacts of a CSV file with a line of column names: commas, semicolons or tabs, UTF-8 or UTF-16.

    Columns that are none of ours become the contact's own fields; empty cells are left out. Raises Refused where
    the first line does not name columns, or none of them a number or an e-mail address.
    """
    text = TextIOWrapper(file, encoding=_encoding(file), errors="replace", newline="")
    header = text.readline(_LONGEST_HEADER)
    if len(header) == _LONGEST_HEADER:
        raise _wrong("The first line is too long to be names of columns.")
    columns = _columns(header)
    reader = csv.reader(text, delimiter=_delimiter(header))
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Line(reader.line_num + 1, problem=f"This line cannot be read: {error}.")
            continue
        if any(cell.strip() for cell in cells):
            yield _line(reader.line_num + 1, columns, cells)


def _encoding(file: IO[bytes]) -> str:
    begins = file.read(2)
    file.seek(0)
    return _MARKS.get(begins, "utf-8-sig")


def _delimiter(header: str) -> str:
    return max(_DELIMITERS, key=header.count)


def _columns(header: str) -> list[str]:
    """Return what each column holds: one of our names, or `fields.` and its own."""
    try:
        names = next(csv.reader([header], delimiter=_delimiter(header)), [])
    except csv.Error:
        names = []
    if len(names) > MOST_COLUMNS:
        raise _wrong(f"The file has more than {MOST_COLUMNS} columns.")
    columns: list[str] = []
    for name in names:
        known = _ALIASES.get(re.sub(r"[^a-z0-9]", "", name.lower()), "")
        own = re.sub(r"[^A-Za-z0-9_.-]+", "_", name.strip()).strip("_")[:64]
        columns.append(known if known and known not in columns else f"fields.{own}" if own else "")
    if not {"address", "email"} & set(columns):
        raise _wrong("The first line must name the columns, and one of them be the number (phone) or e-mail address.")
    return columns


def _line(number: int, columns: list[str], cells: list[str]) -> Line:
    if len(cells) > len(columns):
        return Line(number, problem=f"This line has {len(cells)} columns, the first line names {len(columns)}.")
    values: dict[str, Any] = {}
    own: dict[str, str] = {}
    for column, cell in zip(columns, cells, strict=False):
        if cell.strip() and column in ATTRIBUTES:
            values[column] = cell
        elif cell.strip() and column:
            own[column.removeprefix("fields.")] = cell
    return Line(number, values | ({"fields": own} if own else {}))


def _wrong(detail: str) -> Refused:
    return Refused(Refusal.INVALID, detail, field="file")
