"""How SMSGate posts events: as its phone app does, signed with HMAC-SHA256 of the body and the time."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from messaging.content import FORMATS, summary
from messaging.dialects.smsgate.serializers import id_of, is_encrypted, render_device, render_id
from messaging.models import Channel, Direction, Message
from messaging.webhooks import signing
from messaging.webhooks.events import Event, Kind, Trait
from messaging.webhooks.format import Call, Finding, Received

if TYPE_CHECKING:
    from messaging.models import WebhookEndpoint

_SMS, _DATA, _MMS, _DOWNLOADED = "sms:received", "sms:data-received", "mms:received", "mms:downloaded"
WORDS: Mapping[str, str] = {
    _SMS: "An SMS was received",
    _DATA: "A data SMS was received",
    "sms:sent": "An SMS was sent",
    "sms:delivered": "An SMS arrived",
    "sms:failed": "An SMS failed",
    "sms:cancelled": "An SMS was cancelled",
    _MMS: "An MMS was announced",
    _DOWNLOADED: "An MMS is here whole",
    "system:ping": "A phone said how it is",
    "app:started": "A phone's app was started",
    "sms:batch:received": "SMS were received",
    "sms:batch:data-received": "Data SMS were received",
    "mms:batch:received": "MMS were announced",
    "mms:batch:downloaded": "MMS are here whole",
}
USUAL = tuple(WORDS)[:8]
RETRY_AFTER = tuple(timedelta(seconds=5 * 2**n) for n in range(15))  # 45 hours in all
TIMEOUT = 30.0
SIGNING = "X-Timestamp: seconds since 1970; X-Signature: the HMAC-SHA256, in hexadecimal, of the body and the timestamp"

_WORD_OF: Mapping[str, str] = {
    Kind.SENT: "sms:sent",
    Kind.DELIVERED: "sms:delivered",
    Kind.FAILED: "sms:failed",
    Kind.EXPIRED: "sms:failed",
    Kind.CANCELLED: "sms:cancelled",
    Kind.DOWNLOADED: _DOWNLOADED,
}
_OF_DEVICES: Mapping[str, str] = {Kind.DEVICE_PING: "system:ping", Kind.DEVICE_STARTED: "app:started"}
_TIMES: Mapping[str, str] = {
    "sms:sent": "sentAt",
    "sms:delivered": "deliveredAt",
    "sms:failed": "failedAt",
    "sms:cancelled": "cancelledAt",
}

new_secret, complaint = signing.new_secret, signing.complaint


def words_of(trait: Trait) -> Sequence[str]:
    """Return the word, and where there is one the word for a batch of such: ours hold one each."""
    if trait.kind in _OF_DEVICES:
        return [_OF_DEVICES[trait.kind]]
    if trait.channel != Channel.SMS:
        return []
    word = _received_as(trait) if trait.kind == Kind.RECEIVED else _WORD_OF.get(trait.kind, "")
    return [each for each in (word, word.replace(":", ":batch:", 1)) if each in WORDS]


def _received_as(trait: Trait) -> str:
    if trait.message_kind == "data":
        return _DATA
    if trait.is_mms:
        return _MMS
    return _DOWNLOADED if trait.message_kind in FORMATS else _SMS


def body(event: Event, endpoint: WebhookEndpoint) -> Any:
    words = words_of(event.trait)
    word = next((word for word in words if word in endpoint.events), words[0])
    payload = _payload(event, words[0])
    return {
        "id": event.text_id,
        "webhookId": endpoint.client_id or str(endpoint.pk),
        "deviceId": render_device(event.device),
        "event": word,
        "payload": {"messages": [payload]} if ":batch:" in word else payload,
    }


def _payload(event: Event, word: str) -> dict[str, Any]:
    if event.message is None or event.recipient is None:
        known = {"health": event.data.get("health")} if event.kind == Kind.DEVICE_PING else {}
        known |= {"simCards": event.data.get("sim_cards")} if event.kind == Kind.DEVICE_STARTED else {}
        return known
    message = event.message
    other, mine = event.recipient.address, event.device.number if event.device else ""
    is_in = message.direction == Direction.IN
    found = {
        "messageId": render_id(message.pk) if is_in else id_of(message),
        "sender": other if is_in else mine,
        "recipient": mine if is_in else other,
        "simNumber": message.context.get("sim_number"),
        "phoneNumber": other,
        **_details(event, message, word),
    }
    return {name: value for name, value in found.items() if value not in (None, "")}


def _details(event: Event, message: Message, word: str) -> dict[str, Any]:
    """Return what the event's own word has beside what all have."""
    at = _moment(event)
    if word in _TIMES:
        details: dict[str, Any] = {_TIMES[word]: at}
        if word == "sms:sent":
            details["partsCount"] = message.context.get("parts", 1)
        if word == "sms:failed":
            details["reason"] = event.data.get("detail") or event.data.get("code") or "TTL expired"
        return details
    if event.content is None:
        return {"receivedAt": at}
    if word == _DATA:
        return {"data": message.content.get("data"), "receivedAt": at}
    if word == _MMS:
        mms = message.context.get("mms") or {}
        names = {
            "transactionId": "transaction_id",
            "subject": "subject",
            "contentClass": "content_class",
            "size": "size",
        }
        return {ours: mms.get(theirs) for ours, theirs in names.items()} | {"receivedAt": at}
    if word == _DOWNLOADED:
        return {name: event.data.get(name) for name in ("subject", "body", "attachments")} | {"receivedAt": at}
    return {"message": _text(message), "receivedAt": at}


def _text(message: Message) -> str:
    if message.kind == "data" and is_encrypted(message):  # ciphertext, which is kept as bytes
        return b64decode(message.content["data"]).decode()
    return summary(message.kind, message.content)


def _moment(event: Event) -> str:
    """Return the event's time as a phone of the account would write it: with the offset of where it is."""
    return event.at.astimezone(event.account.zone).isoformat(timespec="milliseconds")


def headers(call: Call) -> dict[str, str]:
    at = str(int(call.at.timestamp()))
    return {"x-timestamp": at, "x-signature": signing.hexadecimal(call.secrets[0], call.body + at.encode())}


def inspect(received: Received) -> list[Finding]:
    missing = [name for name in ("X-Timestamp", "X-Signature") if not received.headers.get(name.lower())]
    if missing:
        return [signing.missing(name) for name in missing]
    at, signature = received.headers["x-timestamp"], received.headers["x-signature"]
    if not re.fullmatch(r"[0-9]{1,11}", at):
        return [Finding(False, "X-Timestamp must be the seconds since 1970.")]
    timely = signing.timely(datetime.fromtimestamp(int(at), UTC), received.now, header="X-Timestamp")
    expected = [signing.hexadecimal(secret, received.body + at.encode()) for secret in received.secrets]
    return [timely, signing.verdict(any(signing.same(signature, one) for one in expected), of="body and time")]
