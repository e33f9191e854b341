"""The two reports: today's numbers of one device, and the numbers that could not be reached."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Count, Sum
from django.utils import timezone

from accounts.models import Account
from messaging.dialects.whatsgate.serializers import FAILED, PENDING, STATES, SUCCESSFUL
from messaging.errors import Refusal, Refused
from messaging.ids import first_at, time_of
from messaging.models import Device, Direction, Message, Recipient, UsageDay
from messaging.states import State
from tokens.authentication import Caller

UNLIMITED = 2**31 - 1  # a plan without a daily limit, where the vendor's programs expect a number
MOST_ROWS = 1000
DAY = timedelta(days=1)


def balance(caller: Caller, device: Device) -> dict[str, int]:
    """Return what the credential may still send today, and what became of today's messages of the device."""
    account = caller.account
    today = Recipient.objects.filter(
        message__account=account,
        message__pk__gte=first_at(account.day_start()),
        message__device=device,
        message__direction=Direction.OUT,
    )
    found: Counter[str] = Counter()
    for state, number in today.values_list("state").annotate(Count("pk")).order_by("state"):
        found[STATES[State(state)]] += number
    return {
        "remaining": _remaining(caller),
        "successful_count": found[SUCCESSFUL],
        "pending": found[PENDING],
        "failed": found[FAILED],
    }


def _remaining(caller: Caller) -> int:
    limit = caller.account.plan.messages_per_day
    if limit is None:
        return UNLIMITED
    day = timezone.now().astimezone(caller.account.zone).date()
    mine = UsageDay.objects.filter(account=caller.account, day=day, token_ref=caller.token.pk if caller.token else 0)
    return max(0, limit - (mine.aggregate(Sum("accepted"))["accepted__sum"] or 0))


def read_days(since: str | None, until: str | None) -> tuple[datetime | None, datetime | None]:
    """Return the beginning of the first day and the end of the last, in UTC; raises Refused(INVALID)."""
    first, last = _day(since, "from"), _day(until, "to")
    if first and last and last <= first:
        raise Refused(Refusal.INVALID, "The to date must be a date after from.", field="query.to")
    return _midnight(first), _midnight(last, DAY)


def _day(text: str | None, name: str) -> date | None:
    if not text:
        return None
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise Refused(Refusal.INVALID, f"The {name} is not a valid date.", field=f"query.{name}")


def _midnight(day: date | None, later: timedelta = timedelta()) -> datetime | None:
    """Return the day's first moment; nothing lies after tomorrow, where ids would not reach."""
    if day is None:
        return None
    tomorrow = timezone.now().astimezone(UTC).date() + DAY
    return datetime.combine(min(day, tomorrow) + later, time(), UTC)


def failed_numbers(
    account: Account, device: Device | None, since: datetime | None, until: datetime | None
) -> list[dict[str, str]]:
    """Return the newest numbers that could not be reached, with the time their message was accepted."""
    messages = Message.objects.for_account(account).made_between(since, until).filter(direction=Direction.OUT)
    if device:
        messages = messages.filter(device=device)
    failed = [state for state, word in STATES.items() if word == FAILED]
    rows = Recipient.objects.filter(message__in=messages, state__in=failed).order_by("-message_id", "-pk")
    return [
        {"number": address.lstrip("+"), "date": f"{time_of(id):%Y-%m-%dT%H:%M:%SZ}"}
        for address, id in rows.values_list("address", "message_id")[:MOST_ROWS]
    ]
