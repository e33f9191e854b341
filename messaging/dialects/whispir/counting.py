"""How many people answered each of some messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from operator import or_

from django.db.models import Q

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
    written = Message.objects.filter(
        account=messages[0].account_id, direction=Direction.IN, pk__gt=min(first for first, _ in ranges.values())
    )
    loose: dict[str, int] = {}  # when somebody wrote last without answering a certain message
    for pk, address, answered in written.order_by("pk").values_list(
        "pk", "recipients__address", "context__answers__message"
    ):
        if answered is None:
            loose[address] = pk
        elif lead := lead_of.get(answered):
            found.setdefault(lead, set()).add(address)
    for message_id, address in _recipients(ranges.values(), list(loose)):
        if message_id < loose[address]:
            found.setdefault(lead_of[message_id], set()).add(address)
    return found


def _recipients(ranges: Iterable[tuple[int, int]], addresses: Sequence[str]) -> Iterable[tuple[int, str]]:
    within = reduce(or_, (Q(message__gte=first, message__lt=end) for first, end in ranges))
    for start in range(0, len(addresses), _CHUNK):
        some = Recipient.objects.filter(within, address__in=addresses[start : start + _CHUNK])
        yield from some.values_list("message_id", "address")
