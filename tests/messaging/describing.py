"""What the documents promise, read back from them: requests to make, and the answers that may come."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.test.client import BOUNDARY, encode_multipart
from openapi_schema_validator import OAS31Validator

from accounts.audit import COMMAND
from accounts.models import Account
from messaging import dialect
from messaging.dialect import OWN_API
from messaging.documents.generator import document
from messaging.documents.own import own_document
from messaging.documents.requests import FORM, MULTIPART, UPLOADED, Request, ways_in
from tokens import issuing

Document = dict[str, Any]


def documents() -> dict[str, Document]:
    """Return the document of our own API and of every dialect, by name."""
    return {OWN_API: dict(own_document())} | {name: document(style) for name, style in dialect.found().items()}


def base_of(document: Document) -> str:
    return str(document.get("servers", [{"url": ""}])[0]["url"])


def send(document: Document, request: Request, credential: Mapping[str, str]) -> HttpResponse:
    """Send what an example of the document says."""
    content_type, raw = request.media_type, b""
    if content_type == MULTIPART:
        content_type, raw = f"{MULTIPART}; boundary={BOUNDARY}", encode_multipart(BOUNDARY, _parts(request))
    elif content_type == FORM:
        raw = urlencode(request.body, doseq=True).encode()
    elif content_type:
        raw = request.body.encode() if isinstance(request.body, str) else json.dumps(request.body).encode()
    options: dict[str, Any] = {"content_type": content_type} if content_type else {}
    client = Client(raise_request_exception=False)
    path, headers = base_of(document) + request.path, {**request.headers, **credential}
    response: Any = client.generic(request.method, path, raw, headers=headers, **options)
    found: HttpResponse = response
    return found


def _parts(request: Request) -> dict[str, Any]:
    """Return the form's fields; an example's file is a small text."""
    return {
        name: SimpleUploadedFile(UPLOADED, value.encode(), "text/plain") if name in request.files else value
        for name, value in request.body.items()
    }


@dataclass(frozen=True)
class Reader:
    """Somebody who tries what a document says: with a sandbox token, and an API login."""

    token: str
    username: str
    password: str

    @classmethod
    def of(cls, account: Account) -> Reader:
        _, token = issuing.create_token(account=account, name="reader", type="sandbox", by=COMMAND, grantor=None)
        login, password = issuing.create_login(account=account, name="reader", by=COMMAND, grantor=None)
        return cls(token, login.username, password)

    def headers(self, document: Document, operation: Document) -> dict[str, str]:
        """Return the headers of the first way in which the operation may be asked."""
        way = next(iter(ways_in(document, operation)), [])
        return dict(self._header(scheme) for scheme in way)

    def _header(self, scheme: Mapping[str, str]) -> tuple[str, str]:
        if scheme["type"] == "apiKey":
            return scheme["name"], self.token
        if scheme["scheme"] == "basic":
            return "Authorization", f"Basic {b64encode(f'{self.username}:{self.password}'.encode()).decode()}"
        return "Authorization", f"Bearer {self.token}"


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
    text = response.content.decode()
    is_plain = operation.get("x-plain-text") and not text.startswith("{")
    return complaints(document, content[media_type]["schema"], text if is_plain else json.loads(text))
