"""What tests of the core share: a sender in acme, and a carrier without delays."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from accounts.audit import COMMAND
from accounts.models import Account
from messaging import delivery, ids, routing
from messaging.drafting import Draft, Sender
from messaging.idempotency import Key
from messaging.media import fetching
from messaging.models import Message
from messaging.sending import Accepted, accept
from messaging.webhooks import listening, posting, raising
from tokens import issuing
from tokens.authentication import authenticate_token, forget

Send = Callable[..., Message]
Deliver = Callable[[], None]


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """Each test has a database of its own; what this process remembers of the last one would be wrong."""
    forget()
    routing.forget()
    for remembering in (listening, raising, posting):
        remembering.forget()
    ids._clock = ids._Clock()  # one that a test moved ahead would make the next test's ids late


@pytest.fixture
def sender(acme: Account) -> Sender:
    _, secret = issuing.create_token(account=acme, name="shop", by=COMMAND, grantor=None)
    return Sender.from_caller(authenticate_token(secret, dialect="gateway", address="127.0.0.1"), "gateway")


@pytest.fixture
def submit(sender: Sender) -> Callable[..., Accepted]:
    """Accept a text and return what `accept` did."""

    def send(
        to: str | list[str] = "+966500000142", text: str = "Hello", *, key: Key | None = None, **more: Any
    ) -> Accepted:
        draft = Draft(to=[to] if isinstance(to, str) else to, kind="text", body={"body": text}, **more)
        return accept(sender, draft, key=key)

    return send


@pytest.fixture
def send(submit: Callable[..., Accepted]) -> Send:
    """Accept a text and return its row."""
    return lambda *args, **more: Message.objects.get(pk=submit(*args, **more).first_id)


@pytest.fixture
def deliver(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Deliver:
    """Do all that is due, with a sandbox that takes no time and retries that come at once."""
    settings.GATEWAY_SANDBOX_PACE = 0
    monkeypatch.setattr(delivery, "RETRY_AFTER", [timedelta()] * len(delivery.RETRY_AFTER))

    def run() -> None:
        while delivery.deliver_due():
            pass

    return run


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let files be tried again without delay."""
    monkeypatch.setattr(fetching, "RETRY_AFTER", [timedelta()] * len(fetching.RETRY_AFTER))
