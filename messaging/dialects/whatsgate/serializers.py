"""What WhatsGate calls things: the six kinds of message, our states and a device's, and ids."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from messaging import content
from messaging.edge import MIB
from messaging.errors import Refusal, Refused
from messaging.ids import LARGEST
from messaging.models import Device, Message
from messaging.states import State

Fields = Mapping[str, Any]
MOST_PHONES = 100
MOST_CHARACTERS = 4000
MOST_MEDIA = 16 * MIB  # decoded

PENDING, SUCCESSFUL, FAILED = "pending", "successful", "failed"
STATES: Mapping[State, str] = {
    State.ACCEPTED: PENDING,
    State.PROCESSING: PENDING,
    State.SENT: SUCCESSFUL,
    State.DELIVERED: SUCCESSFUL,
    State.READ: SUCCESSFUL,
    State.FAILED: FAILED,
    State.EXPIRED: FAILED,
    State.CANCELLED: "cancelled",
    State.RECEIVED: "received",
}
DEVICE_STATES: Mapping[str, str] = {
    Device.Status.NOT_INITIALIZED: "not initialized",
    Device.Status.NOT_CONNECTED: "not connected",
    Device.Status.CONNECTED: "connected",
    Device.Status.DISCONNECTED: "disconnected",
}


def render_id(id: int) -> str:
    return str(id)


def read_id(text: str) -> int | None:
    """Return what `render_id` wrote, None for anything else."""
    if not re.fullmatch(r"[1-9][0-9]{0,18}", text):
        return None
    id = int(text)
    return id if id <= LARGEST else None


def shown(message: Message) -> dict[str, Any]:
    """Return a message as it looks here: of a kind that the vendor has no word for, its caption or text."""
    people = list(message.recipients.all())
    found: dict[str, Any] = {
        "id": render_id(message.pk),
        "type": next((name for name, sort in SORTS.items() if sort.kind == message.kind), "text"),
        "message": content.summary(message.kind, message.content),
        "device": message.device.digits if message.device else "",
        "phone": people[0].address.lstrip("+"),
        "status": STATES[State(message.state)],
        "date": f"{message.created_at:%Y-%m-%dT%H:%M:%SZ}",
    }
    if len(people) > 1:
        found["recipients"] = [{"phone": p.address.lstrip("+"), "status": STATES[State(p.state)]} for p in people]
    if failed := next((person for person in people if person.error), None):
        found["error"] = failed.error_detail or failed.error
    return found


@dataclass(frozen=True, slots=True)
class Sort:
    """One of the paths below `/send/`: the core's kind, how its content is read, and what success is called."""

    kind: str
    read: Callable[[Fields], dict[str, Any]]
    said: str
    has_media: bool = False


def _text(fields: Fields) -> dict[str, Any]:
    return {"body": fields.get("message")}


def _media(fields: Fields) -> dict[str, Any]:
    media = content.read_media(fields.get("media"))
    return {**media, "caption": fields.get("caption"), "filename": fields.get("filename")}


def _location(fields: Fields) -> dict[str, Any]:
    return {
        "latitude": _first(fields, "latitude", "lat"),
        "longitude": _first(fields, "longitude", "lng", "long"),
        "name": fields.get("name"),
        "address": fields.get("address"),
    }


def _first(fields: Fields, *names: str) -> Any:
    return next((fields[name] for name in names if fields.get(name) is not None), None)


_FILE = Sort("document", _media, "File sent successfully", has_media=True)
SORTS: Mapping[str, Sort] = {
    "text": Sort("text", _text, "Message sent successfully"),
    "image": Sort("image", _media, "Image sent successfully", has_media=True),
    "video": Sort("video", _media, "Video sent successfully", has_media=True),
    "audio": Sort("audio", _media, "Audio sent successfully", has_media=True),
    "file": _FILE,
    "document": _FILE,
    "location": Sort("location", _location, "Location sent successfully"),
}


def read_phones(fields: Fields) -> list[str]:
    """Return the recipients of a text, a comma-separated text or a list; one that is named twice is one.

    Raises Refused: REQUIRED, INVALID or RECIPIENT.
    """
    given = fields.get("phone")
    listed = given.split(",") if isinstance(given, str) else given
    if not listed or listed == [""]:
        raise Refused(Refusal.REQUIRED, field="phone")
    if not isinstance(listed, list):
        raise Refused(Refusal.INVALID, "phone must be a string or a list of strings.", field="phone")
    if len(listed) > MOST_PHONES:
        raise Refused(Refusal.INVALID, f"phone may not have more than {MOST_PHONES} items.", field="phone")
    return list(dict.fromkeys(read_digits(phone) for phone in listed))


def read_digits(value: Any) -> str:
    """Return a number's digits without plus sign, spaces, dashes and brackets; raises Refused(RECIPIENT)."""
    digits = re.sub(r"[\s().\-]", "", value) if isinstance(value, str) and len(value) <= 64 else ""
    if not re.fullmatch(r"\+?[0-9]{7,15}", digits):
        raise Refused(Refusal.RECIPIENT, field="phone")
    return digits
