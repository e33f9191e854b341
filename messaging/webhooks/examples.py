"""Events that did not happen, for whoever tries their receiver: like real ones, marked as examples."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

from messaging.errors import Refusal, Refused
from messaging.models import Channel, Device, Direction, Message, Recipient, WebhookDelivery, WebhookEndpoint
from messaging.states import State
from messaging.webhooks import format
from messaging.webhooks.events import Event, Kind, Trait
from messaging.webhooks.raising import raise_for

NUMBER = "+12025550142"
_DEVICE = "+12025550100"
_CONTENT: dict[str, dict[str, Any]] = {
    "text": {"body": "Hello from an example."},
    "data": {"data": "SGVsbG8=", "port": 53739},
}
_MMS = {"transaction_id": "T0", "subject": "Picture", "size": 1024, "content_class": "image-basic"}
_ALERT = {
    "alert_id": "1",
    "rule": "device_offline",
    "text": "The device Front desk is offline.",
    "subject": {"type": "device", "id": "1", "name": "Front desk"},
    "began_at": "2026-01-15T10:30:00.000Z",
    "ended_at": None,
    "paused": False,
}
_DATA: dict[str, dict[str, Any]] = {
    Kind.FAILED: {"code": "no_service", "detail": "The phone had no signal."},
    Kind.DEVICE_STATUS: {"status": "disconnected"},
    Kind.DEVICE_PING: {"health": {"status": "pass", "checks": {}}},
    Kind.DEVICE_STARTED: {"sim_cards": [{"slot": 1, "number": _DEVICE}]},
    Kind.TEMPLATE_STATUS: {"name": "order_ready", "language": "en", "status": "approved"},
    Kind.DOWNLOADED: {"subject": "Picture", "body": "Look", "attachments": []},
    Kind.ALERT_FIRED: _ALERT,
    Kind.ALERT_CLEARED: {**_ALERT, "ended_at": "2026-01-15T10:52:30.000Z"},
    Kind.TEST: {"text": "This is a test."},
}


def send_example(endpoint: WebhookEndpoint, word: str = "") -> WebhookDelivery:
    """Post an example of the event that the format calls so (its first word, if none is given) to the endpoint alone.

    Raises Refused for a word that the format does not have.
    """
    known = format.find(endpoint.format)
    words = known.words if known else {}
    word = word or next((w for w in endpoint.events if w in words), next(iter(words), ""))
    trait = _trait(known, word) if known else None
    if trait is None:
        raise Refused(Refusal.INVALID, f"There is no example of {word or 'an event'}.", field="event")
    shape = {"channel": trait.channel, "message_kind": trait.message_kind, "is_mms": trait.is_mms}
    return raise_for(endpoint, trait.kind, {"example": shape})


def _trait(known: format.Format, word: str) -> Trait | None:
    """Return a trait that the format has this word for."""
    for kind, channel, message_kind, is_mms in product(Kind, (*Channel.values, ""), ("text", "data"), (False, True)):
        trait = Trait(kind, channel, message_kind, is_mms)
        if word in known.words_of(trait):
            return trait
    return None


def completed(event: Event) -> Event:
    """Return an example with the rows that a real event would have; any other event as it is."""
    shape = event.data.get("example")
    if not isinstance(shape, dict):
        return event
    data = {**_DATA.get(event.kind, {}), "example": True}
    device = Device.objects.for_account(event.account).first() or Device(
        pk=1, account=event.account, name="Example", number=_DEVICE, transport="sandbox"
    )
    if not event.kind.startswith("message."):
        return replace(event, data=data, device=device if event.kind.startswith("device.") else None)
    is_in = event.kind in (Kind.RECEIVED, Kind.DOWNLOADED)
    content, state = _CONTENT[shape["message_kind"]], event.state or State.ACCEPTED
    message = Message(
        id=event.id,
        account=event.account,
        device=device,
        channel=shape["channel"],
        direction=Direction.IN if is_in else Direction.OUT,
        kind=shape["message_kind"],
        content=content,
        context={"mms": _MMS} if shape["is_mms"] else {},
        state=state,
        updated_at=event.at,
    )
    recipient = Recipient(id=event.id, message=message, address=NUMBER, state=state)
    return replace(event, data=data, message=message, recipient=recipient, device=device, content=content)
