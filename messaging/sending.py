"""Accepting messages: the one place where any edge's message is checked, routed and stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.audit import Actor
from accounts.models import Account
from messaging import committer, content, numbers, routing, timeline
from messaging.errors import Refusal, Refused
from messaging.ids import first_at
from messaging.models import Channel, Device, IdempotencyKey, Message, OptOut, Recipient
from messaging.states import State
from messaging.usage import Count
from tokens.authentication import Caller
from tokens.errors import Denied
from tokens.models import ApiLogin, Token
from tokens.quotas import daily

KEY_LIFETIME = timedelta(hours=24)
MOST_RECIPIENTS = 1000  # in one request; larger lists are broadcasts


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends, through which edge. `key` names the credential that limits count on."""

    account: Account
    dialect: str
    key: str
    token: Token | None = None
    login: ApiLogin | None = None
    is_sandbox: bool = False

    @classmethod
    def from_caller(cls, caller: Caller, dialect: str) -> Sender:
        return cls(
            account=caller.account,
            dialect=dialect,
            key=caller.key,
            token=caller.token,
            login=caller.login,
            is_sandbox=caller.is_sandbox,
        )

    @classmethod
    def from_person(cls, account: Account, *, is_sandbox: bool = False) -> Sender:
        """The dashboard: a person's messages count on the account's own key."""
        return cls(account=account, dialect="dashboard", key=f"a{account.pk}", is_sandbox=is_sandbox)


@dataclass(slots=True)
class Draft:
    """A message as an edge read it, not yet checked. `to` holds addresses as the caller wrote them."""

    to: Sequence[str]
    kind: str
    body: Mapping[str, Any]  # the object named after the kind, as Meta's API has it
    channel: str = Channel.WHATSAPP
    device: Device | None = None
    priority: int = 0
    scheduled_at: datetime | None = None
    expires_at: datetime | None = None
    context: dict[str, Any] = field(default_factory=dict)  # what is kept and shown: webhook_url, request_id, reply_to
    limits: dict[str, int] = field(default_factory=dict)  # the edge's own, passed to `content.check`
    is_verbatim: bool = False  # take addresses as they are: short codes, ciphertext


@dataclass(frozen=True, slots=True)
class Key:
    """What makes a repeat: a key, unique in its space (such as "POST /v1/messages") within the account.

    `body` is the request's raw body; the same key with another body is refused. Without a lifetime the
    key lives as long as the message, and using it again is refused whatever the body.
    """

    space: str
    value: str
    body: bytes
    lifetime: timedelta | None = KEY_LIFETIME

    def row(self, account: Account) -> committer.KeyRow:
        named = f"{account.pk}\0{self.space}\0{self.value}".encode("utf-8", "surrogatepass")
        return committer.KeyRow(
            digest=blake2b(named, digest_size=16).hexdigest(),
            body=blake2b(self.body, digest_size=8).hexdigest(),
            expires_at=timezone.now() + self.lifetime if self.lifetime else None,
        )


@dataclass(frozen=True, slots=True)
class Accepted:
    """What `accept` stored (or, for a repeat, what the first request had stored): consecutive message ids."""

    first_id: int
    count: int
    is_repeat: bool = False

    @property
    def ids(self) -> range:
        return range(self.first_id, self.first_id + self.count)


def accept(sender: Sender, draft: Draft, *, key: Key | None = None) -> Accepted:
    """Check, route and store one message; returns after it is committed.

    Raises Refused for what cannot be taken (nothing is stored then) and Denied for a reached daily limit.
    """
    return accept_many(sender, [draft], key=key)


def accept_many(sender: Sender, drafts: Sequence[Draft], *, key: Key | None = None) -> Accepted:
    """Store several messages in one transaction: all of them or none.

    Raises as `accept` does; a Refused has the draft's `place` among its `params`.
    """
    now = timezone.now()
    batch = committer.Batch(messages=[], recipients=[], counts=[], key=key.row(sender.account) if key else None)
    for place, draft in enumerate(drafts):
        try:
            _add(batch, sender, draft, place=place, now=now)
        except Refused as refused:
            refused.params["place"] = place
            raise
    number = len(batch.recipients)
    try:
        daily.reserve(sender, number, load=lambda: _sent_today(sender, now))
    except Denied:  # which is no answer to a repeat: it takes nothing of today's messages
        earlier = _earlier(batch.key, now)
        if earlier is None:
            raise
        _require_same(key, earlier)
        return Accepted(earlier.first_id, earlier.count, is_repeat=True)
    try:
        written = committer.commit(batch)
    except BaseException:
        daily.release(sender, number)
        raise
    if written.is_repeat:
        daily.release(sender, number)
        _require_same(key, written)
    return Accepted(written.first_id, written.count, written.is_repeat)


def _earlier(key: committer.KeyRow | None, now: datetime) -> committer.Written | None:
    """Return what an earlier request with the same key has, without writing anything."""
    row = IdempotencyKey.objects.filter(digest=key.digest).first() if key else None
    if key is None or row is None or (row.expires_at and row.expires_at <= now):
        return None
    return committer.Written(row.message_id, row.count, is_repeat=True, is_other_body=row.body != key.body)


