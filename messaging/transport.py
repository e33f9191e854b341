"""What a transport is. Each file in `transports/` holds one, as a class `Transport`; it is found, not registered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, ClassVar

from messaging.states import State

if TYPE_CHECKING:
    from accounts.models import Account
    from messaging.models import Device


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One recipient of one message, as a transport sees it. `id` stays the same over retries."""

    id: int
    address: str
    channel: str
    kind: str
    content: dict[str, Any]
    attempts: int
    state: State
    accepted_at: datetime
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one recipient: its new state, and for a failure the transport's code and a plain reason."""

    recipient_id: int
    state: State
    code: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """An inbound message that a transport has for the device's account."""

    sender: str
    kind: str
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to a hand-over: the state reached, the transport's own id, when to ask it again, if ever."""

    state: State = State.SENT
    reference: str = ""
    check_in: timedelta | None = None


@dataclass(frozen=True, slots=True)
class News:
    """The answer to asking again: reports in the order they came, replies, and when to ask again, if ever."""

    reports: Sequence[Report] = ()
    replies: Sequence[Reply] = ()
    check_in: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a device is to read of its own inbox again, and whether webhooks are told: not, of each, of all at once."""

    since: datetime
    until: datetime
    types: Sequence[str]  # SMS, DATA_SMS, MMS, MMS_DOWNLOADED
    telling: str = "Disabled"  # or Individual, Batch


class TransportError(Exception):
    """Raised by `send`. A permanent one fails the recipient, any other is tried again later."""

    def __init__(self, code: str, reason: str, *, permanent: bool) -> None:
        super().__init__(reason)
        self.code, self.reason, self.permanent = code, reason, permanent


class BaseTransport:
    """A way to phones. `send` hands one message over; `check` asks what became of it, where one must ask."""

    label: ClassVar[str]
    is_of_gateway: ClassVar[bool] = False  # it needs no device: the gateway's own server takes the messages, in time
    channels: ClassVar[frozenset[str]]
    special_numbers: ClassVar[Mapping[str, str]] = {}  # numbers that behave in a way of their own, and how
    remedies: ClassVar[Mapping[str, str]] = {}  # what helps against each of its errors, by code

    def send(self, device: Device, message: Outgoing) -> Receipt:
        """Hand the message over. Raises TransportError."""
        raise NotImplementedError

    def send_for(self, account: Account, message: Outgoing) -> Receipt:
        """Hand over a message where no device is needed. Raises TransportError."""
        raise NotImplementedError

    def check(self, device: Device, message: Outgoing) -> News:
        """Ask what became of a message whose receipt or last news said `check_in`."""
        return News()

    def read_inbox(self, device: Device, reading: Reading) -> None:
        """Have the device read its inbox again; nothing where all that it got is here already."""

    def pairing_code(self, device: Device) -> str | None:
        """Begin to link the device and return the text of its QR code; None where nothing needs linking."""
        return None


@cache
def found() -> dict[str, BaseTransport]:
    """Return every transport by its file's name."""
    from messaging import transports

    names = sorted(module.name for module in iter_modules(transports.__path__))
    return {name: import_module(f"{transports.__name__}.{name}").Transport() for name in names}


def get(name: str) -> BaseTransport:
    """Return the transport of that name; raises KeyError."""
    return found()[name]


def of_gateway(channel: str) -> BaseTransport | None:
    """Return the transport that takes this channel's messages without a device, if there is one."""
    return next((t for t in found().values() if t.is_of_gateway and channel in t.channels), None)


def choices() -> list[tuple[str, str]]:
    return [(name, transport.label) for name, transport in found().items() if not transport.is_of_gateway]


def forget() -> None:
    """Look into the folder again (a test adds a file)."""
    found.cache_clear()
