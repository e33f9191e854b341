"""What Connexease's clients send, how our messages look to them, and `wamid.` ids."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from messaging import content, timeline
from messaging.dialects.connexease import errors
from messaging.models import Direction, Message, Recipient
from messaging.states import State

STATES: Mapping[State, str] = {
    State.ACCEPTED: "accepted",
    State.PROCESSING: "accepted",
    State.SENT: "sent",
    State.DELIVERED: "delivered",
    State.READ: "read",
    State.FAILED: "failed",
    State.EXPIRED: "failed",
    State.CANCELLED: "failed",
    State.RECEIVED: "received",
}
_PREFIX = "wamid."
_ID_BYTES, _CHECK_BYTES = 8, 7  # fifteen bytes are twenty characters, with no padding and no bit to spare
_LENGTH = len(_PREFIX) + (_ID_BYTES + _CHECK_BYTES) // 3 * 4


class Context(Struct):
    """The message that this one answers."""

    message_id: Annotated[str, Meta(min_length=1, max_length=256)]


class Send(Struct):
    """Meta's Cloud API body: the object named after `type` is checked by the core, the others are ignored."""

    messaging_product: Literal["whatsapp"]
    to: str
    type: str
    recipient_type: Literal["individual"] = "individual"
    context: Context | None = None
    biz_opaque_callback_data: Annotated[str, Meta(max_length=512)] = ""
    text: Any = None
    image: Any = None
    video: Any = None
    audio: Any = None
    document: Any = None
    sticker: Any = None
    location: Any = None
    contacts: Any = None
    reaction: Any = None
    interactive: Any = None
    template: Any = None


def render_id(id: int) -> str:
    """Write an id as `wamid.` and twenty characters: the id and a check, so that nobody else's id is one of ours."""
    raw = id.to_bytes(_ID_BYTES, "big")
    return _PREFIX + urlsafe_b64encode(raw + blake2b(raw, digest_size=_CHECK_BYTES, person=b"wamid").digest()).decode()


def read_id(text: str) -> int | None:
    """Return the id that `render_id` wrote so, None for any other text."""
    if len(text) != _LENGTH or not text.isascii() or not text.startswith(_PREFIX):
        return None
    try:
        id = int.from_bytes(urlsafe_b64decode(text.removeprefix(_PREFIX))[:_ID_BYTES], "big")
    except ValueError:
        return None
    return id if render_id(id) == text else None


def sent(id: str, *, to: str, number: str) -> dict[str, Any]:
    """Return Meta's answer to a message that was taken: `to` as it was written, and the number it means."""
    return {**said(id), "contacts": [{"input": to, "wa_id": number.lstrip("+")}]}


def said(id: str) -> dict[str, Any]:
    return {"messaging_product": "whatsapp", "messages": [{"id": id}]}


def shown(message: Message) -> dict[str, Any]:
    """Return a message as its reader sees it; a received one also says whom it is from."""
    people = list(message.recipients.all())
    other = people[0].address.lstrip("+") if people else ""
    ends = {"to": other}
    if message.direction == Direction.IN:
        ends = {"from": other, "to": message.device.digits if message.device else ""}
    found: dict[str, Any] = {
        "id": render_id(message.pk),
        **ends,
        **content_of(message),
        "status": STATES[State(message.state)],
        "errors": [_error(person) for person in people if person.error],
    }
    if len(people) > 1:
        found["recipients"] = [{"to": p.address.lstrip("+"), "status": STATES[State(p.state)]} for p in people]
    if callback_data := message.context.get("biz_opaque_callback_data"):
        found["biz_opaque_callback_data"] = callback_data
    return found


def timestamps(message: Message) -> dict[str, str]:
    """Return when the message first came into each state, by its word."""
    found: dict[str, str] = {}
    for moment in timeline.of(message):
        if moment.event in State.values:
            found.setdefault(STATES[State(moment.event)], _written(moment.at))
    return found


def content_of(message: Message) -> dict[str, Any]:
    """Return the type and the object named after it; what is no kind of Meta's is shown as a text."""
    if message.kind not in content.META_KINDS:
        return {"type": "text", "text": {"body": content.summary(message.kind, message.content)}}
    said = message.content.get("contacts") if message.kind == "contacts" else message.content
    return {"type": message.kind, message.kind: said}


def _error(person: Recipient) -> dict[str, Any]:
    """Return why a recipient was not reached, as the dictionary says that the way out said no."""
    meta_error = {"code": person.error, "message": person.error_detail}
    return errors.entry(errors.UPSTREAM, person.error_detail, {"meta_error": meta_error})


def _written(moment: datetime) -> str:
    return f"{moment.astimezone(UTC).isoformat()[:19]}Z"
