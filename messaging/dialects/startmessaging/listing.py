"""`GET /v1/messages`: filters, and pages that are followed by a cursor."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any

from django.utils.dateparse import parse_date, parse_datetime

from accounts.models import Account
from messaging import ids, numbers
from messaging.dialects.startmessaging.serializers import STATES, shown
from messaging.errors import Refusal, Refused
from messaging.models import Message, MessageQuerySet

USUAL, MOST = 50, 100


def page(account: Account, query: Mapping[str, str]) -> dict[str, Any]:
    """Return one page of the account's messages, the newest first; raises Refused for a filter it cannot read."""
    limit = _limit(query.get("limit", ""))
    wanted = _filtered(account, query).select_related("device").prefetch_related("recipients")
    found = list(wanted[: limit + 1])
    more = len(found) > limit
    return {
        "data": [shown(message) for message in found[:limit]],
        "next_cursor": ids.to_base62(found[limit - 1].pk) if more else None,
    }


def _filtered(account: Account, query: Mapping[str, str]) -> MessageQuerySet:
    messages = Message.objects.for_account(account)
    if status := query.get("status"):
        messages = messages.filter(state__in=_states(status))
    if to := query.get("to"):
        messages = messages.filter(recipients__address=numbers.msisdn(to, region=account.default_region))
    if since := query.get("from_date"):
        messages = messages.made_between(_moment(since))
    if cursor := query.get("cursor"):
        messages = messages.filter(pk__lt=_place(cursor))
    return messages


def _limit(text: str) -> int:
    if not text:
        return USUAL
    if not (text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= MOST):
        raise _invalid("limit", f"a number from 1 to {MOST}")
    return int(text)


def _states(word: str) -> list[str]:
    states = [state.value for state, said in STATES.items() if said == word]
    if not states:
        raise _invalid("status", f"one of {', '.join(dict.fromkeys(STATES.values()))}")
    return states


def _moment(text: str) -> datetime:
    """Read a day or a moment; without an offset it is UTC."""
    try:
        moment, day = parse_datetime(text), parse_date(text)
    except ValueError:  # well written, but no such day
        moment = day = None
    if day:
        moment = datetime.combine(day, time())
    if moment is None:
        raise _invalid("from_date", "a date such as 2026-01-15 or 2026-01-15T10:30:00Z")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _place(cursor: str) -> int:
    place = ids.from_base62(cursor)
    if place is None:
        raise _invalid("cursor", "the next_cursor of an earlier answer")
    return place


def _invalid(field: str, must_be: str) -> Refused:
    return Refused(Refusal.INVALID, f"{field} must be {must_be}.", field=field)
