"""The words, tones and icons in which these pages speak."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import groupby

from django.utils import timezone

from messaging.dashboard.wording import Word
from messaging.models import WebhookAttempt, WebhookDelivery
from messaging.webhooks.figures import Figures

ENDPOINTS: dict[str, Word] = {
    "active": Word("Active", "ok", "check"),
    "failing": Word("Failing", "bad", "triangle-alert"),
    "paused": Word("Paused", "warn", "pause"),
    "off": Word("Switched off", "bad", "ban"),
}
_State = WebhookDelivery.State
CALLS: dict[str, Word] = {
    _State.WAITING: Word("Waiting", "", "clock"),
    _State.DELIVERED: Word("Delivered", "ok", "check"),
    _State.FAILED: Word("Given up", "bad", "circle-x"),
    _State.DROPPED: Word("Dropped", "", "ban"),
}
RETRYING = Word("Failed, tried again", "warn", "refresh-cw")


def call(delivery: WebhookDelivery) -> Word:
    if delivery.state == _State.WAITING and delivery.tries:
        return RETRYING
    return CALLS[delivery.state]


def is_due(delivery: WebhookDelivery) -> bool:
    """True for one whose time has come, and that waits for its endpoint alone."""
    return delivery.due_at is not None and delivery.due_at <= timezone.now()


def attempt(made: WebhookAttempt) -> Word:
    if made.is_good:
        return Word(str(made.status), "ok", "check")
    return Word(str(made.status) if made.status else "No answer", "bad", "circle-x")


def success(figures: Figures) -> str:
    """Say how many calls of the last seven days were answered well."""
    if figures.percent is None:
        return "No calls yet"
    calls = "call" if figures.total == 1 else "calls"
    return f"{figures.percent}% of {figures.total:,} {calls}"


def schedule(delays: Iterable[timedelta]) -> str:
    """Say when a failed call is tried again; what comes over and over is said once."""
    said = [(each, len(list(same))) for each, same in groupby(map(duration, delays))]
    return f"after {', '.join(_times(each, count) for each, count in said)}" if said else "never"


def _times(delay: str, count: int) -> str:
    return delay if count == 1 else f"{delay} ({count} times)"


def duration(delay: timedelta) -> str:
    seconds = int(delay.total_seconds())
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size} {unit}"
    if seconds >= 3600:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds // 60} min {seconds % 60} s" if seconds > 60 else f"{seconds} s"


def grouped(words: Iterable[str]) -> list[tuple[str, Sequence[str]]]:
    """Return the words of a format by what they are about."""
    groups: dict[str, list[str]] = {}
    for word in words:
        head = word.replace(":", ".").partition(".")[0] if "." in word or ":" in word else ""
        groups.setdefault(head, []).append(word)
    return list(groups.items())
