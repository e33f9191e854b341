"""A client of Connexease's API, and keys of acme to call it with."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
from django.test import Client

from accounts.audit import COMMAND
from accounts.models import Account
from tokens import issuing
from tokens.models import Token

TO = "905321234567"
TEXT: Mapping[str, Any] = {
    "messaging_product": "whatsapp",
    "recipient_type": "individual",
    "to": TO,
    "type": "text",
    "text": {"body": "Merhaba"},
}
PATH = "/v1/wa/message"


@dataclass
class Answer:
    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def id(self) -> str:
        id: str = self.body["data"]["messages"][0]["id"]
        return id

    @property
    def errors(self) -> Any:
        assert self.body["isSuccess"] is False
        return self.body["errors"]

    @property
    def refused(self) -> tuple[int, str, str | None]:
        """Status, code and field."""
        return self.status, self.errors["code"], self.errors.get("params", {}).get("field")

    @property
    def limits(self) -> tuple[str, ...]:
        """Limit and remaining of the second, then of the minute."""
        names = ("sec-Limit", "sec-Remaining", "min-Limit", "min-Remaining")
        return tuple(self.headers.get(f"X-RateLimit-{name}", "") for name in names)


@dataclass(frozen=True)
class Api:
    secret: str | None
    token: Token | None = None

    def send(self, body: Any = TEXT, *, query: str = "", **headers: str) -> Answer:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.call("POST", f"{PATH}{query}", raw, **headers)

    def read(self, id: str = "", **headers: str) -> Answer:
        return self.call("GET", f"{PATH}/{id}" if id else PATH, b"", **headers)

    def call(
        self, method: str, path: str, raw: bytes = b"", *, content_type: str = "application/json", **headers: str
    ) -> Answer:
        """Ask; header names are written with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.secret is not None:
            named.setdefault("Authorization", f"Bearer {self.secret}")
        response = Client(raise_request_exception=False).generic(
            method, path, raw, content_type=content_type, headers=named
        )
        assert response["Content-Type"] == "application/json"
        return Answer(response.status_code, json.loads(response.content or b"null"), response.headers)

    def with_secret(self, secret: str | None) -> "Api":
        return replace(self, secret=secret)


Keys = Callable[..., Api]


@pytest.fixture
def key(acme: Account) -> Keys:
    """Make a key of acme, as an operator, and return a client with it."""

    def make(name: str = "1084 Token", **asked: Any) -> Api:
        token, secret = issuing.create_token(**{"account": acme, "by": COMMAND, "grantor": None, **asked}, name=name)
        return Api(secret, token)

    return make


@pytest.fixture
def api(key: Keys) -> Api:
    return key()
