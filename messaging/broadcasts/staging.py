"""A broadcast's recipients, before it is accepted: written in short transactions, so that others write between them.

Until the broadcast is accepted nobody sees it and nothing is sent. What was refused, or broke off, is taken away again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

from messaging import contacts, ids, rows
from messaging.broadcasts import caps
from messaging.broadcasts.drafts import AddressList
from messaging.models import Broadcast, BroadcastRecipient, OptOut, Segment

CHUNK = 500  # recipients in one transaction: about 5 ms of the database's write lock
LEFT_ALONE = timedelta(minutes=10)  # after it was begun a broadcast that is still being written is given up
OPTED_OUT = "opted_out"
_SHARE = 0.5  # of the time that writing took, left to others
_COLUMNS = ("id", "broadcast", "address", "error")
_ONCE = "ON CONFLICT (broadcast_id, address) DO NOTHING"
Status = Broadcast.Status


def write(broadcast: Broadcast, recipients: AddressList | Segment) -> None:
    """Write the recipients, each address once, and count them on the broadcast (in memory).

    Raises Denied(PLAN) as soon as there are more than the plan allows.
    """
    for addresses in _chunks(recipients):
        began = time.monotonic()
        stopped = _opted_out(broadcast, addresses)
        unique = sorted(set(addresses))  # in the order of their index
        first = ids.new_ids(len(unique))
        values = [
            [first + place, broadcast.pk, address, OPTED_OUT if address in stopped else ""]
            for place, address in enumerate(unique)
        ]
        broadcast.total += rows.insert(BroadcastRecipient, _COLUMNS, values, conflict=_ONCE)
        caps.check_number(broadcast.account, broadcast.total)
        time.sleep((time.monotonic() - began) * _SHARE)
    if broadcast.account.has_opt_outs:
        left_out = BroadcastRecipient.objects.filter(broadcast=broadcast).exclude(error="")
        broadcast.skipped = left_out.count()


def _chunks(recipients: AddressList | Segment) -> Iterator[list[str]]:
    if isinstance(recipients, AddressList):
        yield from recipients.chunks(CHUNK)
        return
    for chunk in contacts.addresses_in(recipients):
        if addresses := [address for address in chunk if address]:
            yield addresses


def _opted_out(broadcast: Broadcast, addresses: list[str]) -> frozenset[str]:
    if not broadcast.account.has_opt_outs:
        return frozenset()
    stopped = OptOut.objects.filter(account=broadcast.account_id, address__in=addresses)
    return frozenset(stopped.values_list("address", flat=True))


def discard(broadcast: Broadcast) -> None:
    """Take a broadcast that was not accepted away with its recipients, a short statement at a time."""
    Broadcast.objects.filter(pk=broadcast.pk, status=Status.RECEIVING).update(status=Status.DISCARDED)
    while _discard_some(broadcast, CHUNK):
        pass


def discard_due(limit: int = CHUNK) -> int:
    """Take away up to `limit` rows of broadcasts whose request broke off; returns how many."""
    Broadcast.objects.due([Status.RECEIVING]).update(status=Status.DISCARDED)
    broken_off = Broadcast.objects.due([Status.DISCARDED]).first()
    return _discard_some(broken_off, limit) if broken_off else 0


def _discard_some(broadcast: Broadcast, limit: int) -> int:
    """Delete some of the recipients, or the broadcast itself once it has none; return how many rows went."""
    mine = BroadcastRecipient.objects.filter(broadcast=broadcast)
    some = list(mine.order_by("address").values_list("pk", flat=True)[:limit])
    if some:
        return mine.filter(pk__in=some).delete()[0]
    return Broadcast.objects.filter(pk=broadcast.pk, status=Status.DISCARDED).delete()[0]
