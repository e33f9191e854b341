"""Calling our own API as programs do."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.audit import COMMAND
from accounts.models import Account, Plan
from messaging import routing
from tokens import authentication, issuing
from tokens.models import Token

Call = Callable[..., Any]
Issue = Callable[..., tuple[Token, str]]


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    authentication.forget()
    routing.forget()


@pytest.fixture
def issue(acme: Account) -> Issue:
    """Make a token in acme, whose plan lets tests ask as fast as they can."""
    Plan.objects.update(requests_per_second=1_000_000)

    def make(name: str = "ERP", **asked: Any) -> tuple[Token, str]:
        return issuing.create_token(**{"account": acme, "name": name, "by": COMMAND, "grantor": None, **asked})

    return make


@pytest.fixture
def call() -> Call:
    """Ask the API: `call("POST", "messages", secret, {…})`; the path is below `/api/v1/`."""

    def ask(method: str, path: str, secret: str | None, body: object = None, **headers: str) -> Any:
        given = {"Authorization": f"Bearer {secret}"} if secret else {}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        options: dict[str, Any] = {"data": b"" if body is None else body, "content_type": "application/json"}
        if method == "GET":
            return Client().get(f"/api/v1/{path}", headers=given)
        return getattr(Client(), method.lower())(f"/api/v1/{path}", headers=given, **options)

    return ask
