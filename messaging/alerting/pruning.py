"""The due function that forgets: hours that no median needs any more, and alerts that ended a year ago."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from messaging.models import Alert, UsageHour

HOURS_KEPT, ALERTS_KEPT = timedelta(weeks=5), timedelta(days=365)


def prune_alerts(limit: int = 1000) -> int:
    """Forget up to `limit` of each; returns how many."""
    now = timezone.now()
    hours = UsageHour.objects.filter(hour__lt=now - HOURS_KEPT).order_by("hour").values_list("pk", flat=True)[:limit]
    alerts = Alert.objects.filter(ended_at__lt=now - ALERTS_KEPT).values_list("pk", flat=True)[:limit]
    deleted, _ = UsageHour.objects.filter(pk__in=list(hours)).delete()
    return deleted + Alert.objects.filter(pk__in=list(alerts)).delete()[0]
