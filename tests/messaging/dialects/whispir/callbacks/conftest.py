"""A callback of acme with a receiver behind it, people who answer, and messages that they answer."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Account
from messaging import routing
from messaging.models import Message
from messaging.receiving import record_inbound
from tests.messaging.conftest import Deliver
from tests.messaging.dialects.whispir.callbacks.test_registering import KIND, payload
from tests.messaging.dialects.whispir.conftest import Api
from tests.messaging.webhooks.conftest import later, loopback_is_listed, post
from tests.messaging.webhooks.receiver import Receiver, receiving

__all__ = ["later", "loopback_is_listed", "post"]
PHONE = "966500000142"
Post = Callable[[], None]
Later = Callable[[timedelta], None]
Write = Callable[..., Message]
FIVE_MINUTES = timedelta(minutes=5, seconds=31)  # with what is added at random


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """One that remembers what was posted alone: it is asked by GET when a callback is made."""
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def register(api: Api, receiver: Receiver) -> Callable[..., dict[str, Any]]:
    def make(**changes: Any) -> dict[str, Any]:
        status, receiver.status = receiver.status, 200
        made = api("POST", "/callbacks", payload(receiver, **changes), kind=KIND)
        assert made.status == 201, made.raw
        receiver.status = status
        receiver.got.clear()
        found: dict[str, Any] = made.json
        return found

    return make


@pytest.fixture
def write(acme: Account) -> Write:
    """Somebody writes to acme's sandbox."""

    def one(text: str, sender: str = PHONE, *, account: Account = acme, **more: Any) -> Message:
        asked = {"kind": "text", "content": {"body": text}, "channel": "sms", **more}
        device = routing.sandbox(account)
        return Message.objects.get(pk=record_inbound(device=device, sender=f"+{sender}", **asked))

    return one


def send(api: Api, deliver: Deliver, **changes: Any) -> str:
    """Send a message that names the callback; returns its id."""
    sent = api.send(**{"to": PHONE, "callbackId": "Answers", **changes})
    assert sent.status == 202, sent.raw
    deliver()
    return str(sent.headers["Location"].rpartition("/")[2])


def failing(receiver: Receiver, status: int = 500) -> None:
    receiver.status = status
