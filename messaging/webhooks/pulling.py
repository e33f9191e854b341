"""Endpoints without an address: a program at a developer's desk fetches its calls and says what was answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from messaging.models import WebhookDelivery, WebhookEndpoint
from messaging.webhooks import keyring, lanes, recording, rendering
from messaging.webhooks.calling import Answer, complaint
from messaging.webhooks.rendering import Desk, Post, Unrenderable

MOST = 50  # calls at a time
_LEASE = timedelta(seconds=30)  # for a program to say what was answered, before it gets the call again
LIVES = timedelta(minutes=10)  # after it was last asked


@dataclass(frozen=True, slots=True)
class Pulled:
    """A call that the program is to make."""

    delivery: WebhookDelivery
    post: Post


def pull(endpoint: WebhookEndpoint) -> list[Pulled]:
    """Return the calls that wait, which are kept from others for a while."""
    now = timezone.now()
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(last_at=now)
    waiting = lanes.next_of(endpoint, busy=[], room=MOST)
    mine = WebhookDelivery.objects.filter(pk__in=waiting, due_at__lte=now)
    if not waiting or not mine.update(due_at=now + _LEASE):
        return []
    # Those that another request of the program was quicker to take have its lease.
    mine = WebhookDelivery.objects.filter(pk__in=waiting, due_at=now + _LEASE)
    read = mine.select_related("event__account", "event__message")
    deliveries = list(read.order_by("pk"))
    events = rendering.events_of(deliveries)
    try:
        desk = _desk(endpoint)
    except Unrenderable:
        return []
    return [Pulled(delivery, desk.write(delivery, events[delivery.event_id])) for delivery in deliveries]


@dataclass(frozen=True, slots=True)
class Said:
    """What the receiver at the desk answered; without a status there was no answer, for this reason."""

    delivery_id: int
    status: int | None
    milliseconds: int
    text: str = ""
    reason: str = ""


def note(endpoint: WebhookEndpoint, said: Sequence[Said]) -> None:
    """Record the answers, as if we had made the calls ourselves."""
    waiting = WebhookDelivery.objects.filter(endpoint=endpoint, pk__in=[one.delivery_id for one in said])
    deliveries = waiting.filter(due_at__isnull=False).select_related("event__account", "event__message").in_bulk()
    events = rendering.events_of(list(deliveries.values()))
    desk = _desk(endpoint)
    outcomes = []
    for one in said:
        if delivery := deliveries.get(one.delivery_id):
            post = desk.write(delivery, events[delivery.event_id])
            outcomes.append(recording.Outcome(delivery, endpoint, _answer(one, post.good), post))
    recording.record(outcomes)


def _desk(endpoint: WebhookEndpoint) -> Desk:
    return Desk.of(endpoint, keyring.secrets_of([endpoint]).get(endpoint.pk, ""))


def _answer(said: Said, good: range) -> Answer:
    is_good = said.status in good
    reason = "" if is_good else said.reason or complaint(said.status or 0, good)
    at = timezone.now() - timedelta(milliseconds=said.milliseconds)
    return Answer(at, said.milliseconds, reason, said.status, text=said.text.replace("\0", "�"))
