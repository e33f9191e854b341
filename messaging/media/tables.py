"""Files with rows of named values: CSV, JSON and XML, read a row at a time.

A value in another is named by dots (`customer.name`, `orders.0.total`). CSV has a line of names, JSON a list of objects
or one called `contacts`, XML elements in its root, or in an element called `contacts` there.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from io import TextIOWrapper
from typing import IO, Any
from xml.parsers import expat

import msgspec

from messaging import json_text
from messaging.errors import Refusal, Refused

Row = dict[str, str]
MOST_COLUMNS = 500
LONGEST_NAME = 255
DEEPEST = 50
_LONGEST_LINE = 131_072
_PIECE = 65_536
_DELIMITERS = ",;\t"
_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_ROWS_IN = "contacts"


def rows_of(file: IO[bytes], mime: str) -> Iterator[Row]:
    """Yield the rows of a file of one of the types in `READERS`; raises Refused(MEDIA_FORMAT) where it is malformed."""
    return READERS[mime](file)


def check(file: IO[bytes], mime: str, *, has_rows: bool) -> None:
    """Raise Refused(MEDIA_FORMAT) for a malformed file of a type known here; it may have to have rows."""
    if mime not in READERS:
        return
    if has_rows or mime == "text/csv":
        for _ in READERS[mime](file):
            pass
    elif mime == "application/json":
        _decoded(file)
    else:
        _parse(_parser(), file.read(), is_last=True)


def malformed(why: str) -> Refused:
    return Refused(Refusal.MEDIA_FORMAT, f"The file is malformed: {why}", field="file")


# CSV
def _csv(file: IO[bytes]) -> Iterator[Row]:
    begins = file.read(2)
    file.seek(0)
    text = TextIOWrapper(file, encoding=_MARKS.get(begins, "utf-8-sig"), newline="")
    try:
        yield from _csv_rows(text)
    except UnicodeError:
        raise malformed("its text is neither UTF-8 nor UTF-16.") from None
    except csv.Error as error:
        raise malformed(f"{error}.") from None
    finally:
        text.detach()


def _csv_rows(text: TextIOWrapper) -> Iterator[Row]:
    header = text.readline(_LONGEST_LINE)
    delimiter = max(_DELIMITERS, key=header.count)
    names = [name.strip() for name in next(csv.reader([header], delimiter=delimiter, strict=True), [])]
    _must_be_names(names)
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    for cells in reader:
        if len(cells) > len(names):
            raise malformed(f"line {reader.line_num + 1} has {len(cells)} values, and there are {len(names)} names.")
        if any(cell.strip() for cell in cells):
            yield {name: _fit(cell) for name, cell in zip(names, cells, strict=False) if name}


def _must_be_names(names: list[str]) -> None:
    if not any(names):
        raise malformed("its first line has no names.")
    if len(names) > MOST_COLUMNS:
        raise malformed(f"it has more than {MOST_COLUMNS} columns.")
    named = [name for name in names if name]
    if len({name.lower() for name in named}) < len(named):
        raise malformed("two of its columns have the same name.")
    for name in named:
        _must_be_name(name)


def _must_be_name(name: str) -> None:
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise malformed(f"names of values have up to {LONGEST_NAME} printable characters.")


# JSON
def _json(file: IO[bytes]) -> Iterator[Row]:
    found = _decoded(file)
    if isinstance(found, Mapping):
        found = next((value for name, value in found.items() if name.lower() == _ROWS_IN), None)
    if not isinstance(found, list) or not all(isinstance(row, Mapping) for row in found):
        raise malformed("it must hold a list of objects.")
    for row in found:
        yield flat(row)


def _decoded(file: IO[bytes]) -> Any:
    try:
        return json_text.decode(file.read().removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise malformed("it is not valid JSON.") from None


def flat(value: Mapping[str, Any]) -> Row:
    """Return the texts in a value by their dotted names."""
    found: Row = {}
    waiting: list[tuple[str, Any, int]] = [("", value, 0)]
    while waiting:
        name, item, depth = waiting.pop()
        inner = item.items() if isinstance(item, Mapping) else enumerate(item) if isinstance(item, list) else None
        if depth > DEEPEST or len(found) + len(waiting) > MOST_COLUMNS:
            raise malformed(f"an object has more than {MOST_COLUMNS} values, or too many in one another.")
        if inner is None:
            _must_be_name(name)
            found[name] = _text(item)
        else:
            deeper = [(f"{name}.{key}" if name else str(key), each, depth + 1) for key, each in inner]
            waiting += reversed(deeper)
    return found


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else _fit(str(value))


def _fit(text: str) -> str:
    """Return the text if databases can store it; raises Refused."""
    if "\0" in text or any("\ud800" <= c <= "\udfff" for c in text):
        raise malformed("it holds characters that are no text.")
    return text


# XML
def _parser() -> expat.XMLParserType:
    """Return a parser that refuses a DTD, and with it entities."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = _refuse
    parser.ExternalEntityRefHandler = parser.SkippedEntityHandler = _refuse
    return parser


def _refuse(*_: object) -> int:
    raise malformed("XML with a document type or entities of its own is not read.")


def _parse(parser: expat.XMLParserType, piece: bytes, *, is_last: bool) -> None:
    try:
        parser.Parse(piece, is_last)
    except (expat.ExpatError, UnicodeError, ValueError, LookupError):
        raise malformed("it is not well-formed XML.") from None


class _Rows:
    """Collects rows while the file is parsed."""

    def __init__(self) -> None:
        self.ready: list[Row] = []
        self._open: list[tuple[str, dict[str, Any], list[str]]] = []
        self._level = 1  # of the elements that are rows
        self._values = 0
        self.parser = parser = _parser()
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._said

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= DEEPEST:
            raise malformed("it has too many elements in one another.")
        if len(attributes) > MOST_COLUMNS:
            raise malformed(f"an element has more than {MOST_COLUMNS} attributes.")
        local = name.rpartition(":")[2]
        if len(self._open) == 1 and local.lower() == _ROWS_IN:
            self._level = 2
        self._values += 1
        if self._values > MOST_COLUMNS and len(self._open) > self._level:
            raise malformed(f"a row has more than {MOST_COLUMNS} values.")
        own = {key.rpartition(":")[2]: value for key, value in attributes.items() if not key.startswith("xmlns")}
        self._open.append((local, own, []))

    def _end(self, name: str) -> None:
        local, inner, said = self._open.pop()
        level = len(self._open)
        text = "".join(said).strip()
        value: Any = inner | ({"value": text} if text else {}) if inner else text
        if level == self._level:
            self._values = 0
            if isinstance(value, dict):
                self.ready.append(flat(value))
        elif level > self._level:
            _put(self._open[-1][1], local, value)

    def _said(self, text: str) -> None:
        if len(self._open) > self._level + 1:
            self._open[-1][2].append(text)


def _put(into: dict[str, Any], name: str, value: Any) -> None:
    """Set the value; several of one name are a list."""
    if name not in into:
        into[name] = value
    elif isinstance(into[name], list):
        into[name].append(value)
    else:
        into[name] = [into[name], value]


def _xml(file: IO[bytes]) -> Iterator[Row]:
    rows = _Rows()
    while piece := file.read(_PIECE):
        _parse(rows.parser, piece, is_last=False)
        yield from rows.ready
        rows.ready.clear()
    _parse(rows.parser, b"", is_last=True)
    yield from rows.ready


READERS: Mapping[str, Callable[[IO[bytes]], Iterator[Row]]] = {
    "text/csv": _csv,
    "application/json": _json,
    "application/xml": _xml,
}
