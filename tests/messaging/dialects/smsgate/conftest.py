"""A client of SMSGate's API, with an API login of acme or with a JWT of that login."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from django.test import Client

from accounts.audit import COMMAND
from accounts.models import Account
from messaging import routing
from messaging.models import Device
from tests.messaging.dialects.subject import basic
from tokens import issuing
from tokens.authentication import Caller
from tokens.models import ApiLogin

TO = "+1234567890"  # the vendor's own, which no carrier has given out
HELLO: Mapping[str, Any] = {"phoneNumbers": [TO], "textMessage": {"text": "Hello from JWT!"}}
V1 = "/3rdparty/v1"


@dataclass
class Answer:
    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def told(self) -> tuple[int, str]:
        return self.status, self.body["message"]


@dataclass
class Api:
    login: ApiLogin
    authorization: str | None

    @property
    def account(self) -> Account:
        return self.login.account

    def get(self, path: str, **headers: str) -> Answer:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.call("POST", path, body, **headers)

    def delete(self, path: str) -> Answer:
        return self.call("DELETE", path)

    def send(self, body: Mapping[str, Any] = HELLO, *, query: str = "", **changes: Any) -> Answer:
        return self.post(f"/messages{query}", {**body, **changes})

    def call(
        self, method: str, path: str, body: Any = None, *, content_type: str = "application/json", **headers: str
    ) -> Answer:
        """Ask; a path that does not say otherwise is below `/3rdparty/v1`."""
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.authorization is not None:
            named.setdefault("Authorization", self.authorization)
        whole = path if "3rdparty" in path.lower() else V1 + path
        response = Client(raise_request_exception=False).generic(
            method, whole, raw, content_type=content_type, headers=named
        )
        is_json = response.headers.get("Content-Type") == "application/json"
        content = b"".join(response) if response.streaming else response.content
        return Answer(response.status_code, json.loads(content) if is_json else content, response.headers)

    def with_scopes(self, *scopes: str) -> Api:
        """The same login, calling with a JWT that has these scopes."""
        return replace(self, authorization=f"Bearer {self.issue(scopes).access_jwt}")

    def issue(self, scopes: Sequence[str] = ("all:any",), ttl: int | None = None) -> Any:
        caller = Caller(account=self.account, token=None, login=self.login, address="127.0.0.1")
        return issuing.issue_access(caller, scopes=list(scopes), ttl=ttl, by=COMMAND)

    def anonymous(self) -> Api:
        return replace(self, authorization=None)


def api_of(account: Account) -> Api:
    login, password = issuing.create_login(account=account, name="shop", by=COMMAND, grantor=None)
    return Api(login, f"Basic {basic(login.username, password)}")


@pytest.fixture
def api(acme: Account) -> Api:
    return api_of(acme)


@pytest.fixture
def stranger(other: Account) -> Api:
    return api_of(other)


@pytest.fixture
def sandbox_device(acme: Account) -> Device:
    return routing.sandbox(acme)


@pytest.fixture
def phone(acme: Account, sandbox_device: Device) -> Device:
    """A second way out of acme, with a number of its own."""
    device = Device.objects.create(account=acme, name="Pixel 8", number="+4915112345678", transport="sandbox")
    routing.forget()
    return device
