"""How a broadcast's state, and why people did not get it, are said."""

from __future__ import annotations

from messaging.broadcasts import NO_VALUE, Progress
from messaging.dashboard.wording import Word, remedy
from messaging.errors import Refusal
from messaging.models import Broadcast, Device

Status = Broadcast.Status
STATES: dict[str, Word] = {
    Status.QUEUED: Word("Queued", "", "clock"),
    Status.SCHEDULED: Word("Scheduled", "", "clock"),
    Status.IN_PROGRESS: Word("Sending", "accent", "send"),
    Status.COMPLETED: Word("Completed", "ok", "check"),
    Status.CANCELLED: Word("Cancelled", "", "ban"),
    Status.FAILED: Word("Failed", "bad", "circle-x"),
}
# Why somebody got no message at all, and what helps, by code.
_LEFT_OUT: dict[str, tuple[str, str]] = {
    NO_VALUE: (
        "Their contact lacks what stands in a gap.",
        "Say what stands there instead, such as {{contact.first_name|there}}.",
    ),
    Refusal.TEMPLATE_UNUSABLE: ("The template was paused or rejected meanwhile.", "Send again once it is approved."),
    Refusal.TEMPLATE_UNKNOWN: ("The template was deleted meanwhile.", "Make it again, or choose another."),
    Refusal.TOO_LONG: ("With their own words in it the message was too long.", "Shorten the text."),
    Refusal.INVALID: ("With their own words in it the message could not be sent.", "Look at their contact."),
    Refusal.DEVICE_UNKNOWN: ("The device was not there any more.", "Choose another device."),
    Refusal.DEVICE_NOT_CONNECTED: ("The device was not linked any more.", "Link it again."),
    Refusal.OUTSIDE_WINDOW: ("They had not written for 24 hours.", "Send a template instead."),
}


def causes(progress: Progress, device: Device | None) -> list[dict[str, object]]:
    """Return why it failed for some, the most frequent first, with what helps."""
    return [_cause(code, number, progress.details.get(code, ""), device) for code, number in progress.reasons.items()]


def _cause(code: str, number: int, said: str, device: Device | None) -> dict[str, object]:
    reason, helps = _LEFT_OUT.get(code, (said, remedy(code, device)))
    return {"code": code, "number": number, "reason": reason or code.replace("_", " ").capitalize(), "remedy": helps}
