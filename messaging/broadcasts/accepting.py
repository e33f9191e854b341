"""Accepting a broadcast: it is checked, its recipients are written, and one short transaction makes it count."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts.models import Account
from messaging import allowance, committer, drafting, idempotency, ids, nudging, wallet
from messaging.broadcasts import caps, staging
from messaging.broadcasts.drafts import Draft
from messaging.drafting import Sender
from messaging.errors import Refusal, Refused
from messaging.idempotency import Key, KeyRow, Written
from messaging.models import Broadcast, Segment
from tokens.errors import Denial, Denied

LONGEST_NAME = 150
Status = Broadcast.Status


@dataclass(frozen=True, slots=True)
class Accepted:
    """What was stored, or for a repeat what the first request had stored."""

    broadcast: Broadcast
    is_repeat: bool = False


def accept(sender: Sender, draft: Draft, *, key: Key | None = None) -> Accepted:
    """Check and store a broadcast; returns after it is committed, or leaves nothing behind.

    Raises Refused for what cannot be taken, Denied where the plan does not allow it, the day's or the
    month's messages or the day's broadcasts are used up, or the account is suspended.
    """
    if sender.account.suspended_at:
        raise Denied(Denial.ACCOUNT_SUSPENDED, "This account is suspended.")
    row = key.row(sender.account) if key else None
    with idempotency.in_turn(row):
        if earlier := idempotency.earlier(row):
            return _repeat(sender.account, earlier)
        try:
            return _accept(sender, draft, row)
        except (Refused, Denied):  # which is no answer to a repeat of what another process took meanwhile
            if not (earlier := idempotency.earlier(row)):
                raise
            return _repeat(sender.account, earlier)


def _accept(sender: Sender, draft: Draft, row: KeyRow | None) -> Accepted:
    caps.check(sender.account, draft)
    wallet.require(sender.account, is_sandbox=sender.is_sandbox)
    broadcast = _begin(sender, draft)
    try:
        written = _write(sender, broadcast, draft, row)
    except BaseException:
        _take_away(broadcast)
        raise
    if written.is_repeat:
        _take_away(broadcast)
        return _repeat(sender.account, written)
    nudging.nudge()
    return Accepted(broadcast)


def _begin(sender: Sender, draft: Draft) -> Broadcast:
    """Store the broadcast, still unseen, with its message as `drafting` checked it; raises as that does."""
    name = draft.name.strip()
    if not 1 <= len(name) <= LONGEST_NAME:
        raise Refused(Refusal.INVALID, f"A name has 1 to {LONGEST_NAME} characters.", field="name")
    message = _rehearsed(sender, draft)
    return Broadcast.objects.create(
        pk=ids.new_ids(),
        account=sender.account,
        token=sender.token,
        login=sender.login,
        is_sandbox=sender.is_sandbox,
        dialect=sender.dialect,
        name=name,
        channel=draft.channel,
        kind=draft.kind,
        content=message["content"],
        context=draft.context,
        device=draft.device,
        segment=draft.recipients if isinstance(draft.recipients, Segment) else None,
        scheduled_at=draft.scheduled_at,
        time_zone=draft.time_zone,
        due_at=timezone.now() + staging.LEFT_ALONE,
    )


def _rehearsed(sender: Sender, draft: Draft) -> dict[str, Any]:
    """Return the row that a message of the broadcast would be, so that nothing wrong with it is learnt later."""
    batch = committer.Batch(messages=[], recipients=[], counts=[])
    single = drafting.Draft(
        to=["anybody"],
        kind=draft.kind,
        body=draft.body,
        channel=draft.channel,
        device=draft.device,
        scheduled_at=draft.scheduled_at,
        is_verbatim=True,
        read_media_id=draft.read_media_id,
    )
    drafting.add(batch, sender, single, place=0, now=timezone.now())
    if batch.media.uploads:
        detail = "A broadcast names its files by link or id."
        raise Refused(Refusal.INVALID, detail, field=draft.kind)
    return dict(zip(committer.MESSAGE, batch.messages[0], strict=True))


def _write(sender: Sender, broadcast: Broadcast, draft: Draft, key: KeyRow | None) -> Written:
    staging.write(broadcast, draft.recipients)
    if not broadcast.total:
        raise Refused(Refusal.REQUIRED, "Say whom to send to.", field="recipients")
    if not broadcast.addressed:
        raise Refused(Refusal.OPTED_OUT, "Everybody on this list wrote STOP.", field="recipients")
    reserved = allowance.reserve(sender, broadcast.addressed)
    try:
        written = _finish(broadcast, key)
    except BaseException:
        allowance.release(reserved)
        raise
    if written.is_repeat:
        allowance.release(reserved)
    return written


def _finish(broadcast: Broadcast, key: KeyRow | None) -> Written:
    """Make the broadcast count, unless an earlier request had its key; raises Denied, Refused(BUSY)."""
    with transaction.atomic():
        Account.objects.select_for_update(no_key=True).get(
            pk=broadcast.account_id
        )  # of two, the second counts the first
        caps.check_day(broadcast.account)
        if repeats := idempotency.claim([(key, broadcast.pk, 1)]):
            return repeats[0]
        broadcast.status = Status.SCHEDULED if broadcast.scheduled_at else Status.QUEUED
        broadcast.due_at = broadcast.scheduled_at or timezone.now()
        still_here = Broadcast.objects.filter(pk=broadcast.pk, status=Status.RECEIVING)
        changes = {name: getattr(broadcast, name) for name in ("status", "due_at", "total", "skipped")}
        if not still_here.update(**changes):
            raise Refused(Refusal.BUSY, "The broadcast took too long to be written.")
    return Written(broadcast.pk, 1)


def _take_away(broadcast: Broadcast) -> None:
    """Discard what was not accepted; where the database does not answer, the worker does it later."""
    with suppress(DatabaseError):
        staging.discard(broadcast)


def _repeat(account: Account, written: Written) -> Accepted:
    if written.is_other_body:
        raise Refused(Refusal.KEY_REUSED, "This idempotency key was used with another request.")
    return Accepted(Broadcast.objects.for_account(account).get(pk=written.first_id), is_repeat=True)
