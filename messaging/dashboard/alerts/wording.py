"""What alerts are called, how bad they are, and what to do about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.urls import reverse

from messaging.dashboard.wording import Word
from messaging.models import Alert

LABELS: Mapping[str, Word] = {  # the worst first
    "leaked": Word("Looks leaked", "bad", "triangle-alert"),
    "device_offline": Word("Device offline", "bad", "smartphone"),
    "failures": Word("Many failures", "bad", "circle-x"),
    "queue_old": Word("Long wait", "bad", "clock"),
    "webhook_failing": Word("Webhook fails", "bad", "webhook"),
    "new_network": Word("New network", "warn", "key-round"),
    "unusual_volume": Word("Unusual volume", "warn", "activity"),
    "plan": Word("Plan", "warn", "zap"),
    "token_unused": Word("Unused token", "", "key-round"),
    "key_old": Word("Old secret", "", "refresh-cw"),
}
_REMEDIES: Mapping[str, str] = {
    "device_offline": "See whether it has power and network, and whether its app runs.",
    "failures": "Look at why they failed: the reason stands beside each message.",
    "queue_old": "See whether the device is online, or send through another one.",
    "leaked": "Regenerate the token, and give its programs the new secret.",
    "new_network": "If nobody of yours works there, regenerate the token. A list of addresses keeps others out.",
    "unusual_volume": "See who sent them. A token that you do not trust can be paused.",
    "webhook_failing": "See what was answered last. What waits is posted once calls succeed again.",
    "plan": "Beyond its plan messages are refused. Ask your operator for a larger plan.",
    "token_unused": "Revoke it unless something still needs it.",
    "key_old": "Regenerate it. The old secret can go on working for 24 hours or 7 days.",
}
_ORDER = list(LABELS)


@dataclass(frozen=True, slots=True)
class Link:
    url: str
    label: str


def label(alert: Alert) -> Word:
    return LABELS.get(alert.code, Word(alert.code.replace("_", " ").capitalize(), "", "info"))


def remedy(alert: Alert) -> str:
    return _REMEDIES.get(alert.code, "")


def link(alert: Alert) -> Link | None:
    """Return where something can be done about it."""
    if alert.subject_kind == Alert.Subject.TOKEN:
        return Link(reverse("token", args=[alert.subject_id]), "See the token")
    if alert.subject_kind == Alert.Subject.WEBHOOK:
        return Link(reverse("webhook", args=[alert.subject_id]), "See the webhook")
    if alert.subject_kind == Alert.Subject.DEVICE:
        return Link(reverse("devices"), "See the devices")
    return _LINKS_OF_ACCOUNT.get(alert.code, lambda: None)()


_LINKS_OF_ACCOUNT = {
    "failures": lambda: Link(f"{reverse('messages')}?state=failed", "See what failed"),
    "queue_old": lambda: Link(reverse("devices"), "See the devices"),
    "unusual_volume": lambda: Link(reverse("messages"), "See the messages"),
    "plan": lambda: Link(reverse("overview"), "See the limits"),
}


def worst_first(alerts: Iterable[Alert]) -> list[Alert]:
    """Return alerts in the order in which people should read them: the newest first of each kind."""
    return sorted(alerts, key=lambda alert: (_ORDER.index(alert.code) if alert.code in _ORDER else 99, -alert.pk))


def worst(alerts: Iterable[Alert]) -> Alert | None:
    return next(iter(worst_first(alerts)), None)
