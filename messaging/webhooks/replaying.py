"""Posting again what was posted, given up or dropped: with the same ids, so that receivers can tell."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from accounts import audit
from accounts.audit import Actor
from messaging import nudging
from messaging.errors import Refusal, Refused
from messaging.ids import first_at
from messaging.models import WebhookDelivery, WebhookEndpoint

MOST = 100_000  # deliveries in one go
_BATCH = 1000
_State = WebhookDelivery.State
LOST = (_State.FAILED, _State.DROPPED)


def replay(delivery: WebhookDelivery, *, by: Actor) -> WebhookDelivery:
    """Post a delivery again, now, with all its tries before it."""
    _have_posted([delivery.pk])
    audit.record(account=delivery.endpoint.account, actor=by, action="webhook.replayed", target=delivery.endpoint)
    nudging.nudge()
    delivery.refresh_from_db()
    return delivery


def within(
    endpoint: WebhookEndpoint, *, since: datetime, until: datetime, only_lost: bool
) -> QuerySet[WebhookDelivery]:
    """Return the endpoint's deliveries of what happened at `since` or later and before `until`, none that waits."""
    found = WebhookDelivery.objects.filter(endpoint=endpoint, pk__gte=first_at(since), pk__lt=first_at(until))
    return found.filter(state__in=LOST) if only_lost else found.exclude(state=_State.WAITING)


def count(endpoint: WebhookEndpoint, *, since: datetime, until: datetime, only_lost: bool) -> int:
    """Return how many deliveries `replay_range` would post again; raises Refused where it would refuse."""
    number = within(endpoint, since=since, until=until, only_lost=only_lost).count()
    if number > MOST:
        detail = f"These are {number} calls. At most {MOST} are replayed in one go: choose a shorter time."
        raise Refused(Refusal.INVALID, detail, field="since")
    return number


def replay_range(endpoint: WebhookEndpoint, *, since: datetime, until: datetime, only_lost: bool, by: Actor) -> int:
    """Post the deliveries of a time again, oldest first, and return how many they are; raises Refused."""
    count(endpoint, since=since, until=until, only_lost=only_lost)
    chosen = within(endpoint, since=since, until=until, only_lost=only_lost).order_by("pk")
    ids = list(chosen.values_list("pk", flat=True))
    for begin in range(0, len(ids), _BATCH):
        _have_posted(ids[begin : begin + _BATCH])
    changes = {"since": [None, since.isoformat()], "until": [None, until.isoformat()], "count": [None, len(ids)]}
    audit.record(account=endpoint.account, actor=by, action="webhook.replayed", target=endpoint, changes=changes)
    nudging.nudge()
    return len(ids)


def settle(endpoint: WebhookEndpoint, ids: Collection[int], *, by: Actor) -> None:
    """Count these calls as delivered: whoever was to get them has them already. None of them is tried again."""
    mine = WebhookDelivery.objects.filter(endpoint=endpoint, pk__in=ids).exclude(state=_State.DELIVERED)
    settled = mine.update(state=_State.DELIVERED, due_at=None, done_at=timezone.now())
    if settled:
        changes = {"count": [None, settled]}
        audit.record(account=endpoint.account, actor=by, action="webhook.settled", target=endpoint, changes=changes)


def _have_posted(ids: list[int]) -> None:
    again = WebhookDelivery.objects.filter(pk__in=ids)
    again.update(state=_State.WAITING, due_at=timezone.now(), tries=0, done_at=None)
