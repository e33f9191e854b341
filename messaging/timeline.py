"""What happened to a message, step by step. Every change of state is written here, with its reason, in one place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models.fields.json import KeyTextTransform
from django.utils import timezone

from messaging import rows, states, webhooks
from messaging.ids import time_of
from messaging.models import Message, Recipient, TimelineEntry
from messaging.states import State
from messaging.usage import Count, add
from messaging.webhooks import Happening

_COUNTED: dict[str, str] = {
    State.DELIVERED: "delivered",
    State.READ: "delivered",
    State.FAILED: "failed",
    State.EXPIRED: "failed",
}


@dataclass(frozen=True, slots=True)
class Step:
    """What is now known of one recipient.

    `state` None leaves the state and only notes why (`event`, such as "retry"). `due_at` says when the row
    is next worked on; None takes it off the queue. `is_report` steps come from outside: they leave the queue
    alone until nothing more can happen.
    """

    recipient_id: int
    state: State | None
    code: str = ""
    detail: str = ""
    event: str = ""
    due_at: datetime | None = None
    reference: str | None = None
    tries: int = 0
    is_report: bool = False


@dataclass(slots=True)
class _Row:
    """A recipient as it is while its steps are applied, with what is needed to count it."""

    id: int
    message_id: int
    state: str
    error: str
    error_detail: str
    reference: str
    attempts: int
    due_at: datetime | None
    account_id: int
    token_id: int | None
    device_id: int | None
    dialect: str
    time_zone: str
    webhooks_version: int
    channel: str
    kind: str
    webhook_url: str | None
    was: str = ""


_READ = (
    "id", "message_id", "state", "error", "error_detail", "reference", "attempts", "due_at", "message__account_id",
    "message__token_id", "message__device_id", "message__dialect", "message__account__time_zone",
    "message__account__webhooks_version", "message__channel", "message__kind", "webhook_url",
)  # fmt: skip
_WRITTEN = ("state", "error", "error_detail", "reference", "attempts", "due_at")


def record(steps: Sequence[Step]) -> None:
    """Write the steps, in order, in one transaction: recipients, their messages, the timeline and the day's counts.

    A step that may not follow the present state changes nothing but is noted.
    """
    now = timezone.now()
    with transaction.atomic():
        found = _locked(step.recipient_id for step in steps)
        happened: list[Happening] = []
        entries = [entry for step in steps if (entry := _apply(found, step, now, happened))]
        rows.insert(TimelineEntry, ("message", "recipient", "at", "event", "code", "detail"), entries)
        rows.update(
            Recipient, _WRITTEN, [[row.id, *(getattr(row, name) for name in _WRITTEN)] for row in found.values()]
        )
        changed = [row for row in found.values() if row.state != row.was]
        _bring_messages_up_to_date(changed, now)
        add(_counts(changed))
        webhooks.raise_all(happened)


def _locked(ids: Iterable[int]) -> dict[int, _Row]:
    wanted = Recipient.objects.select_for_update(of=("self",)).filter(pk__in=set(ids)).order_by("pk")
    wanted = wanted.annotate(webhook_url=KeyTextTransform("webhook_url", "message__context"))
    found = [_Row(*values) for values in wanted.values_list(*_READ)]
    for row in found:
        row.was = row.state
    return {row.id: row for row in found}


def _apply(found: dict[int, _Row], step: Step, now: datetime, happened: list[Happening]) -> list[object] | None:
    """Change the row in memory; return the timeline's row, if there is something to tell.

    Adds to what happened where somebody may listen.
    """
    row = found.get(step.recipient_id)
    if row is None:
        return None
    row.attempts += step.tries
    if step.reference is not None:
        row.reference = step.reference[:128]
    event = step.event or step.state
    if step.state is not None and not states.may_follow(row.state, step.state):
        event = f"late_{step.state}"
    elif step.state is not None:
        row.state = step.state
        if step.state in (State.FAILED, State.EXPIRED):
            row.error, row.error_detail = step.code[:64], step.detail[:255]
        if (row.webhooks_version or row.webhook_url) and (kind := webhooks.KIND_OF.get(step.state)):
            happened.append(_happening(row, kind))
    if not states.FOLLOWERS[State(row.state)]:
        row.due_at = None  # whoever worked on it: nothing more can happen
    elif not step.is_report:
        row.due_at = step.due_at
    if event is None:
        return None
    return [row.message_id, row.id, now, event, step.code[:64], step.detail[:255]]


def _happening(row: _Row, kind: str) -> Happening:
    return Happening(
        account_id=row.account_id,
        version=row.webhooks_version,
        kind=kind,
        message_id=row.message_id,
        recipient_id=row.id,
        device_id=row.device_id,
        token_id=row.token_id,
        dialect=row.dialect,
        channel=row.channel,
        message_kind=row.kind,
        webhook_url=row.webhook_url or "",
        data={"code": row.error, "detail": row.error_detail} if row.error else {},
    )


def _bring_messages_up_to_date(changed: Sequence[_Row], now: datetime) -> None:
    """Give the changed recipients' messages the state that all their recipients make together."""
    together: dict[int, list[str]] = {id: [] for id in sorted({row.message_id for row in changed})}
    if connection.features.has_select_for_update:
        # Two workers may finish two recipients of one message: the second must see what the first wrote. Not a
        # plain lock, which the timeline's rows just written, of both, would keep from each other.
        locked = Message.objects.select_for_update(no_key=True).filter(pk__in=together).order_by("pk")
        list(locked.values_list("pk", flat=True))
    everyone = Recipient.objects.filter(message__in=together).values_list("message_id", "state")
    for message_id, state in everyone if together else ():
        together[message_id].append(state)
    rows.update(Message, ("state", "updated_at"), [[id, states.together(found), now] for id, found in together.items()])


def _counts(changed: Iterable[_Row]) -> Iterable[Count]:
    """Count the recipients that came into a counted state, on the day their message was accepted."""
    for row in changed:
        what = _COUNTED.get(row.state)
        if what and what != _COUNTED.get(row.was):
            yield Count(
                account_id=row.account_id,
                day=time_of(row.message_id).astimezone(ZoneInfo(row.time_zone)).date(),
                token_ref=row.token_id or 0,
                device_ref=row.device_id or 0,
                dialect=row.dialect,
                what=what,
            )


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of a message's timeline as it is shown."""

    at: datetime
    event: str
    code: str
    detail: str
    address: str


_ROUTES = {
    "sandbox": "It stays in the sandbox, as its sender asked.",
    "asked": "The request named this device.",
    "default": "The account's default way out.",
    "gateway": "By the gateway's own server.",
    "nowhere": "Nothing here sends by its channel.",
}


def of(message: Message) -> list[Moment]:
    """Return the message's timeline, oldest first; its acceptance is the first moment."""
    addresses = {row.pk: row.address for row in message.recipients.all()}
    if message.direction == "in":
        first = Moment(message.created_at, "received", "", "", message.to)
    else:
        why = _ROUTES.get(message.context.get("route", ""), "")
        if "broadcast" in message.context:
            why = f"Part of a broadcast. {why}".strip()
        first = Moment(message.created_at, "accepted", "", why, "")
    return [first] + [
        Moment(entry.at, entry.event, entry.code, entry.detail, addresses.get(entry.recipient_id or 0, ""))
        for entry in message.timeline.all()
    ]
