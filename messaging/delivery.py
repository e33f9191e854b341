"""The due function that hands waiting recipients to their transports and asks what became of the sent ones."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TypeAlias

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import prefetch_related_objects
from django.utils import timezone

from accounts.models import Account
from messaging import beside, later, media, receiving, timeline, transport
from messaging.drafting import MADE_LATER, UNREACHABLE
from messaging.media import Lack
from messaging.models import Channel, Device, Message, OptOut, Recipient
from messaging.states import State
from messaging.timeline import Step
from messaging.transport import Outgoing, Reply, TransportError

_WITHOUT_DEVICE = ("gateway", "nowhere")  # routes
log = logging.getLogger(__name__)
LEASE = timedelta(seconds=60)
BATCH = 100  # recipients at a time: about 5 ms of the database's write lock
_Done: TypeAlias = tuple[Sequence[Step], Sequence[tuple[Message, Device, Reply]]]  # and whom a reply answers
ROOM_AFTER = timedelta(seconds=1)  # where all that may wait for a server at once do so
LOOK_AGAIN = timedelta(seconds=15)  # for a file that is still to come; what brings it wakes its recipients besides
ASK_AGAIN, ASK_FOR = timedelta(minutes=5), timedelta(days=1)  # where asking for a report fails
RETRY_AFTER = [timedelta(seconds=s) for s in (2, 10, 60, 300, 1800)]


def deliver_due(limit: int = BATCH) -> int:
    """Work on up to `limit` recipients whose time has come; returns how many there were.

    Safe to run anywhere, any number at once: rows are claimed by lease, and a worker that dies gives
    them back when the lease ends.
    """
    until = time.monotonic() + LEASE.total_seconds() / 2
    claimed = Recipient.objects.claim(limit=limit, lease=LEASE)
    if not claimed:
        return 0
    rows = _with_devices(claimed)
    stopped, lacks = _opted_out(rows), media.lacking(rows)
    done: list[tuple[Recipient, _Done]] = []
    for row in rows:
        if time.monotonic() > until:
            break  # the rest comes back by its lease, before which nobody else takes it
        work = partial(_work, row, has_stopped=row.pk in stopped, lack=lacks.get(row.pk))
        if not _takes_long(row):
            done.append((row, work()))
        elif not beside.run(partial(_work_beside, row, work, until)):
            done.append((row, ([Step(row.pk, None, due_at=timezone.now() + ROOM_AFTER)], ())))
    _record_all(done)
    return len(claimed)


def _takes_long(row: Recipient) -> bool:
    """True where somebody's server is waited for, or many messages are made of this one."""
    message = row.message
    if row.state != State.ACCEPTED:
        return False
    is_by_gateway = message.device is None and transport.of_gateway(message.channel) is not None
    return is_by_gateway or MADE_LATER in message.context


def _work_beside(row: Recipient, work: Callable[[], _Done], until: float) -> None:
    if time.monotonic() < until:  # else it comes back by its lease, and another worker may have it before this is done
        _record_all([(row, work())])


def _record_all(done: Sequence[tuple[Recipient, _Done]]) -> None:
    """Write what became of the rows together; where that fails, each alone, so that one cannot undo the others."""
    try:
        _record([outcome for _, outcome in done])
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("%d recipients could not be recorded together", len(done))
        for row, outcome in done:
            _record_alone(row, outcome)


def _record_alone(row: Recipient, outcome: _Done) -> None:
    try:
        _record([outcome])
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("what became of recipient %s could not be recorded", row.pk)
        reason = "The gateway could not write down what its device said."
        _record([([_failed(row, TransportError("internal", reason, permanent=False))], ())])


def _record(done: Sequence[_Done]) -> None:
    with transaction.atomic():
        timeline.record([step for steps, _ in done for step in steps])
        for message, device, reply in (answer for _, answers in done for answer in answers):
            receiving.record_inbound(
                device=device,
                sender=reply.sender,
                kind=reply.kind,
                content=reply.content,
                channel=message.channel,
            )


def _opted_out(rows: Sequence[Recipient]) -> set[int]:
    """Return the rows whose person wrote STOP after the message was accepted."""
    asked = {
        (row.message.account_id, row.address): row.pk
        for row in rows
        if row.state == State.ACCEPTED and row.message.device and row.message.device.account.has_opt_outs
    }
    if not asked:
        return set()
    wanted = OptOut.objects.filter(account__in={account for account, _ in asked}, address__in={a for _, a in asked})
    stopped = set(wanted.values_list("account_id", "address"))
    return {row.pk for row in rows if (row.message.account_id, row.address) in stopped}


