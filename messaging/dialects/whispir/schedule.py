"""When a message is to be sent: at once, at its time, or at its time and so often again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Account
from messaging.dialects.whispir import fields, times
from messaging.errors import Refusal, Refused

MOST_REPEATS = 100
FURTHEST = timedelta(days=366)
_REPEATS = ("repetitionCount", "repeatDays", "repeatHrs", "repeatMin")
_FIELDS = ("messageType", "scheduleType", "scheduleDate", *_REPEATS)


def without(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return the message as it is once its time has come."""
    return {name: value for name, value in payload.items() if name not in _FIELDS}


def repeats(payload: Mapping[str, Any]) -> dict[str, int]:
    """Return how often, and how long between; raises Refused."""
    return {name: _count(payload.get(name), name) for name in _REPEATS}


def _count(value: object, name: str) -> int:
    if value in (None, ""):
        return 0
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise Refused(Refusal.INVALID, f"{name} must be a whole number.", field=name)
    return int(text)


def moments(payload: Mapping[str, Any], account: Account) -> list[datetime | None]:
    """Return when the message is to be sent: once now (None), or at its time and so often again; raises Refused."""
    asked = repeats(payload)
    schedule = fields.choice(payload, "scheduleType", ("ONCE", "REPEAT"), usual="ONCE")
    fields.text(payload, "scheduleDate")
    if fields.text(payload, "messageType").upper() != "SCHEDULED":
        return [None]
    begin = times.read(payload.get("scheduleDate"), account.zone, field="scheduleDate")
    now = timezone.now()
    if begin < now - timedelta(minutes=1):
        raise Refused(Refusal.IN_THE_PAST, "scheduleDate has passed.", field="scheduleDate")
    often = max(1, asked["repetitionCount"]) if schedule == "REPEAT" else 1
    pause = timedelta(days=asked["repeatDays"], hours=asked["repeatHrs"], minutes=asked["repeatMin"])
    if often > MOST_REPEATS or (often > 1 and not pause) or begin - now + often * pause > FURTHEST:
        why = f"A message is repeated at most {MOST_REPEATS} times, within {FURTHEST.days} days, with time between."
        raise Refused(Refusal.INVALID, why, field="repetitionCount")
    return [begin + number * pause for number in range(often)]
