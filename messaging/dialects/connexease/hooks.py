"""How Connexease forwards events: Meta's object, with the Custom Webhook Secret as `Authorization: Bearer`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from messaging.dialects.connexease.serializers import STATES, content_of, render_id
from messaging.models import Channel, Message
from messaging.states import State
from messaging.webhooks import signing
from messaging.webhooks.events import Event, Kind, Trait
from messaging.webhooks.format import Call, Finding, Received

if TYPE_CHECKING:
    from messaging.models import WebhookEndpoint

_MESSAGES, _STATUS, _READ, _TEMPLATE, _ACCOUNT = (
    "messages", "message_status", "read", "message_template_status", "account",
)  # fmt: skip
WORDS: Mapping[str, str] = {
    _MESSAGES: "A message was received",
    _STATUS: "A message was sent, arrived or failed",
    _READ: "A message was read",
    _TEMPLATE: "A template was approved, rejected or paused",
    _ACCOUNT: "A device went online or offline",
}
USUAL = tuple(WORDS)
RETRY_AFTER = tuple(timedelta(seconds=s) for s in (10, 60, 300, 1800, 7200, 21_600))
TIMEOUT = 5.0
SIGNING = "Authorization: Bearer and the Custom Webhook Secret; without a secret there is no such header"

_WORDS_OF: Mapping[str, str] = {
    Kind.RECEIVED: _MESSAGES,
    Kind.SENT: _STATUS,
    Kind.DELIVERED: _STATUS,
    Kind.FAILED: _STATUS,
    Kind.EXPIRED: _STATUS,
    Kind.CANCELLED: _STATUS,
    Kind.READ: _READ,
}
_OTHERS: Mapping[str, str] = {Kind.TEMPLATE_STATUS: _TEMPLATE, Kind.DEVICE_STATUS: _ACCOUNT}
_UNDELIVERABLE = 131_026  # Meta's code for a message that could not be delivered

complaint = signing.complaint


def words_of(trait: Trait) -> Sequence[str]:
    word = _OTHERS.get(trait.kind) or (_WORDS_OF.get(trait.kind) if trait.channel == Channel.WHATSAPP else None)
    return [word] if word else []


def body(event: Event, endpoint: WebhookEndpoint) -> Any:
    field, value = _change(event)
    entry = {"id": str(event.account.pk), "changes": [{"field": field, "value": value}]}
    return {"object": "whatsapp_business_account", "entry": [entry]}


def _change(event: Event) -> tuple[str, dict[str, Any]]:
    if event.kind == Kind.TEMPLATE_STATUS:
        return "message_template_status_update", {
            "event": str(event.data.get("status", "")).upper(),
            "message_template_name": event.data.get("name", ""),
            "message_template_language": event.data.get("language", ""),
        }
    message, recipient = event.message, event.recipient
    if message is None or recipient is None:
        number = event.device.digits if event.device else ""
        word = str(event.data.get("status", "")).upper()
        return "account_update", {"phone_number": number, "event": f"DEVICE_{word}"}
    device = event.device
    metadata = {
        "display_phone_number": device.digits if device else "",
        "phone_number_id": str(device.pk) if device else "",
    }
    other = recipient.address.lstrip("+")
    if event.kind == Kind.RECEIVED:
        what = _received(message, other, is_whole=event.content is not None)
    else:
        what = {"statuses": [_status(event, message, other)]}
    return "messages", {"messaging_product": "whatsapp", "metadata": metadata, **what}


def _received(message: Message, other: str, *, is_whole: bool) -> dict[str, Any]:
    said = content_of(message) if is_whole else {"type": message.kind}
    name = message.context.get("sender_name") or other
    return {
        "contacts": [{"profile": {"name": name}, "wa_id": other}],
        "messages": [{"from": other, "id": render_id(message.pk), "timestamp": _seconds(message.created_at), **said}],
    }


def _status(event: Event, message: Message, other: str) -> dict[str, Any]:
    status = STATES[event.state or State.ACCEPTED]
    found: dict[str, Any] = {
        "id": render_id(message.pk),
        "status": status,
        "timestamp": _seconds(event.at),
        "recipient_id": other,
    }
    if callback_data := message.context.get("biz_opaque_callback_data"):
        found["biz_opaque_callback_data"] = callback_data
    if status == STATES[State.FAILED]:
        found["errors"] = [_error(event)]
    return found


def _error(event: Event) -> dict[str, Any]:
    """Return Meta's error; what our own way out said stands in its details."""
    code = str(event.data.get("code") or event.state)
    details = event.data.get("detail") or (event.state.label if event.state else "")
    title = "Message undeliverable"
    return {"code": _UNDELIVERABLE, "title": title, "message": title, "error_data": {"details": f"{details} ({code})"}}


def _seconds(moment: datetime) -> str:
    return str(int(moment.timestamp()))


def headers(call: Call) -> dict[str, str]:
    """Return the secret as it is configured, and Meta's signature of the body made with it."""
    if not call.secrets:
        return {"x-event-id": call.id}
    secret = call.secrets[0]
    return {
        "x-event-id": call.id,
        "authorization": f"Bearer {secret}",
        "x-hub-signature-256": f"sha256={signing.hexadecimal(secret, call.body)}",
    }


def inspect(received: Received) -> list[Finding]:
    given = received.headers.get("authorization")
    if not received.secrets:
        if given:
            return [Finding(False, "There is an Authorization header, but no secret is configured.")]
        return [Finding(True, "No secret is configured, so there is no Authorization header.")]
    if not given:
        return [signing.missing("Authorization")]
    if not given.startswith("Bearer "):
        return [Finding(False, "Authorization must begin with “Bearer ” and one space.")]
    if any(signing.same(given.removeprefix("Bearer "), secret) for secret in received.secrets):
        return [Finding(True, "Authorization holds the secret.")]
    return [Finding(False, "Authorization holds another secret.")]


def new_secret() -> str:
    """Return nothing: the vendor sends no Authorization header until somebody configures a secret."""
    return ""
