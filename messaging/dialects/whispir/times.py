"""The vendor's times: `dd/MM/yyyy HH:mm` in the account's zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from messaging.errors import Refusal, Refused

_FORM = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4}) ([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?")


def read(text: object, zone: ZoneInfo, *, field: str) -> datetime:
    """Return the moment; raises Refused(INVALID) for a text of another form, or no such day."""
    found = _FORM.fullmatch(text.strip()) if isinstance(text, str) else None
    try:
        if found:
            day, month, year, hour, minute, second = (int(part or 0) for part in found.groups())
            moment = datetime(year, month, day, hour, minute, second, tzinfo=zone)
            moment.timestamp()  # which fails where calendars end
            return moment
    except (ValueError, OverflowError):
        pass
    raise Refused(Refusal.INVALID, f"{field} must be a time such as 31/12/2026 23:59.", field=field)


def short(moment: datetime, zone: ZoneInfo) -> str:
    """Write a moment as `28/09/12 08:48`."""
    return f"{moment.astimezone(zone):%d/%m/%y %H:%M}"


def to_milliseconds(moment: datetime) -> str:
    """Write a moment as `2018-08-14T15:52:33.015Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def with_offset(moment: datetime) -> str:
    """Write a moment as `2023-01-25T02:25:33+0000`."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}+0000"
