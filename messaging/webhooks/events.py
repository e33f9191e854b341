"""What can happen, and how a happening looks to those who write it down for a receiver."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from accounts.models import Account
from messaging import ids
from messaging.models import Device, Message, Recipient
from messaging.states import State


class Kind(StrEnum):
    """The core's names of events. Each format has its own words for them."""

    ACCEPTED = "message.accepted"
    SENT = "message.sent"
    DELIVERED = "message.delivered"
    READ = "message.read"
    FAILED = "message.failed"
    EXPIRED = "message.expired"
    CANCELLED = "message.cancelled"
    RECEIVED = "message.received"
    DOWNLOADED = "message.downloaded"  # what a received message only announced is here now
    DEVICE_STATUS = "device.status"
    DEVICE_PING = "device.ping"
    DEVICE_STARTED = "device.started"
    TEMPLATE_STATUS = "template.status"
    ALERT_FIRED = "alert.fired"
    ALERT_CLEARED = "alert.cleared"
    TEST = "webhook.test"


KIND_OF: Mapping[str, Kind] = {
    State.SENT: Kind.SENT,
    State.DELIVERED: Kind.DELIVERED,
    State.READ: Kind.READ,
    State.FAILED: Kind.FAILED,
    State.EXPIRED: Kind.EXPIRED,
    State.CANCELLED: Kind.CANCELLED,
}
_STATE_OF: Mapping[str, State] = {kind.value: State(state) for state, kind in KIND_OF.items()} | {
    Kind.ACCEPTED.value: State.ACCEPTED,
    Kind.RECEIVED.value: State.RECEIVED,
    Kind.DOWNLOADED.value: State.RECEIVED,
}


@dataclass(frozen=True, slots=True)
class Trait:
    """As much of an event as a format needs to find its word for it."""

    kind: str
    channel: str = ""
    message_kind: str = ""
    is_mms: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, with the rows that it is about. Nothing in it changes between two tries."""

    id: int
    kind: str
    account: Account
    data: Mapping[str, Any]  # what the rows do not say: a code, a reason, a phone's health
    message: Message | None = None
    recipient: Recipient | None = None  # of a received message: its sender
    device: Device | None = None
    content: Mapping[str, Any] | None = None  # the message's; None where it is left out

    @property
    def text_id(self) -> str:
        """The id that a receiver tells repeats by."""
        return f"evt_{ids.to_base62(self.id)}"

    @property
    def at(self) -> datetime:
        return ids.time_of(self.id)

    @property
    def state(self) -> State | None:
        return _STATE_OF.get(self.kind)

    @property
    def trait(self) -> Trait:
        if self.message is None:
            return Trait(self.kind)
        return Trait(self.kind, self.message.channel, self.message.kind, "mms" in self.message.context)
