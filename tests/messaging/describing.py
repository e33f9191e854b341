"""What the documents promise, read back from them: requests to make, and the answers that may come."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from django.http import HttpResponse
from django.test import Client
from django.test.client import BOUNDARY, encode_multipart
from openapi_schema_validator import OAS31Validator

from accounts.audit import COMMAND
from accounts.models import Account
from messaging import dialect
from messaging.api import schema as own_schema
from messaging.dialect import OWN_API
from messaging.documents.generator import document
from tokens import issuing

FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
Document = dict[str, Any]


def documents() -> dict[str, Document]:
    """Return the document of our own API and of every dialect, by name."""
    own: Document = json.loads(own_schema.document())
    return {OWN_API: own} | {name: document(style) for name, style in dialect.found().items()}


def base_of(document: Document) -> str:
    return str(document.get("servers", [{"url": ""}])[0]["url"])


@dataclass(frozen=True)
class Asked:
    """A request as an example of the document has it."""

    title: str
    method: str
    path: str
    operation: Document
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = ""
    example: Any = None

    def send(self, credential: Mapping[str, str]) -> HttpResponse:
        content_type, raw = self.content_type, b""
        if content_type == MULTIPART:
            content_type, raw = f"{MULTIPART}; boundary={BOUNDARY}", encode_multipart(BOUNDARY, self.example)
        elif content_type == FORM:
            raw = urlencode(self.example, doseq=True).encode()
        elif content_type:
            raw = self.example.encode() if isinstance(self.example, str) else json.dumps(self.example).encode()
        options: dict[str, Any] = {"content_type": content_type} if content_type else {}
        client = Client(raise_request_exception=False)
        response: Any = client.generic(self.method, self.path, raw, headers={**self.headers, **credential}, **options)
        found: HttpResponse = response
        return found


def operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def requests(document: Document) -> Iterator[Asked]:
    """Yield a request for each example of a body, and one for each operation without a body."""
    for method, path, operation in operations(document):
        given = {(p["in"], p["name"]): _first(p) for p in operation.get("parameters", ())}
        places = {name: quote(str(value), safe="") for (place, name), value in given.items() if place == "path"}
        query = {name: v for (place, name), v in given.items() if place == "query" and v is not None}
        headers = {name: str(v) for (place, name), v in given.items() if place == "header" and v is not None}
        url = base_of(document) + path.format_map(places) + (f"?{urlencode(query)}" if query else "")
        plain = Asked(f"{method} {path}", method, url, operation, headers)
        content = operation.get("requestBody", {}).get("content", {})
        if not content:
            yield plain
        for media_type, body in content.items():
            for title, example in body.get("examples", {}).items():
                yield Asked(f"{plain.title}: {title}", method, url, operation, headers, media_type, example["value"])


def _first(parameter: Document) -> Any:
    return next((example["value"] for example in parameter.get("examples", {}).values()), None)


def credentials(document: Document, account: Account) -> dict[str, dict[str, str]]:
    """Return headers with a sandbox token, or a login, for each of the document's security schemes."""
    _, token = issuing.create_token(account=account, name="reader", type="sandbox", by=COMMAND, grantor=None)
    login, password = issuing.create_login(account=account, name="reader", by=COMMAND, grantor=None)
    basic = b64encode(f"{login.username}:{password}".encode()).decode()
    found = {}
    for name, scheme in document["components"].get("securitySchemes", {}).items():
        if scheme["type"] == "apiKey":
            found[name] = {scheme["name"]: token}
        elif scheme["scheme"] == "basic":
            found[name] = {"Authorization": f"Basic {basic}"}
        else:
            found[name] = {"Authorization": f"Bearer {token}"}
    return found


def credential(document: Document, operation: Document, known: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Return the headers of the first way in which the operation may be asked."""
    ways = operation.get("security", document.get("security", []))
    return {name: value for scheme in (ways or [{}])[0] for name, value in known[scheme].items()}


def complaints(document: Document, schema: Document, value: Any) -> list[str]:
    """Return what is wrong with the value, by the schema of that document."""
    whole = {**schema, "components": document["components"]}
    return [f"{error.json_path}: {error.message}" for error in OAS31Validator(whole).iter_errors(value)]


def documented(document: Document, operation: Document, response: HttpResponse) -> list[str]:
    """Return what the document does not say of the response."""
    status, answers = str(response.status_code), operation["responses"]
    if status not in answers:
        return [f"the status {status} is not documented: {response.content[:300]!r}"]
    answer = answers[status]
    while "$ref" in answer:
        answer = document["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    content = answer.get("content", {})
    media_type = response.get("Content-Type", "").partition(";")[0]
    if not content:
        return [f"{status} has no body in the document: {response.content[:300]!r}"] if response.content else []
    if media_type not in content:
        return [f"{status} with {media_type} is not documented"]
    if not media_type.endswith("json"):
        return []
    return complaints(document, content[media_type]["schema"], json.loads(response.content))
