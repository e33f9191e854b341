"""An account's own log: what the gateway did and refused there, for the people of that account.

Lines are gathered in memory and written about once a second, so that a note costs a request nothing. Of each
account and priority a process keeps at most `MOST` a minute, and then one line that says how many were left out:
guessing passwords fills no disk, and what is told often hides no warning.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.flushing import flushing
from accounts.models import Account, JournalEntry, Priority

logger = logging.getLogger(__name__)

MOST = 20  # lines a minute
MOST_WAITING = 10_000  # lines of all accounts that are not yet written
KEPT = timedelta(days=30)
_MINUTE = timedelta(minutes=1)
_LONGEST = 255


@dataclass(slots=True)
class Minute:
    """How many lines of one priority an account has had since this minute began."""

    began: datetime
    kept: int = 0
    left_out: int = 0


class Gathering:
    """The lines of this process that are not yet written. A forked child starts with none."""

    def __init__(self) -> None:
        self.start_over()

    def start_over(self) -> None:
        self.lock = Lock()
        self.writing = Lock()  # what is taken first is written first
        self.lines: list[JournalEntry] = []
        self.minutes: dict[tuple[int, str], Minute] = {}

    def add(self, line: JournalEntry) -> None:
        key = line.account_id, line.priority
        with self.lock:
            minute = self.minutes.get(key)
            if minute is None or line.at - minute.began >= _MINUTE:
                self._close(key)
                minute = self.minutes[key] = Minute(line.at)
            if minute.kept < MOST and len(self.lines) < MOST_WAITING:
                minute.kept += 1
                self.lines.append(line)
            else:
                minute.left_out += 1

    def take(self) -> list[JournalEntry]:
        now = timezone.now()
        with self.lock:
            for key in [key for key, minute in self.minutes.items() if now - minute.began >= _MINUTE]:
                self._close(key)
            lines, self.lines = self.lines, []
        return lines

    def _close(self, key: tuple[int, str]) -> None:
        minute = self.minutes.pop(key, None)
        if minute and minute.left_out:
            account_id, priority = key
            said = f"{minute.left_out} more lines of one minute were left out"
            line = _line(account_id, priority, "journal", said, {"left_out": minute.left_out})
            line.at = minute.began + _MINUTE
            self.lines.append(line)


_gathering = Gathering()
os.register_at_fork(after_in_child=_gathering.start_over)


def note(account: Account, priority: str, module: str, message: str, **context: object) -> None:
    """Remember one line; asks the database nothing. Neither message nor context may hold a secret."""
    _gathering.add(_line(account.pk, priority, module, message, context))
    flushing.ensure()


def _line(account_id: int, priority: str, module: str, message: str, context: Mapping[str, object]) -> JournalEntry:
    return JournalEntry(
        account_id=account_id,
        at=timezone.now(),
        priority=Priority(priority),
        module=_storable(module)[:32],
        message=_storable(message),
        context={name: _plain(value) for name, value in context.items()},
    )


@flushing.add
def flush() -> None:
    """Write what was gathered. What cannot be written is dropped and logged."""
    with _gathering.writing:
        lines = _gathering.take()
        if not lines:
            return
        try:
            with transaction.atomic():
                known = set(Account.objects.filter(pk__in={x.account_id for x in lines}).values_list("pk", flat=True))
                JournalEntry.objects.bulk_create(line for line in lines if line.account_id in known)
        except Exception:
            logger.exception("%d lines of accounts' journals were not written", len(lines))


def entries(
    account: Account, *, since: datetime | None = None, until: datetime | None = None, limit: int = 100
) -> list[JournalEntry]:
    """Return the newest lines of an account's log, newest first: from `since` on, and before `until`."""
    found = JournalEntry.objects.filter(account=account)
    if since:
        found = found.filter(at__gte=since)
    if until:
        found = found.filter(at__lt=until)
    return list(found.order_by("-at", "-pk")[:limit])


def prune(limit: int) -> int:
    """Delete up to `limit` lines older than 30 days; returns how many. Rows are nearly in the order of their times."""
    oldest = JournalEntry.objects.order_by("pk").values_list("pk", "at")[:limit]
    ended = timezone.now() - KEPT
    gone = [pk for pk, at in oldest if at < ended]
    return JournalEntry.objects.filter(pk__in=gone).delete()[0]


def _plain(value: object) -> Any:
    """Return the value as the context may hold it: a number, a truth, nothing, or a text."""
    return value if value is None or isinstance(value, bool | int | float) else _storable(str(value))


def _storable(text: str) -> str:
    """Return the start of a text, without what a database refuses."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()[:_LONGEST]
