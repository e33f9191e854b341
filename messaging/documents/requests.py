"""The requests that a document's examples make, and each as a command for a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from shlex import quote
from typing import Any
from urllib.parse import quote as in_url
from urllib.parse import urlencode

MULTIPART, FORM = "multipart/form-data", "application/x-www-form-urlencoded"
UPLOADED = "example.txt"  # what a file in an example is called
_SHORT = 72  # characters of JSON that stay on one line


@dataclass(frozen=True, slots=True)
class Request:
    title: str
    method: str
    path: str  # with its query, below the document's server
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = ""  # none without a body
    body: Any = None
    files: frozenset[str] = frozenset()  # which of a form's fields are files


@dataclass(frozen=True, slots=True)
class Variables:
    """The shell's variables that hold the reader's credential."""

    token: str = "GATEWAY_TOKEN"
    username: str = "GATEWAY_USERNAME"
    password: str = "GATEWAY_PASSWORD"


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield method, path and description of each operation."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def requests(document: Mapping[str, Any], method: str, path: str, operation: Mapping[str, Any]) -> list[Request]:
    """Return a request for each example of the operation's body, or one for an operation without a body."""
    given = {(p["in"], p["name"]): _first(p) for p in operation.get("parameters", ())}
    known = {place: value for place, value in given.items() if value is not None}
    pieces = {name: name if value is None else value for (place, name), value in given.items() if place == "path"}
    filled = path.format_map({name: in_url(str(value), safe="") for name, value in pieces.items()})
    query = urlencode({name: value for (place, name), value in known.items() if place == "query"})
    plain = Request(
        title=operation["summary"],
        method=method,
        path=f"{filled}?{query}" if query else filled,
        headers={name: str(value) for (place, name), value in known.items() if place == "header"},
    )
    content = operation.get("requestBody", {}).get("content", {})
    return [
        Request(title, method, plain.path, plain.headers, media_type, example["value"], _files(document, body))
        for media_type, body in content.items()
        for title, example in _titled(body)
    ] or [plain]


def _first(parameter: Mapping[str, Any]) -> Any:
    return next((example["value"] for example in parameter.get("examples", {}).values()), None)


def _titled(body: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, example in body.get("examples", {}).items():
        yield example.get("summary", name), example


def _files(document: Mapping[str, Any], body: Mapping[str, Any]) -> frozenset[str]:
    schema = body["schema"]
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    fields = schema.get("properties", {}).items()
    return frozenset(name for name, one in fields if one.get("format") == "binary" or "contentMediaType" in one)


def ways_in(document: Mapping[str, Any], operation: Mapping[str, Any]) -> list[list[Mapping[str, Any]]]:
    """Return the schemes of the document, together where they go together, by which the operation may be asked."""
    schemes = document["components"].get("securitySchemes", {})
    ways: Sequence[Mapping[str, Any]] = operation.get("security", document.get("security", ()))
    return [[schemes[name] for name in way] for way in ways]


def curl(request: Request, base: str, way: Sequence[Mapping[str, Any]], variables: Variables) -> str:
    """Return the request as a command; the credential comes from the shell's variables."""
    lines = [f"curl -X {request.method} {quote(base + request.path)}"]
    lines += [_credential(scheme, variables) for scheme in way]
    lines += [f"-H {quote(f'{name}: {value}')}" for name, value in request.headers.items()]
    lines += _body(request)
    return " \\\n  ".join(lines)


def _credential(scheme: Mapping[str, Any], variables: Variables) -> str:
    if scheme["type"] == "apiKey":
        return f'-H "{scheme["name"]}: ${variables.token}"'
    if scheme["scheme"] == "basic":
        return f'-u "${variables.username}:${variables.password}"'
    return f'-H "Authorization: Bearer ${variables.token}"'


def _body(request: Request) -> list[str]:
    if not request.media_type:
        return []
    if request.media_type == MULTIPART:
        return [_part(name, value, is_file=name in request.files) for name, value in request.body.items()]
    if request.media_type == FORM:
        return [f"--data-urlencode {quote(f'{name}={value}')}" for name, value in request.body.items()]
    return [f'-H "Content-Type: {request.media_type}"', f"--data-binary {quote(_written(request.body))}"]


def _part(name: str, value: Any, *, is_file: bool) -> str:
    more = f";filename={UPLOADED};type=text/plain" if is_file else ""
    return f"-F {quote(f'{name}={value}{more}')}"


def _written(body: Any) -> str:
    if isinstance(body, str):
        return body
    line = json.dumps(body, ensure_ascii=False)
    return line if len(line) <= _SHORT else json.dumps(body, ensure_ascii=False, indent=2)
