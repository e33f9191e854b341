"""How StartMessaging posts events: `{"event", "timestamp", "data"}`, signed in both of its published forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from messaging.dialects.startmessaging.serializers import STATES, render_id, said, timestamp
from messaging.states import State
from messaging.webhooks import signing
from messaging.webhooks.events import Event, Kind, Trait
from messaging.webhooks.format import Call, Finding, Received

if TYPE_CHECKING:
    from messaging.models import WebhookEndpoint

_RECEIVED, _STATUS, _TEMPLATE = "message.received", "message.status", "template.status"
WORDS: Mapping[str, str] = {
    _RECEIVED: "A message was received",
    _STATUS: "A message was sent, arrived, was read or failed",
    _TEMPLATE: "A template was approved, rejected or paused",
}
USUAL = tuple(WORDS)
RETRY_AFTER = tuple(timedelta(seconds=s) for s in (30, 120, 900, 3600, 21_600))
TIMEOUT = 5.0
SIGNING = "X-Signature-256: sha256= and the HMAC-SHA256 of the body in hexadecimal; X-Signature: the same, bare"

_WORD_OF: Mapping[str, str] = {
    Kind.RECEIVED: _RECEIVED,
    Kind.TEMPLATE_STATUS: _TEMPLATE,
    Kind.SENT: _STATUS,
    Kind.DELIVERED: _STATUS,
    Kind.READ: _STATUS,
    Kind.FAILED: _STATUS,
    Kind.EXPIRED: _STATUS,
    Kind.CANCELLED: _STATUS,
}
_PREFIX = "sha256="

new_secret, complaint = signing.new_secret, signing.complaint


def words_of(trait: Trait) -> Sequence[str]:
    return [_WORD_OF[trait.kind]] if trait.kind in _WORD_OF else []


def body(event: Event, endpoint: WebhookEndpoint) -> Any:
    return {"event": _WORD_OF[event.kind], "timestamp": timestamp(event.at), "data": _data(event)}


def _data(event: Event) -> dict[str, Any]:
    if event.message is None or event.recipient is None:
        return {
            "template_name": event.data.get("name", ""),
            "status": str(event.data.get("status", "")).upper(),
            "language": event.data.get("language", ""),
        }
    other = event.recipient.address.lstrip("+")
    about = {"message_id": render_id(event.message.pk)}
    if event.kind == Kind.RECEIVED:
        return {
            **about,
            "from": other,
            **(said(event.message) if event.content is not None else {"type": event.message.kind}),
            "timestamp": timestamp(event.message.created_at),
            "contact": {"name": event.message.context.get("sender_name") or other, "wa_id": other},
        }
    return {
        **about,
        "status": STATES[event.state or State.ACCEPTED],
        "recipient": other,
        "timestamp": timestamp(event.at),
        **_error(event),
    }


def _error(event: Event) -> dict[str, Any]:
    if event.kind not in (Kind.FAILED, Kind.EXPIRED, Kind.CANCELLED):
        return {}
    state = event.state or State.FAILED
    code = str(event.data.get("code") or state).upper()
    return {"error": {"code": code, "message": event.data.get("detail") or f"{State(state).label}."}}


def headers(call: Call) -> dict[str, str]:
    made = signing.hexadecimal(call.secrets[0], call.body)
    return {"x-event-id": call.id, "x-signature-256": _PREFIX + made, "x-signature": made}


def inspect(received: Received) -> list[Finding]:
    given = {name: received.headers[name] for name in ("x-signature-256", "x-signature") if name in received.headers}
    if not given:
        return [signing.missing("X-Signature-256")]
    found = []
    for name, value in given.items():
        if name == "x-signature-256" and not value.startswith(_PREFIX):
            found.append(Finding(False, f"X-Signature-256 must begin with {_PREFIX}"))
            continue
        hexadecimal = value.removeprefix(_PREFIX)
        expected = [signing.hexadecimal(secret, received.body) for secret in received.secrets]
        found.append(signing.verdict(any(signing.same(hexadecimal, one) for one in expected), of="body"))
    return found
