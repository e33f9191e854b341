"""What StartMessaging's clients send, and how our messages look to them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from msgspec import Meta, Struct

from messaging import content, ids
from messaging.models import Direction, Message
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
_PREFIX, _MEDIA_PREFIX = "msg_", "media_"


class Context(Struct):
    """The message that this one answers."""

    message_id: Annotated[str, Meta(min_length=1, max_length=256)]


class Send(Struct):
    """Meta's Cloud API body: the object named after `type` is checked by the core, the others are ignored."""

    to: str
    type: str
    context: Context | None = None
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
    return _PREFIX + ids.to_base62(id)


def read_id(text: str) -> int | None:
    """Return the id that `render_id` wrote so, None for any other text."""
    return ids.from_base62(text.removeprefix(_PREFIX)) if text.startswith(_PREFIX) else None


def render_media_id(id: int) -> str:
    return _MEDIA_PREFIX + ids.to_base62(id)


def read_media_id(text: str) -> int | None:
    """Return the id that `render_media_id` wrote so, None for any other text."""
    return ids.from_base62(text.removeprefix(_MEDIA_PREFIX)) if text.startswith(_MEDIA_PREFIX) else None


def timestamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC).isoformat()[:19]}Z"


def accepted(id: int) -> dict[str, Any]:
    """Return the answer to a message that was taken; made from its id alone, so a repeat's is the same."""
    return {
        "success": True,
        "message_id": render_id(id),
        "status": STATES[State.ACCEPTED],
        "timestamp": timestamp(ids.time_of(id)),
    }


def shown(message: Message) -> dict[str, Any]:
    """Return a message as its reader sees it; a received one also says whom it is from."""
    other = message.to.lstrip("+")
    ends = {"to": other}
    if message.direction == Direction.IN:
        ends = {"from": other, "to": message.device.digits if message.device else ""}
    return {
        "message_id": render_id(message.pk),
        **ends,
        **said(message),
        "status": STATES[State(message.state)],
        "timestamp": timestamp(message.created_at),
        "updated_at": timestamp(max(message.updated_at, message.created_at)),  # the id is drawn last
        "error": _error(message),
    }


def said(message: Message) -> dict[str, Any]:
    """Return the type and the object named after it; what is no kind of Meta's is shown as a text."""
    if message.kind not in content.META_KINDS:
        return {"type": "text", "text": {"body": content.summary(message.kind, message.content)}}
    if message.kind == "contacts":
        return {"type": "contacts", "contacts": message.content.get("contacts")}
    return {
        "type": message.kind,
        message.kind: content.with_media_ids(message.kind, message.content, render_media_id),
    }


def _error(message: Message) -> dict[str, str] | None:
    """Return why the message failed: its first recipient's reason, else the state itself."""
    state = State(message.state)
    if STATES[state] != STATES[State.FAILED]:
        return None
    failed = next((row for row in message.recipients.all() if row.error), None)
    if failed is None:
        return {"code": state.upper(), "message": f"{state.label}."}
    return {"code": failed.error.upper(), "message": failed.error_detail}
