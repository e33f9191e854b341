"""`GET /messages`: filters, order, and how many there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Exists, OuterRef, Q, Sum

from accounts.models import Account
from messaging import checked_ids as ids
from messaging.dialects.smsgate import query
from messaging.dialects.smsgate.query import Query
from messaging.dialects.smsgate.serializers import (
    CANCELLED,
    CANCELLING,
    DELIVERED,
    FAILED,
    PENDING,
    PROCESSED,
    SENT,
    shown,
)
from messaging.models import Direction, Message, MessageQuerySet, Recipient, UsageDay
from messaging.states import State

MOST = 100
EXACT = 10_000  # matches that are counted one by one

_FAILED, _DELIVERED = (State.FAILED, State.EXPIRED), (State.DELIVERED, State.READ)


def _some(*states: State) -> Exists:
    return Exists(Recipient.objects.filter(message=OuterRef("pk"), state__in=states))


# The vendor's states of a message (`serializers.together`), said of the core's: that is the least advanced of its
# recipients' unless all of them ended badly.
_HAS_CANCELLED = _some(State.CANCELLED)
_HAS_FAILED = _some(*_FAILED)
_WHERE: Mapping[str, Q] = {
    PENDING: Q(state=State.ACCEPTED),
    CANCELLING: Q(pk__in=[]),
    CANCELLED: ~Q(state=State.ACCEPTED) & Q(_HAS_CANCELLED),
    PROCESSED: Q(state=State.PROCESSING) & ~Q(_HAS_CANCELLED),
    SENT: (Q(state=State.SENT) | (Q(state__in=_DELIVERED) & Q(_HAS_FAILED))) & ~Q(_HAS_CANCELLED),
    DELIVERED: Q(state__in=_DELIVERED) & ~Q(_HAS_FAILED) & ~Q(_HAS_CANCELLED),
    FAILED: Q(state__in=_FAILED) & ~Q(_HAS_CANCELLED),
}


def page(account: Account, asked: Query) -> tuple[list[dict[str, Any]], int]:
    """Return one page of the messages that were sent, and how many there are; raises Refused."""
    limit, offset = query.page(asked, most=MOST)
    order = query.choice(asked, "sort", ("created_at", "-created_at"), "-created_at")
    found = _filtered(account, asked)
    rows = found.order_by(order.replace("created_at", "pk"))[offset : offset + limit]
    rows = rows.select_related("device").prefetch_related("recipients", "timeline")
    with_content = query.flag(asked, "includeContent")
    return [shown(message, with_content=with_content) for message in rows], total(found, account, asked)


def _filtered(account: Account, asked: Query) -> MessageQuerySet:
    found = Message.objects.for_account(account).filter(direction=Direction.OUT).made_between(*query.between(asked))
    if state := query.choice(asked, "state", list(_WHERE)):
        found = found.filter(_WHERE[state])
    return of_device(found, asked)


def of_device(found: MessageQuerySet, asked: Query) -> MessageQuerySet:
    """Return those of the device that was asked for; none where there is no such device."""
    if rendered := asked.get("deviceId"):
        found = found.filter(device=ids.read("device", rendered) or 0)
    return found


def total(found: MessageQuerySet, account: Account, asked: Query, *, what: str = "accepted") -> int:
    """Return how many there are: exactly up to 10,000, above that what the days' counters say of recipients."""
    exact = found.order_by()[: EXACT + 1].count()
    if exact <= EXACT:
        return exact
    days = UsageDay.objects.filter(account=account)
    since, until = query.between(asked)
    if since:
        days = days.filter(day__gte=since.astimezone(account.zone).date())
    if until:
        days = days.filter(day__lte=until.astimezone(account.zone).date())
    if rendered := asked.get("deviceId"):
        days = days.filter(device_ref=ids.read("device", rendered) or 0)
    return max(exact, days.aggregate(all=Sum(what))["all"] or 0)
