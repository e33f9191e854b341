"""A client of StartMessaging's API, and keys of acme to call it with."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from accounts.audit import COMMAND
from accounts.models import Account
from tokens import issuing
from tokens.models import Token

TO = "905551234567"
TEXT: Mapping[str, Any] = {"to": TO, "type": "text", "text": {"body": "Merhaba"}}


@dataclass
class Answer:
    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def code(self) -> str:
        code: str = self.body["error"]["code"]
        return code


@dataclass
class Api:
    secret: str | None
    token: Token | None = None
    base: str = "/v1/messages"

    def send(self, body: Any = TEXT, *, path: str = "", **headers: str) -> Answer:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.call("POST", path, raw, **headers)

    def get(self, path: str = "", **headers: str) -> Answer:
        return self.call("GET", path, b"", **headers)

    def call(
        self, method: str, path: str, raw: bytes = b"", *, content_type: str = "application/json", **headers: str
    ) -> Answer:
        """Ask; header names are written with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.secret is not None:
            named.setdefault("Authorization", f"Bearer {self.secret}")
        path = path if path.startswith(("/v1", "/startmessaging")) else self.base + path
        response = Client(raise_request_exception=False).generic(
            method, path, raw, content_type=content_type, headers=named
        )
        assert response["Content-Type"] == "application/json"
        return Answer(response.status_code, json.loads(response.content or b"null"), response.headers)


Keys = Callable[..., Api]


@pytest.fixture
def key(acme: Account) -> Keys:
    """Make a key of acme, as an operator, and return a client with it."""

    def make(name: str = "Production Server", **asked: Any) -> Api:
        token, secret = issuing.create_token(**{"account": acme, "by": COMMAND, "grantor": None, **asked}, name=name)
        return Api(secret, token)

    return make


@pytest.fixture
def api(key: Keys) -> Api:
    return key()
