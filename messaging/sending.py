"""Accepting messages: the one place where any edge's message is checked, routed and stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from accounts.audit import Actor
from accounts.models import Account
from messaging import allowance, committer, drafting, idempotency, media, routing, timeline, wallet, webhooks
from messaging.delivery import LEASE
from messaging.drafting import Draft, Sender
from messaging.errors import Refusal, Refused
from messaging.idempotency import Key, KeyRow, Written
from messaging.models import Message, Recipient
from messaging.states import State
from tokens.errors import Denial, Denied

_AT_ONCE = 200  # messages whose recipients are cancelled in one transaction
_ONLY_SANDBOX = "A sandbox token cancels messages of the sandbox alone."
OWN_IDS = "message id"  # the space of the ids that senders give their messages themselves


@dataclass(frozen=True, slots=True)
class Accepted:
    """What `accept` stored (or, for a repeat, what the first request had stored): consecutive message ids."""

    first_id: int
    count: int
    is_repeat: bool = False
    batch: committer.Batch | None = field(default=None, repr=False, compare=False)  # what was stored just now

    @property
    def ids(self) -> range:
        return range(self.first_id, self.first_id + self.count)


def accept(sender: Sender, draft: Draft, *, key: Key | None = None) -> Accepted:
    """Check, route and store one message; returns after it is committed.

    Raises Refused for what cannot be taken (nothing is stored then) and Denied for a reached limit of the
    plan or a suspended account.
    """
    return accept_many(sender, [draft], key=key)


def accept_many(sender: Sender, drafts: Sequence[Draft], *, key: Key | None = None) -> Accepted:
    """Store several messages in one transaction: all of them or none.

    Raises as `accept` does; a Refused has the draft's `place` among its `params`.
    """
    _refuse_suspended(sender)
    row = key.row(sender.account) if key else None
    with idempotency.in_turn(row) as had_to_wait:
        if had_to_wait and (earlier := idempotency.earlier(row)):
            return _repeat(key, earlier)
        return _accept(sender, drafts, key, row)


def _accept(sender: Sender, drafts: Sequence[Draft], key: Key | None, row: KeyRow | None) -> Accepted:
    try:
        wallet.require(sender.account, is_sandbox=sender.is_sandbox)
        batch = _checked(sender, drafts, row)
        reserved = allowance.reserve(sender, len(batch.recipients))
    except (Refused, Denied):  # which is no answer to a repeat: its first answer stands
        if not (earlier := idempotency.earlier(row)):
            raise
        return _repeat(key, earlier)
    try:
        written = _write(batch)
    except BaseException:
        allowance.release(reserved)
        raise
    if not written.is_repeat:
        return Accepted(written.first_id, written.count, batch=batch)
    allowance.release(reserved)
    return _repeat(key, written)


def _write(batch: committer.Batch) -> Written:
    """Store the files of the messages, where they hold any, and then the messages, whose contents name them."""
    if not batch.media.uploads:
        return committer.commit(batch)
    if earlier := idempotency.earlier(batch.key):
        return earlier
    stored = media.store_uploads(batch.media)
    written = committer.commit(batch)
    if written.is_repeat:
        media.discard(stored)
    return written


def rehearse(sender: Sender, draft: Draft) -> None:
    """Do all that `accept` does short of storing: it is charged, and never sent. Raises as `accept` does."""
    _refuse_suspended(sender)
    wallet.require(sender.account, is_sandbox=sender.is_sandbox)
    batch = _checked(sender, [draft], None)
    allowance.release(allowance.reserve(sender, len(batch.recipients)))
    if batch.charge:
        with transaction.atomic():
            wallet.take([batch.charge])


def _refuse_suspended(sender: Sender) -> None:
    """Which a credential is told sooner, and a person here."""
    if sender.account.suspended_at:
        raise Denied(Denial.ACCOUNT_SUSPENDED, "This account is suspended.")


def _checked(sender: Sender, drafts: Sequence[Draft], key: KeyRow | None) -> committer.Batch:
    now = timezone.now()
    batch = committer.Batch(messages=[], recipients=[], counts=[], key=key)
    for place, draft in enumerate(drafts):
        try:
            drafting.add(batch, sender, draft, place=place, now=now)
        except Refused as refused:
            refused.params["place"] = place
            raise
    paid = len(batch.recipients) - sum(len(draft.to) for draft in drafts if not draft.goes_out)
    batch.charge = wallet.charge_for(sender.account, paid, is_sandbox=sender.is_sandbox) if paid else None
    batch.webhooks_version = webhooks.version_that_hears(sender.account, webhooks.Kind.ACCEPTED)
    return batch


def _repeat(key: Key | None, written: Written) -> Accepted:
    """Return the first request's answer; raises Refused where this is another request, or may not be repeated."""
    if key and key.lifetime is None:
        raise Refused(Refusal.DUPLICATE_ID, "A message with this id exists already.", field="id")
    if written.is_other_body:
        raise Refused(Refusal.KEY_REUSED, "This idempotency key was used with another request.")
    return Accepted(written.first_id, written.count, is_repeat=True)


