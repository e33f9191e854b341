"""Letters about rows whose `notice` says what is to be told: claimed by lease, and done once they were sent.

So each is sent at least once: what a worker that dies was about to send is due again when its lease ends.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TypeAlias

from django.db.models import Case, F, Q, Value, When
from django.db.models.expressions import Combinable
from django.utils import timezone

from messaging.models import Alert, WebhookEndpoint

LEASE = timedelta(minutes=2)  # a mail server is waited for 10 seconds at each of its answers
Row: TypeAlias = Alert | WebhookEndpoint


def due() -> Q:
    """Return what finds the rows that are to be told of, and that nobody tells of now."""
    return ~Q(notice="") & (Q(telling_until=None) | Q(telling_until__lt=timezone.now()))


def take(row: Row) -> bool:
    """Take a row for this worker; False if another took it, or if something else is to be told by now."""
    mine = type(row)._base_manager.filter(due(), pk=row.pk, notice=row.notice)
    row.telling_until = timezone.now() + LEASE
    return mine.update(telling_until=row.telling_until) == 1


def give_back(row: Row) -> None:
    """Let a row that could not be told of be due again."""
    _end(row, notice=F("notice"))


def finish(row: Row) -> None:
    """Note that a row was told of. What became of it meanwhile is still to be told."""
    _end(row, notice=Case(When(notice=row.notice, then=Value("")), default=F("notice")))


def _end(row: Row, *, notice: Combinable) -> None:
    mine = type(row)._base_manager.filter(pk=row.pk, telling_until=row.telling_until)
    mine.update(telling_until=None, notice=notice)
