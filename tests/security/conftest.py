"""An attacker's tools: alice signed in, her token, and values that programs choke on."""

import socket
from collections.abc import Callable
from typing import Any

import pytest

from accounts.audit import COMMAND
from accounts.models import Account, Plan
from messaging import routing
from tokens import authentication, issuing


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    authentication.forget()
    routing.forget()


@pytest.fixture
def secret(acme: Account) -> str:
    """The secret of a token that may do everything, as fast as it likes."""
    Plan.objects.update(requests_per_second=1_000_000)
    return issuing.create_token(account=acme, name="ERP", by=COMMAND, grantor=None)[1]


@pytest.fixture
def resolve(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Make every name resolve to what is given, each list once and the last for ever; returns the names asked for."""
    ask = socket.getaddrinfo

    def make(*answers: list[str]) -> list[str]:
        asked: list[str] = []

        def resolver(host: bytes | str, port: int, *rest: Any, **more: Any) -> list[Any]:
            if isinstance(host, str):  # the number that is connected to
                return list(ask(host, port, *rest, **more))
            asked.append(host.decode())
            found = answers[min(len(asked), len(answers)) - 1]
            return [(socket.AF_UNSPEC, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

        monkeypatch.setattr("messaging.outgoing.wire.socket.getaddrinfo", resolver)
        return asked

    return make
