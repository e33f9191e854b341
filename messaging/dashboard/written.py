"""A style's document as its page shows it: operations in groups, each with commands to copy."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from messaging.dashboard.styles import Style
from messaging.dashboard.tokens.curl import Command
from messaging.documents.requests import Request, Variables, curl, operations, requests, ways_in
from tokens.models import Token

_HEADERS = {"basic": "Authorization: Basic <login>", "bearer": "Authorization: Bearer <token>"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One operation."""

    anchor: str
    method: str
    path: str
    operation: Mapping[str, Any]
    commands: list[Command]
    answer: Command | None

    @property
    def differs(self) -> str:
        return str(self.operation.get("x-differs", ""))

    @property
    def statuses(self) -> list[str]:
        return [status for status in self.operation["responses"] if status.isdigit()]


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    entries: list[Entry]


def groups(style: Style, variables: Variables) -> list[Group]:
    """Return the style's operations, in the order of its document."""
    found: dict[str, list[Entry]] = {}
    for method, path, operation in operations(style.document):
        entry = _entry(style, variables, method, path, operation)
        found.setdefault(operation["tags"][0], []).append(entry)
    return [Group(name, entries) for name, entries in found.items()]


def _entry(style: Style, variables: Variables, method: str, path: str, operation: Mapping[str, Any]) -> Entry:
    anchor = f"operation-{operation['operationId']}"
    way = next(iter(ways_in(style.document, operation)), [])
    commands = [
        Command(f"{anchor}-{place}", request.title, curl(request, style.base(path), way, variables))
        for place, request in enumerate(_plainest(requests(style.document, method, path, operation)))
    ]
    return Entry(anchor, method, path, operation, commands, _answer(anchor, operation))


def _plainest(found: list[Request]) -> list[Request]:
    """Return the examples of the first way in which a body may be written."""
    return [request for request in found if request.media_type == found[0].media_type]


def _answer(anchor: str, operation: Mapping[str, Any]) -> Command | None:
    """Return the first example of a success."""
    for status, response in operation["responses"].items():
        for media_type, body in response.get("content", {}).items():
            for example in body.get("examples", {}).values() if status.startswith("2") else ():
                value = example["value"]
                is_text = isinstance(value, str) and not media_type.endswith("json")
                code = value if is_text else json.dumps(value, ensure_ascii=False, indent=2)
                return Command(f"{anchor}-answer", f"{status}, {media_type}", code)
    return None


def credentials(document: Mapping[str, Any]) -> list[list[str]]:
    """Return the ways in, each with the headers that it takes together."""
    usual = ways_in(document, {}) or next((ways_in(document, one) for _, _, one in operations(document)), [])
    return [[_header(scheme) for scheme in way] for way in usual]


def _header(scheme: Mapping[str, Any]) -> str:
    if scheme["type"] == "apiKey":
        return f"{scheme['name']}: <token>"
    return _HEADERS[scheme["scheme"]]


def prompt(document: Mapping[str, Any], variables: Variables, token: Token | None) -> Command:
    """Return what puts the reader's credentials into the shell's variables."""
    return Command("before", "Once per terminal", "\n".join(_asking(document, variables, token)))


def _asking(document: Mapping[str, Any], variables: Variables, token: Token | None) -> Iterator[str]:
    ways = [way for _, _, operation in operations(document) for way in ways_in(document, operation)[:1]]
    asked = {scheme.get("scheme", "token") for way in ways for scheme in way}
    if "basic" in asked:
        yield "# asks for an API login, whose password stays out of your shell's history"
        yield f"read -r {variables.username}"
        yield f"read -rs {variables.password}"
    if asked - {"basic"}:
        named = f" {token.masked}" if token else ""
        yield f"# asks for the token{named}, so that it stays out of your shell's history"
        yield f"read -rs {variables.token}"