def _require_same(key: Key | None, written: committer.Written) -> None:
    if key and key.lifetime is None:
        raise Refused(Refusal.DUPLICATE_ID, "A message with this id exists already.", field="id")
    if written.is_other_body:
        raise Refused(Refusal.KEY_REUSED, "This idempotency key was used with another request.")


def _sent_today(sender: Sender, now: datetime) -> int:
    """How many recipients this credential has written to since its account's midnight."""
    mine = Recipient.objects.filter(
        message__account=sender.account,
        message__direction="out",
        message__token=sender.token,
        message__login=sender.login,
        message__pk__gte=first_at(sender.account.day_start(now)),
    )
    return mine.count()


def _add(batch: committer.Batch, sender: Sender, draft: Draft, *, place: int, now: datetime) -> None:
    """Put one checked draft's rows into the batch."""
    checked = content.check(draft.kind, draft.body, **draft.limits)
    addresses = [draft.to[0]] if draft.is_verbatim and len(draft.to) == 1 else _addresses(sender.account, draft)
    _refuse_opted_out(sender.account, addresses)
    _check_times(draft, now)
    route = routing.choose(
        account=sender.account, channel=draft.channel, is_sandbox=sender.is_sandbox, wanted=draft.device
    )
    batch.messages.append([
        place, sender.account.pk, sender.token and sender.token.pk, sender.login and sender.login.pk,
        route.device.pk, sender.dialect, draft.channel, "out", draft.kind, checked,
        {"route": route.why, **draft.context}, State.ACCEPTED, draft.priority,
        draft.scheduled_at, draft.expires_at, now,
    ])  # fmt: skip
    due_at = draft.scheduled_at or now - timedelta(seconds=max(0, draft.priority))
    start = len(batch.recipients)
    batch.recipients.extend([start + i, place, address, State.ACCEPTED, due_at] for i, address in enumerate(addresses))
    batch.counts.append(
        Count(
            account_id=sender.account.pk,
            day=now.astimezone(sender.account.zone).date(),
            token_ref=sender.token.pk if sender.token else 0,
            device_ref=route.device.pk,
            dialect=sender.dialect,
            what="accepted",
            number=len(addresses),
        )
    )


def _addresses(account: Account, draft: Draft) -> list[str]:
    if not draft.to:
        raise Refused(Refusal.REQUIRED, "Say whom to send to.", field="to")
    if len(draft.to) > MOST_RECIPIENTS:
        raise Refused(
            Refusal.INVALID,
            f"At most {MOST_RECIPIENTS} recipients.",
            field="to",
            params={"limit": MOST_RECIPIENTS},
        )
    if draft.is_verbatim:
        return list(draft.to)
    found = [numbers.msisdn(a, region=account.default_region, strict=account.strict_numbers) for a in draft.to]
    if len(set(found)) != len(found):
        raise Refused(Refusal.INVALID, "A number stands in the list twice.", field="to")
    return found


def _refuse_opted_out(account: Account, addresses: Sequence[str]) -> None:
    if not account.has_opt_outs:
        return
    stopped = OptOut.objects.filter(account=account, address__in=addresses).values_list("address", flat=True).first()
    if stopped:
        raise Refused(Refusal.OPTED_OUT, "This person wrote STOP and gets no more messages.", field="to")


def _check_times(draft: Draft, now: datetime) -> None:
    """`scheduled_at` in the past is taken as now; an end before the beginning is refused."""
    if draft.expires_at and draft.expires_at <= max(now, draft.scheduled_at or now):
        raise Refused(Refusal.IN_THE_PAST, "The message would expire before it is sent.", field="expires_at")


def find(account: Account, id: int) -> Message:
    """Return one message of the account with its recipients; raises Refused(NOT_FOUND)."""
    found = Message.objects.for_account(account).filter(pk=id).select_related("device", "token").first()
    if found is None:
        raise Refused(Refusal.NOT_FOUND, "There is no such message.")
    return found


def find_by_key(account: Account, key: Key) -> int | None:
    """Return the id of the message that was accepted with this key, if it is still kept."""
    row = IdempotencyKey.objects.filter(digest=key.row(account).digest).first()
    return row.message_id if row else None


def _is_untouched(row: Recipient, message: Message) -> bool:
    """True while no worker holds the row: a lease would have moved its time into the future."""
    if row.state != State.ACCEPTED or row.attempts or row.due_at is None:
        return False
    return row.due_at <= timezone.now() or row.due_at == message.scheduled_at


def cancel(message: Message, *, by: Actor) -> Message:
    """Stop a message that no device has taken yet. Raises Refused(NOT_PENDING) once it is too late."""
    with transaction.atomic():
        waiting = list(message.recipients.select_for_update())
        if not all(_is_untouched(row, message) for row in waiting):
            raise Refused(Refusal.NOT_PENDING, "The message is no longer waiting.")
        timeline.record([timeline.Step(row.pk, State.CANCELLED, detail=f"Cancelled by {by.label}.") for row in waiting])
    message.refresh_from_db()
    return message
