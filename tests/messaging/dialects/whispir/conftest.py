"""A client of Whispir's API with a key and a login of acme."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client

from accounts.audit import COMMAND
from accounts.models import Account, Plan
from tokens import issuing

BASE = "http://localhost:8000/whispir"
PHONE = "61400400400"


def vendor(kind: str, language: str = "json") -> str:
    return f"application/vnd.whispir.{kind}-v1+{language}"


class Answer:
    def __init__(self, response: Any) -> None:
        self.status, self.headers, self.raw = response.status_code, response.headers, response.content

    @property
    def json(self) -> Any:
        assert self.headers["Content-Type"].endswith("json"), self.headers
        return json.loads(self.raw)

    @property
    def xml(self) -> ElementTree.Element:
        assert self.headers["Content-Type"].endswith("xml"), self.headers
        return ElementTree.fromstring(self.raw)


class Api:
    """Asks with a key and a login; None leaves one out, `accept` is what Accept says ("" leaves it out)."""

    def __init__(self, key: str | None, login: str | None) -> None:
        self.key, self.login = key, login

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        kind: str = "message",
        accept: str | None = None,
        content_type: str | None = None,
        **headers: str,
    ) -> Answer:
        if self.key is not None:
            headers.setdefault("x-api-key", self.key)
        if self.login is not None:
            headers.setdefault("Authorization", f"Basic {b64encode(self.login.encode()).decode()}")
        accept = vendor(kind) if accept is None else accept
        if accept:
            headers["Accept"] = accept
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        client = Client(raise_request_exception=False)
        type = (vendor(kind) if content_type is None else content_type) if raw else ""
        path = path.removeprefix(BASE)
        return Answer(client.generic(method, f"/whispir{path}", raw, content_type=type, headers=headers))

    def send(self, **changes: Any) -> Answer:
        body = {"to": PHONE, "subject": "Hello", "body": "This is a test message", **changes}
        return self("POST", "/messages", {name: value for name, value in body.items() if value is not None})


Make = Callable[..., Api]


@pytest.fixture
def make(acme: Account) -> Make:
    """Make a key and a login, by default acme's."""
    Plan.objects.filter(pk=acme.plan_id).update(requests_per_second=1000)

    def made(account: Account = acme, **asked: Any) -> Api:
        key = issuing.create_token(**{"account": account, "name": "app", "by": COMMAND, "grantor": None, **asked})[1]
        login, password = issuing.create_login(account=account, name="Jo Doe", by=COMMAND, grantor=None)
        return Api(key, f"{login.username}:{password}")

    return made


@pytest.fixture
def api(make: Make) -> Api:
    return make()
