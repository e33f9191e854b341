"""The due functions, in lanes: what an engine (the worker's loops, a test, a queue) runs."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence

from django.db import connection
from django.utils import timezone

from accounts import journal
from messaging import alerting, beside, broadcasts
from messaging.broadcasts import discard_due, feed_due, settle_due
from messaging.contacts import queueing
from messaging.delivery import deliver_due
from messaging.media import fetch_due, prune_media
from messaging.models import IdempotencyKey
from messaging.templating import approve_due
from messaging.verifying import blank_due
from messaging.webhooks import posting
from messaging.webhooks.notices import send_notices
from messaging.webhooks.pruning import prune_webhooks
from tokens.issuing import prune_access

log = logging.getLogger(__name__)


def prune(limit: int = 1000) -> int:
    """Forget up to `limit` each of idempotency keys, JWTs and journal lines whose time is over; returns how many."""
    over = IdempotencyKey.objects.filter(expires_at__lte=timezone.now())
    some = list(over.order_by("expires_at").values_list("pk", flat=True)[:limit])
    keys = over.filter(pk__in=some).delete()[0]  # one that was taken anew meanwhile stays
    return keys + prune_access(limit) + journal.prune(limit)


Due = tuple[Callable[[], int], float]  # with how often, in seconds, it is worth asking when there was nothing to do
DELIVERING = "delivering"
FETCHERS = 4  # files at links that are fetched at once, each of which may take its time
# What waits for others (a slow host, a large list) has a lane of its own, so that it delays no delivery.
LANES: Mapping[str, Sequence[Due]] = {
    DELIVERING: [(deliver_due, 0.0)],
    **{f"fetching {number}": [(fetch_due, 1.0)] for number in range(FETCHERS)},
    broadcasts.LANE: [(feed_due, 0.05), (discard_due, 10.0), (settle_due, 60.0)],
    queueing.LANE: [(queueing.import_due, 1.0), (queueing.prune_imports, 600.0)],
    posting.LANE: [(posting.post_due, 0.0)],
    alerting.LANE: [(alerting.watch, alerting.EVERY), (alerting.prune_alerts, 600.0)],
    "mailing": [(send_notices, 10.0), (alerting.send_letters, 5.0)],
    "tidying": [(approve_due, 1.0), (prune, 60.0), (prune_media, 60.0), (prune_webhooks, 60.0), (blank_due, 5.0)],
}
# What a lane does at its end.
CLOSING: Mapping[str, Callable[[], None]] = {posting.LANE: posting.close, DELIVERING: beside.close}
_idle_until: dict[str, float] = {}


def run_due(lane: str | None = None) -> int:
    """Run each due function of the lane (of all lanes) whose time has come once; returns how much was done.

    A failure is logged, not raised.
    """
    lanes = LANES.values() if lane is None else [LANES[lane]]
    return sum(_run(function, pause) for functions in lanes for function, pause in functions)


def _run(function: Callable[[], int], pause: float) -> int:
    name = function.__name__
    if _idle_until.get(name, 0.0) > time.monotonic():
        return 0
    try:
        count = function()
    except Exception:
        log.exception("%s failed", name)
        connection.close_if_unusable_or_obsolete()
        _idle_until[name] = time.monotonic() + 1.0
        return 0
    if not count and pause:
        _idle_until[name] = time.monotonic() + pause
    return count
