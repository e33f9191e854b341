"""Broadcasts through StartMessaging's API, a plan that lets them through, and everything that is due."""

import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from accounts.models import Account, Plan
from messaging import delivery
from messaging.broadcasts import discard_due, feed_due
from messaging.models import Broadcast
from tests.messaging.dialects.startmessaging.conftest import Answer, Api, api, key
from tokens.authentication import forget

__all__ = ["api", "key"]
PATH = "/v1/broadcasts"
TEMPLATE: dict[str, Any] = {"name": "january_sale", "language": {"code": "pt_BR"}}
GREETING: dict[str, Any] = {
    **TEMPLATE,
    "components": [{"type": "body", "parameters": [{"type": "text", "text": "{{contact.first_name}}"}]}],
}
Broadcasting = Callable[..., Answer]


def phones(number: int) -> list[str]:
    return [f"90555{place:07d}" for place in range(number)]


def body(to: Iterable[str] | str = ("905551234567",), **changed: Any) -> dict[str, Any]:
    """Return a broadcast to a list, or to the segment with that id."""
    recipients = {"type": "segment", "segment_id": to} if isinstance(to, str) else {"type": "list", "phones": list(to)}
    return {"name": "January Sale", "template": TEMPLATE, "recipients": recipients, **changed}


@pytest.fixture
def enterprise(acme: Account) -> Account:
    acme.plan = Plan.objects.get(code="enterprise")
    acme.save(update_fields=["plan"])
    forget()
    return acme


@pytest.fixture
def broadcast(api: Api) -> Broadcasting:
    """Ask for a broadcast: to a list of numbers, to a segment, or with the body given."""

    def ask(to: Any = ("905551234567",), *, raw: Any = None, id: str = "", **changed: Any) -> Answer:
        headers = {"X_Request_ID": id} if id else {}
        return api.send(raw if raw is not None else body(to, **changed), path=PATH, **headers)

    return ask


def raw(value: Any) -> bytes:
    return json.dumps(value).encode()


@pytest.fixture
def run(settings: Any) -> Callable[[], None]:
    """Do all that is due, with a sandbox that takes no time."""
    settings.GATEWAY_SANDBOX_PACE = 0

    def until_done() -> None:
        while True:
            Broadcast.objects.filter(status__in=Broadcast.LIVE, scheduled_at=None).update(due_at="2026-01-01T00:00Z")
            fed = feed_due()
            while delivery.deliver_due():
                fed += 1
            if (
                not fed
                and not discard_due()
                and not Broadcast.objects.filter(status__in=[Broadcast.Status.QUEUED, Broadcast.Status.IN_PROGRESS])
            ):
                return

    return until_done
