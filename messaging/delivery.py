"""The due function that hands waiting recipients to their transports and asks what became of the sent ones."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

from django.db import transaction
from django.utils import timezone

from messaging import receiving, timeline, transport
from messaging.models import Device, Message, Recipient
from messaging.states import State
from messaging.timeline import Step
from messaging.transport import Outgoing, Reply, TransportError

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=60)
BATCH = 100  # recipients at a time: about 5 ms of the database's write lock
RETRY_AFTER = [timedelta(seconds=s) for s in (2, 10, 60, 300, 1800)]


def deliver_due(limit: int = BATCH) -> int:
    """Work on up to `limit` recipients whose time has come; returns how many there were.

    Safe to run anywhere, any number at once: rows are claimed by lease, and a worker that dies gives
    them back when the lease ends.
    """
    claimed = Recipient.objects.claim(limit=limit, lease=LEASE)
    if not claimed:
        return 0
    done = [_work(row) for row in _with_devices(claimed)]
    with transaction.atomic():
        timeline.record([step for steps, _ in done for step in steps])
        for device, reply in (pair for _, pairs in done for pair in pairs):
            receiving.record_inbound(device=device, sender=reply.sender, kind=reply.kind, content=reply.content)
    return len(claimed)


def _with_devices(ids: list[int]) -> list[Recipient]:
    """Read the rows with their messages, and each device once."""
    rows = list(Recipient.objects.filter(pk__in=ids).select_related("message"))
    devices = Device.objects.select_related("account").in_bulk({row.message.device_id for row in rows})
    for row in rows:
        row.message.device = devices.get(row.message.device_id or 0)
    return rows


_Done: TypeAlias = tuple[Sequence[Step], Sequence[tuple[Device, Reply]]]


def _work(row: Recipient) -> _Done:
    """Take one recipient a step further; whatever its transport does, the others go on."""
    message = row.message
    if row.state == State.ACCEPTED and message.expires_at and message.expires_at <= timezone.now():
        return [Step(row.pk, State.EXPIRED, code="expired", detail="Its time ran out before it was sent.")], ()
    try:
        device = _device(message)
        return ([_send(row, device)], ()) if row.state == State.ACCEPTED else _check(row, device)
    except TransportError as error:
        return [_failed(row, error)], ()
    except Exception as error:
        log.exception("the transport of device %s broke on recipient %s", message.device_id, row.pk)
        reason = f"The gateway failed: {type(error).__name__}."
        return [_failed(row, TransportError("internal", reason, permanent=False))], ()


def _device(message: Message) -> Device:
    if message.device is None or message.device.removed_at:
        raise TransportError("device_removed", "Its device was unlinked.", permanent=True)
    return message.device


def _outgoing(row: Recipient) -> Outgoing:
    message = row.message
    return Outgoing(
        id=row.pk,
        address=row.address,
        channel=message.channel,
        kind=message.kind,
        content=message.content,
        attempts=row.attempts,
        state=State(row.state),
        accepted_at=message.scheduled_at or message.created_at,
        reference=row.reference,
    )


def _send(row: Recipient, device: Device) -> Step:
    receipt = transport.get(device.transport).send(device, _outgoing(row))
    through = f"Through “{device.name}”."
    due_at = _after(receipt.check_in)
    return Step(row.pk, receipt.state, detail=through, due_at=due_at, reference=receipt.reference, tries=1)


def _check(row: Recipient, device: Device) -> _Done:
    news = transport.get(device.transport).check(device, _outgoing(row))
    due_at = _after(news.check_in)
    steps = [Step(r.recipient_id, r.state, code=r.code, detail=r.detail, due_at=due_at) for r in news.reports]
    return steps or [Step(row.pk, None, due_at=due_at)], [(device, reply) for reply in news.replies]


def _after(delay: timedelta | None) -> datetime | None:
    return timezone.now() + delay if delay is not None else None


def _failed(row: Recipient, error: TransportError) -> Step:
    """Give up, or say when the next try is; a message that expires earlier is looked at then."""
    if error.permanent or row.attempts >= len(RETRY_AFTER):
        return Step(row.pk, State.FAILED, code=error.code, detail=error.reason, tries=1)
    due_at = timezone.now() + RETRY_AFTER[row.attempts]
    if row.message.expires_at:
        due_at = min(due_at, row.message.expires_at)
    return Step(row.pk, None, code=error.code, detail=error.reason, event="retry", due_at=due_at, tries=1)