def _with_devices(ids: list[int]) -> list[Recipient]:
    """Read the rows with their messages, and each device once, or the account where there is none."""
    rows = list(Recipient.objects.filter(pk__in=ids).select_related("message"))
    devices = Device.objects.select_related("account").in_bulk({row.message.device_id for row in rows})
    for row in rows:
        row.message.device = devices.get(row.message.device_id or 0)
    prefetch_related_objects([row.message for row in rows if not row.message.device], "account")
    return rows


def _work(row: Recipient, *, has_stopped: bool, lack: Lack | None) -> _Done:
    """Take one recipient a step further; whatever its transport does, the others go on."""
    if row.state != State.ACCEPTED:
        return _ask(row)
    if hindrance := _hindrance(row, has_stopped=has_stopped, lack=lack):
        return [hindrance], ()
    try:
        return [later.make(row) if MADE_LATER in row.message.context else _send(row)], ()
    except TransportError as error:
        return [_failed(row, error)], ()
    except Exception as error:
        log.exception("the transport of device %s broke on recipient %s", row.message.device_id, row.pk)
        reason = f"The gateway failed: {type(error).__name__}."
        return [_failed(row, TransportError("internal", reason, permanent=False))], ()


def _hindrance(row: Recipient, *, has_stopped: bool, lack: Lack | None) -> Step | None:
    """Return what becomes of a recipient that no device is asked to take; None where nothing is in the way.

    While its account is suspended a message waits.
    """
    now, expires_at = timezone.now(), row.message.expires_at
    if expires_at and expires_at <= now:
        return Step(row.pk, State.EXPIRED, code="expired", detail="Its time ran out before it was sent.")
    if _account(row.message).suspended_at:
        return Step(row.pk, None, due_at=now + ASK_AGAIN)
    if why := row.message.context.get(UNREACHABLE):
        return Step(row.pk, State.FAILED, code=why[0], detail=why[1])
    if has_stopped:
        return Step(row.pk, State.FAILED, code="opted_out", detail="This person wrote STOP meanwhile.")
    if lack and lack.code:
        return Step(row.pk, State.FAILED, code=lack.code, detail=lack.reason)
    return Step(row.pk, None, due_at=now + LOOK_AGAIN) if lack else None


def _account(message: Message) -> Account:
    return message.device.account if message.device else message.account


def _ask(row: Recipient) -> _Done:
    """Ask what became of a message that its device has; that nobody can say is no reason to call it failed."""
    device = row.message.device
    if device is None or device.removed_at:
        return [Step(row.pk, None, event="unreported", detail="Its device was unlinked: no report will come.")], ()
    try:
        return _check(row, device)
    except Exception as error:
        log.exception("the transport of device %s broke on recipient %s", row.message.device_id, row.pk)
        is_recent = timezone.now() - row.message.created_at < ASK_FOR
        due_at = timezone.now() + ASK_AGAIN if is_recent else None
        reason = f"No report could be had: {type(error).__name__}."
        return [Step(row.pk, None, code="internal", detail=reason, event="unreported", due_at=due_at)], ()


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


def _send(row: Recipient) -> Step:
    device = row.message.device
    if device and not device.removed_at:
        receipt = transport.get(device.transport).send(device, _outgoing(row))
        through = f"Through “{device.name}”."
    elif device or row.message.context.get("route") not in _WITHOUT_DEVICE:
        raise TransportError("device_removed", "Its device was unlinked.", permanent=True)
    else:
        way = transport.of_gateway(row.message.channel)
        if way is None:
            label = Channel(row.message.channel).label
            raise TransportError("no_route", f"Nothing here sends by this channel: {label}.", permanent=True)
        receipt = way.send_for(row.message.account, _outgoing(row))
        through = f"By {way.label}."
    due_at = _after(receipt.check_in)
    return Step(row.pk, receipt.state, detail=through, due_at=due_at, reference=receipt.reference, tries=1)


def _check(row: Recipient, device: Device) -> _Done:
    news = transport.get(device.transport).check(device, _outgoing(row))
    due_at = _after(news.check_in)
    steps = [Step(r.recipient_id, r.state, code=r.code, detail=r.detail, due_at=due_at) for r in news.reports]
    return steps or [Step(row.pk, None, due_at=due_at)], [(row.message, device, reply) for reply in news.replies]


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
