"""How it goes with endpoints."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Sum
from django.utils import timezone

from messaging.models import WebhookDay, WebhookDelivery, WebhookEndpoint

_DAYS = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Figures:
    """Of the last seven days, and of now."""

    succeeded: int = 0
    failed: int = 0
    waiting: int = 0

    @property
    def total(self) -> int:
        return self.succeeded + self.failed

    @property
    def percent(self) -> int | None:
        """How many of a hundred calls were answered well; 100 only if all were."""
        return self.succeeded * 100 // self.total if self.total else None


def of(endpoints: Iterable[WebhookEndpoint]) -> dict[int, Figures]:
    ids = [endpoint.pk for endpoint in endpoints]
    since = timezone.now().date() - _DAYS
    days = WebhookDay.objects.filter(endpoint__in=ids, day__gt=since).values("endpoint")
    sums = {row["endpoint"]: row for row in days.annotate(good=Sum("succeeded"), bad=Sum("failed"))}
    rows = WebhookDelivery.objects.filter(endpoint__in=ids, due_at__isnull=False).values("endpoint")
    waiting = dict(rows.annotate(number=Count("pk")).values_list("endpoint", "number"))
    none = {"good": 0, "bad": 0}
    return {id: Figures(sums.get(id, none)["good"], sums.get(id, none)["bad"], waiting.get(id, 0)) for id in ids}
