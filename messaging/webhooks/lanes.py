"""Each endpoint is a lane: whoever posts takes it for a while, and what waits in one lane delays no other.

The lanes where something waits are found by walking the index of what is due from endpoint to endpoint, so that a
dead one costs one step, whether one call waits there or a hundred thousand.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Collection
from datetime import timedelta
from secrets import token_hex
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from messaging.models import WebhookDelivery, WebhookEndpoint

LEASE = timedelta(seconds=10)  # after which another process goes on with the lane of one that died

_DELIVERY, _ENDPOINT = WebhookDelivery._meta.db_table, WebhookEndpoint._meta.db_table
_DUE = f"""
    WITH RECURSIVE lane (id) AS (
        SELECT (SELECT MIN(endpoint_id) FROM {_DELIVERY} WHERE due_at IS NOT NULL)
        UNION ALL
        SELECT (
            SELECT d.endpoint_id FROM {_DELIVERY} d WHERE d.due_at IS NOT NULL AND d.endpoint_id > lane.id
            ORDER BY d.endpoint_id LIMIT 1
        ) FROM lane WHERE lane.id IS NOT NULL
    )
    SELECT e.id FROM lane JOIN {_ENDPOINT} e ON e.id = lane.id
    WHERE e.status = %s AND e.kind <> %s AND e.removed_at IS NULL
        AND (e.opens_at IS NULL OR e.opens_at <= %s)
        AND (e.leased_until IS NULL OR e.leased_until <= %s OR e.leased_by = %s)
        AND (
            SELECT d.due_at FROM {_DELIVERY} d WHERE d.endpoint_id = e.id AND d.due_at IS NOT NULL
            ORDER BY d.due_at LIMIT 1
        ) <= %s"""  # noqa: S608  the tables' own names


def new_holder() -> str:
    """Return a name for a process that takes lanes."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{token_hex(4)}"[:64]


def due(holder: str) -> list[int]:
    """Return the endpoints where something is due, which nobody else posts to, and that may be posted to now."""
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    active, listener = WebhookEndpoint.Status.ACTIVE.value, WebhookEndpoint.Kind.LISTENER.value
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [active, listener, now, now, holder, now])
        return [row[0] for row in cursor.fetchall()]


def take(holder: str, ids: Collection[int]) -> set[int]:
    """Take the lanes, or keep them longer; returns those that are the holder's now."""
    if not ids:
        return set()
    now, adapt = timezone.now(), connection.ops.adapt_datetimefield_value
    places = ", ".join(["%s"] * len(ids))
    statement = f"""
        UPDATE {_ENDPOINT} SET leased_by = %s, leased_until = %s
        WHERE id IN ({places}) AND (leased_until IS NULL OR leased_until <= %s OR leased_by = %s)
        RETURNING id"""  # noqa: S608  the table's own name
    with connection.cursor() as cursor:
        cursor.execute(statement, [holder, adapt(now + LEASE), *ids, adapt(now), holder])
        return {row[0] for row in cursor.fetchall()}


def release(holder: str, ids: Collection[int]) -> None:
    """Let others have the lanes at once."""
    WebhookEndpoint.objects.filter(pk__in=ids, leased_by=holder).update(leased_until=None)


def next_of(endpoint: WebhookEndpoint, *, busy: Collection[int], room: int) -> list[int]:
    """Return the lane's next due deliveries, without those that are on their way."""
    waiting = WebhookDelivery.objects.filter(endpoint=endpoint, due_at__lte=timezone.now()).exclude(pk__in=busy)
    if endpoint.in_order:
        waiting = waiting.filter(Q(subject=None) | ~_earlier())
    return list(waiting.order_by("due_at", "pk").values_list("pk", flat=True)[:room])


def _earlier() -> Any:
    """Whether something of the same subject still waits that was raised before."""
    mine = WebhookDelivery.objects.filter(endpoint=OuterRef("endpoint"), subject=OuterRef("subject"))
    return Exists(mine.filter(due_at__isnull=False, pk__lt=OuterRef("pk")))
