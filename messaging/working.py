"""The due functions, in one list: what an engine (the worker's loop, a test, a queue) runs."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.db import connection
from django.utils import timezone

from messaging.delivery import deliver_due
from messaging.models import IdempotencyKey

log = logging.getLogger(__name__)


def prune(limit: int = 1000) -> int:
    """Forget up to `limit` idempotency keys whose time is over; returns how many."""
    over = IdempotencyKey.objects.filter(expires_at__lte=timezone.now())
    some = list(over.order_by("expires_at").values_list("pk", flat=True)[:limit])
    return over.filter(pk__in=some).delete()[0]  # one that was taken anew meanwhile stays


# Each with how often, in seconds, it is worth asking when there was nothing to do.
DUE: list[tuple[Callable[[], int], float]] = [(deliver_due, 0.0), (prune, 60.0)]
_idle_until: dict[str, float] = {}


def run_due() -> int:
    """Run each due function whose time has come once; returns how much was done.

    A failure is logged, not raised.
    """
    done = 0
    for function, pause in DUE:
        if _idle_until.get(function.__name__, 0.0) > time.monotonic():
            continue
        try:
            count = function()
        except Exception:
            log.exception("%s failed", function.__name__)
            connection.close_if_unusable_or_obsolete()
            count = 0
            _idle_until[function.__name__] = time.monotonic() + 1.0
        done += count
        if not count and pause:
            _idle_until[function.__name__] = time.monotonic() + pause
    return done
