"""The default format, as standardwebhooks.com has it: any of its libraries verifies our calls unmodified."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import digest
from secrets import token_bytes
from typing import TYPE_CHECKING, Any

from messaging.models import Direction
from messaging.webhooks import signing
from messaging.webhooks.events import Event, Kind, Trait
from messaging.webhooks.format import Call, Finding, Received

if TYPE_CHECKING:
    from messaging.models import WebhookEndpoint

LABEL = "Standard Webhooks"
WORDS: Mapping[str, str] = {
    Kind.ACCEPTED: "A message was accepted",
    Kind.SENT: "A message was sent",
    Kind.DELIVERED: "A message arrived",
    Kind.READ: "A message was read",
    Kind.FAILED: "A message failed",
    Kind.EXPIRED: "A message's time ran out",
    Kind.CANCELLED: "A message was cancelled",
    Kind.RECEIVED: "A message was received",
    Kind.DOWNLOADED: "A received MMS is here whole",
    Kind.DEVICE_STATUS: "A device went online or offline",
    Kind.DEVICE_PING: "A phone said how it is",
    Kind.DEVICE_STARTED: "A phone's app was started",
    Kind.TEMPLATE_STATUS: "A template was approved, rejected or paused",
    Kind.ALERT_FIRED: "An alert began",
    Kind.ALERT_CLEARED: "An alert is over",
    Kind.TEST: "A test, sent by hand",
}
# One that is told what becomes of each message need not hear that it was accepted: whoever sent it was told so.
USUAL = tuple(kind for kind in WORDS if kind not in (Kind.ACCEPTED, Kind.DEVICE_PING))
RETRY_AFTER = tuple(
    timedelta(seconds=s) for s in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
)  # 75 hours in all
TIMEOUT = 15.0
SIGNING = "webhook-signature: v1, and the HMAC-SHA256, in base64, of “id.timestamp.body”"

_PREFIX = "whsec_"
_SECRET_BYTES = 32
_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")


def words_of(trait: Trait) -> Sequence[str]:
    return [trait.kind] if trait.kind in WORDS else []


def body(event: Event, endpoint: WebhookEndpoint) -> Any:
    return {"type": event.kind, "timestamp": moment(event.at), "data": _data(event)}


def moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _data(event: Event) -> dict[str, Any]:
    device = {"device_id": str(event.device.pk)} if event.device else {}
    if event.message is None:
        return {**device, **event.data}
    message = event.message
    error = {"error": {"code": event.data["code"], "detail": event.data["detail"]}} if "code" in event.data else {}
    more = {name: value for name, value in event.data.items() if name not in ("code", "detail")}
    own = {name: message.context[name] for name in ("client_id", "request_id") if message.context.get(name)}
    other = event.recipient.address if event.recipient else ""
    mine = event.device.number if event.device else ""
    is_in = message.direction == Direction.IN
    return {
        "message_id": str(message.pk),
        **own,
        "state": event.state,
        "direction": message.direction,
        "channel": message.channel,
        "type": message.kind,
        "from": other if is_in else mine,
        "to": mine if is_in else other,
        **device,
        "token_id": str(message.token_id) if message.token_id else None,
        "created_at": moment(message.created_at),
        **({} if event.content is None else {"content": event.content}),
        **error,
        **more,
    }


def headers(call: Call) -> dict[str, str]:
    at = str(int(call.at.timestamp()))
    signatures = (_sign(secret, call.id, at, call.body) for secret in call.secrets)
    return {"webhook-id": call.id, "webhook-timestamp": at, "webhook-signature": " ".join(signatures)}


def _sign(secret: str, id: str, at: str, body: bytes) -> str:
    key = b64decode(secret.removeprefix(_PREFIX))
    return f"v1,{b64encode(digest(key, b'.'.join((id.encode(), at.encode(), body)), sha256)).decode()}"


def new_secret() -> str:
    return _PREFIX + b64encode(token_bytes(_SECRET_BYTES)).decode()


def complaint(secret: str) -> str:
    try:
        size = len(b64decode(secret.removeprefix(_PREFIX), validate=True))
    except (binascii.Error, ValueError):
        size = 0
    if secret.startswith(_PREFIX) and 24 <= size <= 64:
        return ""
    return f"must be {_PREFIX} and 24 to 64 bytes in base64"


def inspect(received: Received) -> list[Finding]:
    missing = [name for name in _HEADERS if not received.headers.get(name)]
    if missing:
        return [signing.missing(name) for name in missing]
    id, at, signatures = (received.headers[name] for name in _HEADERS)
    return [_on_time(at, received.now), _signed(received, id, at, signatures)]


def _on_time(at: str, now: datetime) -> Finding:
    if not re.fullmatch(r"[0-9]{1,11}", at):
        return Finding(False, "webhook-timestamp must be the seconds since 1970.")
    return signing.timely(datetime.fromtimestamp(int(at), UTC), now, header="webhook-timestamp")


def _signed(received: Received, id: str, at: str, signatures: str) -> Finding:
    given = [part for part in signatures.split() if part.startswith("v1,")]
    if not given:
        return Finding(False, "webhook-signature has no part that begins with v1,")
    expected = [_sign(secret, id, at, received.body) for secret in received.secrets]
    return signing.verdict(any(signing.same(one, other) for one in given for other in expected), of="id, time and body")
