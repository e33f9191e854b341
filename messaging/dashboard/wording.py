"""The words, tones and icons in which the dashboard speaks of states, steps and failures."""

from dataclasses import dataclass

from messaging import dialect, transport
from messaging.models import Device, Message
from messaging.states import State

DASHBOARD = "dashboard"  # the API style of messages that a person sent


@dataclass(frozen=True, slots=True)
class Word:
    word: str
    tone: str = ""
    icon: str = ""


STATES: dict[str, Word] = {
    State.ACCEPTED: Word("Waiting", "", "clock"),
    State.PROCESSING: Word("Handed over", "accent", "arrow-right"),
    State.SENT: Word("Sent", "accent", "send"),
    State.DELIVERED: Word("Delivered", "ok", "check"),
    State.READ: Word("Read", "ok", "eye"),
    State.FAILED: Word("Failed", "bad", "circle-x"),
    State.EXPIRED: Word("Expired", "bad", "clock"),
    State.CANCELLED: Word("Cancelled", "", "ban"),
    State.RECEIVED: Word("Received", "accent", "inbox"),
}
STEPS: dict[str, Word] = {
    **STATES,
    State.ACCEPTED: Word("Accepted", "", "zap"),
    State.SENT: Word("Sent", "", "send"),
    State.PROCESSING: Word("Handed over", "", "arrow-right"),
    State.RECEIVED: Word("Received", "", "inbox"),
    "unreported": Word("No report", "warn", "triangle-alert"),
    "retry": Word("Did not go through, tried again later", "warn", "triangle-alert"),
    "opted_out": Word("Asked for no more messages", "warn", "ban"),
    "opted_in": Word("May be written to again", "ok", "check"),
}
_REMEDIES = {
    "expired": "Give messages more time, or check why the device did not take them.",
    "opted_out": "Leave this person out until they write START.",
    "device_removed": "Send it again through another device.",
    "internal": "Send it again. If it fails again, tell your operator.",
}
DEVICES: dict[str, Word] = {
    Device.Status.CONNECTED: Word("Connected", "ok"),
    Device.Status.DISCONNECTED: Word("Disconnected", "bad"),
    Device.Status.NOT_CONNECTED: Word("Waiting for the phone", "warn"),
    Device.Status.NOT_INITIALIZED: Word("Not linked yet", "warn"),
}


def step(event: str) -> Word:
    """Return the words for a step of a timeline; a late report says that it changed nothing."""
    if known := STEPS.get(event):
        return known
    late = STEPS.get(event.removeprefix("late_"))
    if event.startswith("late_") and late:
        return Word(f"{late.word} was reported again", "", "info")
    return Word(event.replace("_", " ").capitalize(), "", "info")


def remedy(code: str, device: Device | None) -> str:
    """Return what to do about a failure; empty where nothing is known to help."""
    by = transport.found().get(device.transport) if device else None
    return _REMEDIES.get(code) or (by.remedies.get(code, "") if by else "")


def styles() -> dict[str, str]:
    """Return every way in which a message may have come, by its name."""
    return dialect.names() | {DASHBOARD: "Dashboard"}


def style_of(message: Message) -> str:
    return styles().get(message.dialect, message.dialect)
