"""From a broadcast's recipients to messages, a batch at a time and no faster than its device takes them.

What waits for the device stays a short queue, so that a message sent by itself is soon on its way.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import Count, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from messaging import committer, contacts, drafting, nudging, rows, templating, wallet, webhooks
from messaging.broadcasts import figures
from messaging.drafting import Sender
from messaging.errors import Refusal, Refused
from messaging.models import Broadcast, BroadcastRecipient, Contact, OptOut, Recipient
from messaging.states import WAITING

LOWEST = -1  # the priority of a broadcast's messages: after those that are sent by themselves
LANE = "broadcasting"
LEASE = timedelta(seconds=60)
BATCH = 100  # recipients at a time: about 5 ms of the database's write lock
LEAST, MOST = 20, 500  # messages of one broadcast that may wait for their device
NO_VALUE = "contact_field_missing"
_LATELY = timedelta(seconds=2)  # twice as many may wait as went out in that time
_SOON, _LATER, _LONG = timedelta(seconds=0.1), timedelta(seconds=1), timedelta(minutes=1)
_HAS_GAPS = re.compile(rb"\{\{\s*contact\.").search
Status = Broadcast.Status


def feed_due(limit: int = BATCH) -> int:
    """Make messages for up to `limit` recipients of one due broadcast; returns how many recipients were dealt with.

    Safe to run anywhere, any number at once: a broadcast is claimed by lease, and the note of how far it is stands
    in the transaction of its messages. So a worker that dies leaves nobody out and writes to nobody twice.
    """
    due = Broadcast.objects.due(Broadcast.LIVE).select_related("account", "token", "login", "device")
    for broadcast in due:
        now = timezone.now()
        room, pause = _room(broadcast, now)
        if not room:
            Broadcast.objects.claim(broadcast, until=now + pause)
            _wake_in(pause)
        elif Broadcast.objects.claim(broadcast, until=now + LEASE) and (done := _feed(broadcast, min(room, limit))):
            return done
    return 0


def _wake_in(pause: timedelta) -> None:
    """See to it that a lane which has nothing else to do does not oversleep."""
    timer = threading.Timer(pause.total_seconds(), nudging.bell(LANE).set)
    timer.daemon = True
    timer.start()


def _room(broadcast: Broadcast, now: datetime) -> tuple[int, timedelta]:
    """Return how many more messages may wait for the device, and when to look again if there is no room."""
    if broadcast.account.suspended_at:
        return 0, _LONG
    latest = BroadcastRecipient.objects.filter(broadcast=broadcast, address__lte=broadcast.fed_to).order_by("-address")
    waits = Q(state__in=WAITING)
    seen = Recipient.objects.filter(message__in=latest.values("message")[: 2 * MOST]).aggregate(
        waiting=Count("pk", filter=waits),
        gone=Count("pk", filter=~waits & Q(message__updated_at__gte=now - _LATELY)),
    )
    most = min(max(LEAST, 2 * seen["gone"]), MOST)
    return max(0, most - seen["waiting"]), _SOON if seen["gone"] else _LATER


def _feed(broadcast: Broadcast, limit: int) -> int:
    mine = BroadcastRecipient.objects.filter(broadcast=broadcast, address__gt=broadcast.fed_to)
    waiting = list(mine.order_by("address")[:limit])
    if not waiting:
        _end_if_done(broadcast)
        return 0
    try:
        _write(broadcast, _drafted(broadcast, waiting), fed_to=waiting[-1].address)
    except Refused as refused:
        if not refused.is_passing:
            raise
        _look_again(broadcast, _LONG)
        return 0
    nudging.nudge()
    return len(waiting)


@dataclass(slots=True)
class _Drafted:
    """What becomes of some recipients: messages in a batch, in the recipients' order, or a reason why not."""

    batch: committer.Batch
    written_to: list[int] = field(default_factory=list)
    left_out: list[tuple[int, str]] = field(default_factory=list)


def _drafted(broadcast: Broadcast, waiting: Sequence[BroadcastRecipient]) -> _Drafted:
    sender, now = _sender_of(broadcast), timezone.now()
    found = _Drafted(committer.Batch(messages=[], recipients=[], counts=[]))
    wanted = [row for row in waiting if not row.error]
    bodies, limits = _Bodies(broadcast, wanted), dict[str, int]()  # one for all: what they share is checked once
    for row in wanted:
        draft = drafting.Draft(
            to=[row.address],
            kind=broadcast.kind,
            body=broadcast.content,
            channel=broadcast.channel,
            device=broadcast.device,
            priority=LOWEST,
            context={**broadcast.context, "broadcast": str(broadcast.pk)},
            is_verbatim=True,
            knows_opt_outs=True,
            limits=limits,
        )
        if reason := _add(found.batch, sender, draft, bodies, now):
            found.left_out.append((row.pk, reason))
        else:
            found.written_to.append(row.pk)
    number = len(found.written_to)
    found.batch.charge = wallet.charge_for(sender.account, number, is_sandbox=sender.is_sandbox) if number else None
    found.batch.webhooks_version = webhooks.version_that_hears(sender.account, webhooks.Kind.ACCEPTED)
    return found


