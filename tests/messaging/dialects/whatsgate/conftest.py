"""Acme's production token, the devices of acme, and one way to ask."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.audit import COMMAND
from accounts.models import Account
from messaging import routing
from messaging.models import Device
from tests.messaging.dialects.whatsgate.asking import Answer, Ask
from tokens import issuing

Issue = Callable[..., str]


@pytest.fixture
def issue(acme: Account) -> Issue:
    """Make a token in acme, as an operator; return its secret."""

    def make(**asked: Any) -> str:
        return issuing.create_token(**{"account": acme, "name": "ERP", "by": COMMAND, "grantor": None, **asked})[1]

    return make


@pytest.fixture
def sandbox(acme: Account) -> Device:
    return routing.sandbox(acme)


@pytest.fixture
def ask(issue: Issue, sandbox: Device) -> Ask:
    """Ask WhatsGate for something with acme's token, or with the one given."""
    mine = issue()

    def request(path: str, body: Any = None, *, token: str | None = mine, method: str = "", **headers: str) -> Answer:
        if token is not None:
            headers["Access-Token"] = token
        method = method or ("GET" if body is None else "POST")
        response = Client().generic(
            method,
            f"/api/{path}",
            data=body if isinstance(body, bytes) else Answer.encode(body),
            content_type=headers.pop("content_type", "application/json"),
            headers=headers,
        )
        return Answer(response.status_code, response.json(), response.headers)

    return request


@pytest.fixture
def hello() -> dict[str, str]:
    """The owner's example."""
    return {"sender_device": "123456789", "phone": "987654321", "message": "Hello, this is a test message"}
