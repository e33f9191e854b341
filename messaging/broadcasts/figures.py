"""How far a broadcast is and what became of it, counted from its recipients' own states."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from messaging import ids
from messaging.broadcasts.staging import OPTED_OUT
from messaging.models import Broadcast, BroadcastRecipient, Message, Recipient, TimelineEntry
from messaging.states import WAITING, State
from tokens.quotas import Unanswered

SETTLED_AFTER = timedelta(days=7)  # after its end: replies and late reports count until then
_USUAL_PACE = 50  # messages a second
_WORTH_KEEPING = 0.02  # seconds: what took longer to count is shown again for a while,
_KEPT_FOR = 20  # times as long
_KEPT_AT_MOST = 60.0
Found = TypeVar("Found")
_ARRIVED = (State.SENT, State.DELIVERED, State.READ)


@dataclass(frozen=True, slots=True)
class Progress:
    """People, each counted once. Who was read to was also delivered to, and who was delivered to was also sent to."""

    total: int
    skipped: int = 0
    waiting: int = 0
    sent: int = 0
    delivered: int = 0
    read: int = 0
    failed: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)  # of the failed, by code
    details: Mapping[str, str] = field(default_factory=dict)  # what was said of one of them, by code

    @property
    def addressed(self) -> int:
        return self.total - self.skipped

    @property
    def done(self) -> int:
        return self.sent + self.failed + self.skipped

    @property
    def percent(self) -> float:
        return percentage(self.done, self.total)


@dataclass(frozen=True, slots=True)
class Analytics:
    """What became of those it was sent to. The average is in milliseconds, None before anything was delivered."""

    progress: Progress
    replied: int = 0
    average_delivery_ms: int | None = None

    @property
    def delivery_rate(self) -> float:
        return percentage(self.progress.delivered, self.progress.sent)

    @property
    def read_rate(self) -> float:
        return percentage(self.progress.read, self.progress.sent)

    @property
    def reply_rate(self) -> float:
        return percentage(self.replied, self.progress.sent)


def percentage(part: int, whole: int) -> float:
    """Return the part in percent, to a tenth; 100 only of all of it."""
    if not whole:
        return 0.0
    return 100.0 if part >= whole else min(99.9, round(part / whole * 100, 1))


def progress(broadcast: Broadcast) -> Progress:
    """Return how far the broadcast is; a count that takes long may be some seconds old."""
    if broadcast.figures:
        return _settled(broadcast.figures).progress
    return _kept(f"broadcast:{broadcast.pk}:progress", lambda: count(broadcast))


def analytics(broadcast: Broadcast) -> Analytics:
    """Return what became of the broadcast; a count that takes long may be some seconds old."""
    if broadcast.figures:
        return _settled(broadcast.figures)
    return _kept(f"broadcast:{broadcast.pk}:analytics", lambda: analyse(broadcast))


def expected_end(broadcast: Broadcast) -> datetime:
    """Return when a broadcast may be through, by a guess that stays the same."""
    start = broadcast.scheduled_at or broadcast.created_at
    return start + timedelta(seconds=max(1.0, broadcast.addressed / _USUAL_PACE))


def _kept(key: str, find: Callable[[], Found]) -> Found:
    try:
        known: Found | None = cache.get(key)
    except Unanswered:
        return find()
    if known is not None:
        return known
    began = time.monotonic()
    found = find()
    took = time.monotonic() - began
    if took > _WORTH_KEEPING:
        with suppress(Unanswered):
            cache.set(key, found, min(took * _KEPT_FOR, _KEPT_AT_MOST))
    return found


def count(broadcast: Broadcast) -> Progress:
    """Count the recipients by what became of them."""
    if broadcast.status in Broadcast.NOT_BEGUN or not broadcast.fed_to:
        return Progress(broadcast.total, skipped=broadcast.skipped, waiting=broadcast.addressed)
    mine = BroadcastRecipient._meta.db_table
    statement = f"""
        SELECT r.state, b.error, COALESCE(r.error, ''), count(*), max(r.error_detail) FROM {mine} b
        LEFT JOIN {Recipient._meta.db_table} r ON r.message_id = b.message_id
        WHERE b.broadcast_id = %s GROUP BY 1, 2, 3"""  # noqa: S608  the tables' own names
    with connection.cursor() as cursor:
        cursor.execute(statement, [broadcast.pk])
        return _summed(broadcast, cursor.fetchall())


def _summed(broadcast: Broadcast, found: list[tuple[str | None, str, str, int, str | None]]) -> Progress:
    states, reasons, skipped, details = Counter[str](), Counter[str](), 0, dict[str, str]()
    for state, left_out, error, number, detail in found:
        if OPTED_OUT in (left_out, error):  # before it became a message, or while that waited
            skipped += number
        elif state in _ARRIVED or state in WAITING:
            states[state] += number
        elif code := left_out or error or state:
            reasons[code] += number
            details[code] = detail or ""
    sent, failed = sum(states[state] for state in _ARRIVED), reasons.total()
    return Progress(
        total=broadcast.total,
        skipped=skipped,
        waiting=broadcast.total - skipped - sent - failed,
        sent=sent,
        delivered=states[State.DELIVERED] + states[State.READ],
        read=states[State.READ],
        failed=failed,
        reasons=dict(reasons.most_common()),
        details=details,
    )


def analyse(broadcast: Broadcast) -> Analytics:
    if not broadcast.started_at:
        return Analytics(count(broadcast))
    return Analytics(count(broadcast), _replied(broadcast), _average_delivery_ms(broadcast))


def _replied(broadcast: Broadcast) -> int:
    """Count the recipients who wrote after they got their message, until the broadcast is settled."""
    since = ids.first_at(broadcast.started_at or broadcast.created_at)
    until = ids.first_at((broadcast.finished_at or timezone.now()) + SETTLED_AFTER)
    statement = f"""
        SELECT count(DISTINCT b.id) FROM {Message._meta.db_table} m
        JOIN {Recipient._meta.db_table} r ON r.message_id = m.id
        JOIN {BroadcastRecipient._meta.db_table} b ON b.broadcast_id = %s AND b.address = r.address
        WHERE m.account_id = %s AND m.id > %s AND m.id < %s AND m.direction = 'in' AND m.id > b.message_id
        """  # noqa: S608  the tables' own names
    with connection.cursor() as cursor:
        cursor.execute(statement, [broadcast.pk, broadcast.account_id, since, until])
        return int(cursor.fetchone()[0])


def _average_delivery_ms(broadcast: Broadcast) -> int | None:
    """Return how long it took, on the average, from a recipient's message to the report that it had arrived."""
    made = ids.milliseconds_sql("b.message_id")
    statement = f"""
        SELECT avg({_milliseconds("t.at")} - {made}) FROM {BroadcastRecipient._meta.db_table} b
        JOIN {TimelineEntry._meta.db_table} t ON t.message_id = b.message_id AND t.event = %s
        WHERE b.broadcast_id = %s"""  # noqa: S608  the tables' own names
    with connection.cursor() as cursor:
        cursor.execute(statement, [State.DELIVERED, broadcast.pk])
        [average] = cursor.fetchone()
    return None if average is None else max(0, round(average))


def _milliseconds(column: str) -> str:
    """Return SQL for a time in Unix milliseconds."""
    if connection.vendor == "sqlite":
        return f"(julianday({column}) - 2440587.5) * 86400000.0"
    return f"extract(epoch FROM {column}) * 1000"


def settle_due(limit: int = 10) -> int:
    """Write down what became of up to `limit` broadcasts from which nothing more is expected; returns how many."""
    some = list(Broadcast.objects.due(Broadcast.OVER)[:limit])
    for broadcast in some:
        Broadcast.objects.filter(pk=broadcast.pk).update(figures=asdict(analyse(broadcast)), due_at=None)
    return len(some)


def _settled(figures: Mapping[str, Any]) -> Analytics:
    return Analytics(**{**figures, "progress": Progress(**figures["progress"])})
