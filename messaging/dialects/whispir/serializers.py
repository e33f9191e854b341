"""What Whispir calls our states, and how ids are written: sixteen upper-case hexadecimal digits."""

from __future__ import annotations

import re
from collections.abc import Mapping

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