def find(account: Account, id: int) -> Message:
    """Return one message of the account with its recipients; raises Refused(NOT_FOUND)."""
    found = Message.objects.for_account(account).filter(pk=id).select_related("device", "token").first()
    if found is None:
        raise Refused(Refusal.NOT_FOUND, "There is no such message.")
    return found


def first_of(account: Account, accepted: Accepted) -> tuple[Message, list[str]]:
    """Return the first message of what `accept` stored, and whom it goes to. Only a repeat's is read again."""
    if accepted.batch is None:
        message = find(account, accepted.first_id)
        return message, [row.address for row in message.recipients.all()]
    message, to = accepted.batch.first_message()
    for device in routing.devices(account):
        if device.pk == message.device_id:
            message.device = device
    return message, to


def find_own(account: Account, client_id: str) -> Message | None:
    """Return the account's message that its sender gave this id, None if there is none."""
    made = idempotency.earlier(Key(OWN_IDS, client_id, b"", lifetime=None).row(account))
    return find(account, made.first_id) if made else None


def _is_untouched(row: Recipient, message: Message) -> bool:
    """True while no worker is known to hold the row: a lease would have moved its time into the future, and not as
    far as waiting for a file does.

    A worker that outlived its lease may hold it all the same; what it then reports is noted as late.
    """
    if row.state != State.ACCEPTED or row.attempts or row.due_at is None:
        return False
    now = timezone.now()
    return row.due_at <= now or row.due_at == message.scheduled_at or row.due_at > now + 2 * LEASE


def cancel_waiting(messages: Sequence[int], *, by: Actor, is_sandbox: bool = False) -> int:
    """Stop what of these messages no device has taken yet; returns how many recipients get nothing.

    Raises Denied as `cancel` does.
    """
    real = Message.objects.filter(pk__in=messages).exclude(device__transport=routing.SANDBOX)
    if is_sandbox and real.exists():
        raise Denied(Denial.SCOPE, _ONLY_SANDBOX)
    stopped = 0
    for start in range(0, len(messages), _AT_ONCE):
        with transaction.atomic():
            waiting = Recipient.objects.filter(message__in=messages[start : start + _AT_ONCE], state=State.ACCEPTED)
            rows = list(waiting.select_for_update(of=("self",)).select_related("message"))
            steps = [
                timeline.Step(row.pk, State.CANCELLED, detail=f"Cancelled by {by.label}.")
                for row in rows
                if _is_untouched(row, row.message)
            ]
            timeline.record(steps)
            stopped += len(steps)
    return stopped


def cancel(message: Message, *, by: Actor, is_sandbox: bool = False) -> Message:
    """Stop a message that no device has taken yet.

    Raises Refused(NOT_PENDING) once it is too late, Denied for a sandbox token and a message that is none of the
    sandbox's.
    """
    if is_sandbox and not (message.device and message.device.transport == routing.SANDBOX):
        raise Denied(Denial.SCOPE, _ONLY_SANDBOX)
    with transaction.atomic():
        waiting = list(message.recipients.select_for_update())
        if not all(_is_untouched(row, message) for row in waiting):
            raise Refused(Refusal.NOT_PENDING, "The message is no longer waiting.")
        timeline.record([timeline.Step(row.pk, State.CANCELLED, detail=f"Cancelled by {by.label}.") for row in waiting])
    message.refresh_from_db()
    return message