def _add(batch: committer.Batch, sender: Sender, draft: drafting.Draft, bodies: _Bodies, now: datetime) -> str:
    """Put one recipient's message into the batch, or return why there is none."""
    [address] = draft.to
    if address in bodies.stopped:
        return Refusal.OPTED_OUT.value
    try:
        draft.body = bodies.of(address)
    except Refused:
        return NO_VALUE
    try:
        drafting.add(batch, sender, draft, place=len(batch.messages), now=now)
    except Refused as refused:
        if refused.is_passing:
            raise
        return refused.refusal.value
    return ""


class _Bodies:
    """What the message says to each of some people, and who of them wrote STOP since the broadcast was accepted."""

    def __init__(self, broadcast: Broadcast, waiting: Sequence[BroadcastRecipient]) -> None:
        account, addresses = broadcast.account, [row.address for row in waiting]
        self._content: dict[str, Any] = broadcast.content
        self._has_gaps = bool(_HAS_GAPS(msgspec.json.encode(self._content)))
        self._people: dict[str, Contact] = _people(broadcast, addresses) if self._has_gaps else {}
        stopped = OptOut.objects.filter(account=account, address__in=addresses) if account.has_opt_outs else None
        self.stopped = frozenset(stopped.values_list("address", flat=True)) if stopped is not None else frozenset()

    def of(self, address: str) -> dict[str, Any]:
        """Return the content for one address; raises Refused where its contact lacks what stands in a gap."""
        if not self._has_gaps:
            return self._content
        return templating.personalised([self._content], self._people.get(address))[0]


def _people(broadcast: Broadcast, addresses: list[str]) -> dict[str, Contact]:
    """Return whose names stand in the gaps: of a segment's workspace, if it has one."""
    workspace = broadcast.segment.workspace_id if broadcast.segment else None
    return contacts.by_addresses(broadcast.account, addresses, workspace=workspace)


def _sender_of(broadcast: Broadcast) -> Sender:
    """Return who sent it, as when it was accepted; its messages were counted against the day then."""
    return Sender(
        account=broadcast.account,
        dialect=broadcast.dialect,
        key="",
        token=broadcast.token,
        login=broadcast.login,
        is_sandbox=broadcast.is_sandbox,
    )


def _write(broadcast: Broadcast, drafted: _Drafted, *, fed_to: str) -> None:
    """Write the messages and how far the broadcast is; nothing if it was cancelled, or another worker was quicker."""
    now = timezone.now()
    with transaction.atomic():
        as_it_was = Broadcast.objects.filter(pk=broadcast.pk, status__in=Broadcast.LIVE, fed_to=broadcast.fed_to)
        started_at = Coalesce("started_at", now)
        if not as_it_was.update(status=Status.IN_PROGRESS, fed_to=fed_to, due_at=now, started_at=started_at):
            return
        committer.write([drafted.batch])
        first = drafted.batch.first_id
        marked = [[pk, first + place] for place, pk in enumerate(drafted.written_to)]
        rows.update(BroadcastRecipient, ("message",), marked)
        rows.update(BroadcastRecipient, ("error",), drafted.left_out)


def _end_if_done(broadcast: Broadcast) -> None:
    """Everybody has their message: the broadcast is over once none of them waits any more."""
    now, counted = timezone.now(), figures.count(broadcast)
    if counted.waiting:
        since = now - (broadcast.started_at or now)
        _look_again(broadcast, min(max(since / 10, _SOON), _LONG))
        return
    at_work = Broadcast.objects.filter(pk=broadcast.pk, status=Status.IN_PROGRESS, fed_to=broadcast.fed_to)
    status = Status.COMPLETED if counted.sent else Status.FAILED
    at_work.update(status=status, finished_at=now, due_at=now + figures.SETTLED_AFTER)


def _look_again(broadcast: Broadcast, pause: timedelta) -> None:
    Broadcast.objects.filter(pk=broadcast.pk, status__in=Broadcast.LIVE).update(due_at=timezone.now() + pause)
