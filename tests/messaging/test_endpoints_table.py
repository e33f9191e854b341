"""docs/endpoints.md: every endpoint of every API, what it does, and the test that shows it."""

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings

from messaging import dialect
from messaging.documents.described import description_of, mounted
from messaging.documents.own import own_document
from messaging.documents.requests import operations

TABLE = settings.BASE_DIR / "docs" / "endpoints.md"
TESTS = settings.BASE_DIR / "tests" / "messaging"
OURS = "Our own API"
_ROW = re.compile(r"\| `(?P<endpoint>[A-Z]+ /\S*)` \| (?P<status>.*?) \|(?P<tests>.*?)\|")
_TEST = re.compile(r"`(?P<file>[\w/]+\.py)::(?P<name>\w+)`")


@dataclass(frozen=True)
class Row:
    api: str
    endpoint: str
    word: str
    why: str
    tests: tuple[tuple[str, str], ...]


def rows() -> list[Row]:
    found, api = [], ""
    for line in TABLE.read_text().splitlines():
        if line.startswith("## "):
            api = line.removeprefix("## ")
        elif line.startswith("| `"):
            row = _ROW.fullmatch(line)
            assert row, f"This row cannot be read: {line}"
            word, _, why = row["status"].partition(": ")
            found.append(Row(api, row["endpoint"], word, why, tuple(_TEST.findall(row["tests"]))))
    return found


ROWS = rows()


def routes() -> dict[str, set[str]]:
    """Return what is mounted, by the name of its API."""
    ours = {f"{method} {path}" for method, path, _ in operations(own_document())}
    styles = dialect.found().values()
    return {OURS: ours} | {style.label: {f"{method} {path}" for method, path, _ in mounted(style)} for style in styles}


def test_every_mounted_route_is_in_the_table_once() -> None:
    listed = [(row.api, row.endpoint) for row in ROWS]
    assert len(listed) == len(set(listed)), [row for row in listed if listed.count(row) > 1]
    missing = [
        f"{api}: {endpoint}" for api, found in routes().items() for endpoint in found if (api, endpoint) not in listed
    ]
    assert sorted(missing) == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.api} {row.endpoint}")
def test_a_row_tells_the_truth(row: Row) -> None:
    is_mounted = row.endpoint in routes()[row.api]
    assert row.word in ("works", "differs", "not there"), f"unknown status {row.word}"
    assert (row.word == "works") == (not row.why), "say why, and only where it is not simply so"
    assert is_mounted == (row.word != "not there")
    assert bool(row.tests) == is_mounted, "name a test of what works"
    for file, name in row.tests:
        assert name in names_in(TESTS / file), f"{file} has no {name}"


@cache
def names_in(file: Path) -> frozenset[str]:
    tree = ast.parse(file.read_text())
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("style", dialect.found().values(), ids=dialect.found())
def test_the_table_and_the_documents_give_the_same_reasons(style: dialect.Dialect) -> None:
    said = description_of(style)
    differs = {endpoint: one.differs for endpoint, one in said.operations.items() if one.differs}
    assert _reasons(style.label, "differs") == differs
    assert _reasons(style.label, "not there") == said.absent


def _reasons(api: str, word: str) -> Mapping[str, str]:
    return {row.endpoint: row.why for row in ROWS if row.api == api and row.word == word}
