"""What comes back: delivery reports and inbound messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import Account
from messaging import answering, ids, rows, timeline, usage, webhooks
from messaging import content as contents
from messaging.committer import MESSAGE, RECIPIENT
from messaging.models import Device, Direction, Message, OptOut, Recipient, TimelineEntry
from messaging.states import State
from messaging.transport import Report

STOP = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit"})
START = frozenset({"start", "unstop", "yes"})


def record_reports(reports: Sequence[Report]) -> None:
    """Write reports that arrived from outside. Late, doubled and out-of-order ones are noted and change nothing."""
    timeline.record(
        [timeline.Step(r.recipient_id, r.state, code=r.code, detail=r.detail, is_report=True) for r in reports]
    )


def record_inbound(*, device: Device, sender: str, kind: str, content: dict[str, Any], channel: str) -> int:
    """Store a message that a device received, with what it answers; obey STOP and START; return its id."""
    account, now, id = device.account, timezone.now(), ids.new_ids()
    text = contents.summary(kind, content)
    answered = answering.find(device, sender, text)
    context = {"answers": answered.context} if answered else {}
    values = [
        id, account.pk, None, None, device.pk, "", channel, Direction.IN, kind, content, context, State.RECEIVED, 0,
        None, None, now, None,
    ]  # fmt: skip
    with transaction.atomic():
        rows.insert(Message, MESSAGE, [values])
        rows.insert(Recipient, RECIPIENT, [[id, id, sender, State.RECEIVED, None, False]])
        usage.add([usage.Count(account.pk, now.astimezone(account.zone).date(), 0, device.pk, "", "received")])
        _obey(account, sender, text, message_id=id)
        webhooks.raise_event(
            account.pk,
            webhooks.Kind.RECEIVED,
            device=device,
            message_id=id,
            recipient_id=id,
            channel=channel,
            message_kind=kind,
            named_id=answered.endpoint_id if answered else None,
        )
    return id


def _obey(account: Account, sender: str, text: str, *, message_id: int) -> None:
    word = text.strip().strip(".!").lower()
    if word in STOP:
        OptOut.objects.get_or_create(account=account, address=sender)
        Account.objects.filter(pk=account.pk).update(has_opt_outs=True)
        detail = "This person gets no more messages until they write START."
        TimelineEntry.objects.create(message_id=message_id, at=timezone.now(), event="opted_out", detail=detail)
    elif word in START and OptOut.objects.filter(account=account, address=sender).delete()[0]:
        detail = "This person may be written to again."
        TimelineEntry.objects.create(message_id=message_id, at=timezone.now(), event="opted_in", detail=detail)
