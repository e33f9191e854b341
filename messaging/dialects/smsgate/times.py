"""Times as the vendor's clients read and write them: RFC 3339, with three digits of a second or none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
from django.utils import timezone

from messaging.errors import Refusal, Refused


def timestamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def whole_seconds(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def utc(moment: datetime, name: str) -> datetime:
    """Return the moment in UTC, which is also what one without a zone is in; raises Refused(INVALID)."""
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:  # the first and the last day that Python knows, in another zone
        raise _invalid(name) from None


def read(text: str, name: str) -> datetime:
    """Read a moment of a query; raises Refused(INVALID)."""
    try:
        return utc(msgspec.convert(text, datetime), name)
    except msgspec.ValidationError:
        raise _invalid(name) from None


def bounded(moment: datetime) -> datetime:
    """Return the moment, or tomorrow where it is later: ids reach no further."""
    return min(moment, timezone.now() + timedelta(days=1))


def _invalid(name: str) -> Refused:
    return Refused(Refusal.INVALID, f"{name} must be a time such as 2026-01-31T09:00:00Z.", field=name)
