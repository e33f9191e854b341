"""What Whispir calls our states, and how ids are written: sixteen upper-case hexadecimal digits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import blake2b
from uuid import UUID

from messaging.ids import LARGEST
from messaging.states import State

_ID = re.compile(r"[0-9A-F]{16}")

STATES: Mapping[State, str] = {
    State.ACCEPTED: "PENDING",
    State.PROCESSING: "PENDING",
    State.SENT: "SENT",
    State.DELIVERED: "DELIVRD",
    State.READ: "READ",
    State.FAILED: "FAILED",
    State.EXPIRED: "FAILED",
    State.CANCELLED: "FAILED",
    State.RECEIVED: "DELIVRD",
}


def render_id(id: int) -> str:
    return f"{id:016X}"


def read_id(text: str) -> int | None:
    """Return what `render_id` wrote, None for anything else."""
    if not _ID.fullmatch(text):
        return None
    id = int(text, 16)
    return id if 0 < id <= LARGEST else None


def render_uuid(kind: str, number: int) -> str:
    """Return a UUID that holds a row's number, and a check by which `read_uuid` knows its own."""
    return str(UUID(int=_check(kind, number) << 64 | 0b10 << 62 | number))


def read_uuid(kind: str, text: str) -> int | None:
    """Return what `render_uuid` wrote, None for anything else."""
    try:
        number = UUID(text).int & 2**62 - 1
    except ValueError:
        return None
    return number if number and render_uuid(kind, number) == text.lower() else None


def _check(kind: str, number: int) -> int:
    """Return the first half of a UUID of version 8."""
    digest = blake2b(number.to_bytes(8, "big"), digest_size=8, person=kind.encode()).digest()
    return int.from_bytes(digest, "big") & ~0xF000 | 0x8000
