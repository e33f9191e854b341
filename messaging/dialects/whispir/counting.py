"""How many people answered each of some messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet

from messaging import answering
from messaging.dialects.whispir import parts
from messaging.models import Direction, Message, Recipient

_AT_ONCE = 50  # messages, each of them a range of ids in a query
_CHUNK = 500  # addresses in a query


def answers_to(messages: Sequence[Message]) -> Mapping[int, int]:
    """Return by the ids of these messages of one account how many people answered them, where anybody did.

    Somebody answers a message by what is sorted as its answer, or writes after it where nothing waited for an answer.
    """
    counts: dict[int, int] = {}
    for start in range(0, len(messages), _AT_ONCE):
        some = messages[start : start + _AT_ONCE]
        counts.update({id: len(people) for id, people in _people(some).items()})
    return counts


def _people(messages: Sequence[Message]) -> dict[int, set[str]]:
    ranges = {message.pk: parts.range_of(message) for message in messages if message.direction == Direction.OUT}
    found: dict[int, set[str]] = {}
    if not ranges:
        return found
    lead_of = {id: lead for lead, ids in ranges.items() for id in range(*ids)}
    within = _within(ranges.values())
    written = answering.written(messages[0].account_id, after=min(first for first, _ in ranges.values())).filter(
        address__in=within.order_by().values("address")
    )
    loose: dict[str, int] = {}  # when somebody wrote last without answering a certain message
    for pk, address, answered in written.order_by("pk").values_list(
        "message_id", "address", "message__context__answers__message"
    ):
        if answered is None:
            loose[address] = pk
        elif lead := lead_of.get(answered):
            found.setdefault(lead, set()).add(address)
    addresses = list(loose)
    for start in range(0, len(addresses), _CHUNK):
        some = within.filter(address__in=addresses[start : start + _CHUNK])
        for message_id, address in some.values_list("message_id", "address"):
            if message_id < loose[address]:
                found.setdefault(lead_of[message_id], set()).add(address)
    return found


def _within(ranges: Iterable[tuple[int, int]]) -> QuerySet[Recipient]:
    return Recipient.objects.filter(reduce(or_, (Q(message__gte=first, message__lt=end) for first, end in ranges)))
