"""What SMSGate's clients send, and how our messages look to them."""

from __future__ import annotations

from base64 import b64decode
from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta, Struct, field

from messaging import checked_ids as ids
from messaging.content import summary
from messaging.dialects.smsgate.times import timestamp
from messaging.models import Device, Message, Recipient
from messaging.states import State

PENDING, CANCELLING, CANCELLED = "Pending", "Cancelling", "Cancelled"
PROCESSED, SENT, DELIVERED, FAILED = "Processed", "Sent", "Delivered", "Failed"
STATES: Mapping[State, str] = {
    State.ACCEPTED: PENDING,
    State.PROCESSING: PROCESSED,
    State.SENT: SENT,
    State.DELIVERED: DELIVERED,
    State.READ: DELIVERED,
    State.FAILED: FAILED,
    State.EXPIRED: FAILED,
    State.CANCELLED: CANCELLED,
    State.RECEIVED: DELIVERED,  # to the phone that got it
}
MOST_CHARACTERS = 65_535

Id = Annotated[str, Meta(max_length=36)]
DeviceId = Annotated[str, Meta(max_length=ids.LENGTH)]
Number = Annotated[str, Meta(min_length=1, max_length=128)]


class TextMessage(Struct):
    text: Annotated[str, Meta(min_length=1, max_length=MOST_CHARACTERS)]


class DataMessage(Struct):
    data: Annotated[str, Meta(min_length=4, max_length=MOST_CHARACTERS)]
    port: Annotated[int, Meta(ge=1, le=65_535)]


class Send(Struct, rename="camel"):
    """`message` is the older spelling of `textMessage`, `recipient` of one phone number in the vendor's own samples."""

    phone_numbers: Annotated[list[Number], Meta(min_length=1, max_length=100)] | None = None
    recipient: Number | None = None
    id: Id | None = None
    device_id: DeviceId | None = None
    text_message: TextMessage | None = None
    data_message: DataMessage | None = None
    message: Annotated[str, Meta(max_length=MOST_CHARACTERS)] | None = None
    mms_message: dict[str, Any] | None = None
    sim_number: Annotated[int, Meta(ge=1, le=3)] | None = None
    with_delivery_report: bool | None = None
    is_encrypted: bool | None = None
    priority: Annotated[int, Meta(ge=-128, le=127)] | None = None
    ttl: Annotated[int, Meta(ge=5, le=3_153_600_000)] | None = None  # at most a hundred years
    valid_until: datetime | None = None
    schedule_at: datetime | None = None


class NewToken(Struct):
    """What is asked for is checked where tokens are made."""

    scopes: Any = None
    ttl: Any = None


class NewWebhook(Struct):
    """One without an id is given one; one whose id is known replaces the other. Texts call its device `device_id`."""

    url: str
    event: str
    id: Id | None = None
    device_id: DeviceId | None = field(name="deviceId", default=None)
    device: DeviceId | None = field(name="device_id", default=None)


def render_id(id: int) -> str:
    return ids.write("message", id)


def read_id(text: str) -> int | None:
    """Return the id that `render_id` wrote so, None for any other text."""
    return ids.read("message", text)


def render_device(device: Device | None) -> str:
    return ids.write("device", device.pk) if device else ""


def id_of(message: Message) -> str:
    """Return what the message is called here: its sender's own id, else ours."""
    return str(message.context.get("client_id") or render_id(message.pk))


def accepted(message: Message, to: Collection[str]) -> dict[str, Any]:
    """Return the answer to a message that was taken, the same for a repeat: nothing has happened to it yet."""
    numbers = [{"phoneNumber": address, "state": PENDING} for address in to]
    return _shown(message, PENDING, numbers, {PENDING: message.created_at}) | _content(message)


def shown(message: Message, *, with_content: bool = True) -> dict[str, Any]:
    """Return a message as its reader sees it. It asks for the message's device, recipients and timeline."""
    rows = list(message.recipients.all())
    state = together([STATES[State(row.state)] for row in rows])
    content = _content(message) if with_content else {}
    return _shown(message, state, [_recipient(row) for row in rows], _history(message, rows, state)) | content


def together(states: Collection[str]) -> str:
    """Return a message's state from its recipients', by the vendor's rule: the first of these that fits."""
    for state in (PENDING, CANCELLING, CANCELLED, PROCESSED):
        if state in states:
            return state
    only = set(states)
    return only.pop() if only in ({FAILED}, {DELIVERED}) else SENT


def _shown(
    message: Message, state: str, recipients: list[dict[str, str]], history: Mapping[str, datetime]
) -> dict[str, Any]:
    return {
        "id": id_of(message),
        "deviceId": render_device(message.device),
        "state": state,
        "isHashed": False,
        "isEncrypted": is_encrypted(message),
        "recipients": recipients,
        "states": {name: timestamp(at) for name, at in history.items()},
        "createdAt": timestamp(message.created_at),
    }


def is_encrypted(message: Message) -> bool:
    return bool(message.context.get("is_encrypted"))


def _recipient(row: Recipient) -> dict[str, str]:
    state = STATES[State(row.state)]
    shown = {"phoneNumber": row.address, "state": state}
    if state == FAILED:
        shown["error"] = "TTL expired" if row.state == State.EXPIRED else row.error_detail or row.error
    return shown


def _history(message: Message, rows: Collection[Recipient], state: str) -> dict[str, datetime]:
    """Return when the message first came into each of its states, by its recipients' steps."""
    if message.state == State.RECEIVED:
        return {state: message.created_at}
    found = {PENDING: message.created_at}
    now = {row.pk: PENDING for row in rows}
    count = Counter(now.values())
    for entry in message.timeline.all():
        if entry.event in STATES and entry.recipient_id in now:
            count[now[entry.recipient_id]] -= 1
            now[entry.recipient_id] = STATES[State(entry.event)]
            count[now[entry.recipient_id]] += 1
            found.setdefault(together([name for name, number in count.items() if number]), entry.at)
    found.setdefault(state, message.updated_at)
    return found


def _content(message: Message) -> dict[str, Any]:
    """Return what the message says: data and texts as such, anything else by its caption or name."""
    if message.kind != "data":
        return {"textMessage": {"text": summary(message.kind, message.content)}}
    data = message.content["data"]
    if is_encrypted(message):  # ciphertext, which is kept as bytes
        data = b64decode(data).decode()
    return {"dataMessage": {"data": data, "port": message.content["port"]}}
