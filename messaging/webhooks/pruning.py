"""The due function that forgets: old events with their log, and what belonged to endpoints that are gone."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from messaging.ids import first_at
from messaging.models import WebhookDelivery, WebhookEndpoint, WebhookEvent
from messaging.webhooks import listening
from messaging.webhooks.pulling import LIVES

KEPT = timedelta(days=30)


def prune_webhooks(limit: int = 500) -> int:
    """Forget up to `limit` of each; returns how many."""
    old = WebhookEvent.objects.filter(pk__lt=first_at(timezone.now() - KEPT)).order_by("pk")
    some = list(old.values_list("pk", flat=True)[:limit])
    WebhookEvent.objects.filter(pk__in=some).delete()
    return len(some) + _prune_removed(limit) + _end_listeners()


def _prune_removed(limit: int) -> int:
    gone = WebhookEndpoint.objects.exclude(removed_at=None).first()
    if gone is None:
        return 0
    some = list(WebhookDelivery.objects.filter(endpoint=gone).order_by("pk").values_list("pk", flat=True)[:limit])
    if some:
        return WebhookDelivery.objects.filter(pk__in=some).delete()[0]
    return gone.delete()[0]


def _end_listeners() -> int:
    """Remove the endpoints of programs that fetch nothing any more."""
    until = timezone.now() - LIVES
    silent = WebhookEndpoint.objects.filter(kind=WebhookEndpoint.Kind.LISTENER, removed_at=None, created_at__lt=until)
    over = list(silent.filter(Q(last_at=None) | Q(last_at__lt=until)))
    for endpoint in over:
        endpoint.removed_at = timezone.now()
        endpoint.save(update_fields=["removed_at"])
    if over:
        listening.changed({endpoint.account_id for endpoint in over})
    return len(over)
