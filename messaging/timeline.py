"""What happened to a message, step by step. Every change of state is written here, with its reason, in one place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from messaging import rows, states
from messaging.models import Message, Recipient, TimelineEntry
from messaging.states import State
from messaging.usage import Count, add

_COUNTED = {State.DELIVERED: "delivered", State.FAILED: "failed", State.EXPIRED: "failed"}


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


def record(steps: Sequence[Step]) -> None:
    """Write the steps, in order, in one transaction: recipients, their messages, the timeline and the day's counts.

    A step that may not follow the present state changes nothing but is noted.
    """
    now = timezone.now()
    with transaction.atomic():
        found = _locked(step.recipient_id for step in steps)
        entries = [entry for step in steps if (entry := _apply(found, step, now))]
        rows.insert(TimelineEntry, ("message", "recipient", "at", "event", "code", "detail"), entries)
        rows.update(
            Recipient,
            ("state", "error", "error_detail", "reference", "attempts", "due_at"),
            [[r.pk, r.state, r.error, r.error_detail, r.reference, r.attempts, r.due_at] for r in found.values()],
        )
        _bring_messages_up_to_date(found, now)


def _locked(ids: Iterable[int]) -> dict[int, Recipient]:
    wanted = Recipient.objects.select_for_update(of=("self",)).filter(pk__in=set(ids)).order_by("pk")
    found = {row.pk: row for row in wanted.select_related("message__account")}
    for row in found.values():
        row.was = row.state  # type: ignore[attr-defined]
    return found


def _apply(found: dict[int, Recipient], step: Step, now: datetime) -> list[object] | None:
    """Change the row in memory; return the timeline's row."""
    row = found.get(step.recipient_id)
    if row is None:
        return None
    if not step.is_report:
        row.due_at = step.due_at
    row.attempts += step.tries
    if step.reference is not None:
        row.reference = step.reference[:128]
    event = step.event or step.state
    if event is None:
        return None
    if step.state is not None:
        if states.may_follow(row.state, step.state):
            row.state = step.state
            if step.state in (State.FAILED, State.EXPIRED):
                row.error, row.error_detail = step.code[:64], step.detail[:255]
            if step.is_report and not states.FOLLOWERS[step.state]:
                row.due_at = None
        else:
            event = f"late_{step.state}"
    return [row.message_id, row.pk, now, event, step.code[:64], step.detail[:255]]


def _bring_messages_up_to_date(found: dict[int, Recipient], now: datetime) -> None:
    changed = {row.message_id: row.message for row in found.values() if row.state != row.was}  # type: ignore[attr-defined]
    if not changed:
        return
    others: dict[int, list[str]] = {id: [] for id in changed}
    for message_id, state in Recipient.objects.filter(message__in=changed).values_list("message_id", "state"):
        others[message_id].append(state)
    rows.update(Message, ("state", "updated_at"), [[id, states.together(others[id]), now] for id in changed])
    add(_counts(found.values()))


def _counts(found: Iterable[Recipient]) -> Iterable[Count]:
    """Count the recipients that came into a counted state, on the day their message was accepted."""
    for row in found:
        what = _COUNTED.get(State(row.state))
        if what and row.state != row.was:  # type: ignore[attr-defined]
            message = row.message
            yield Count(
                account_id=message.account_id,
                day=message.created_at.astimezone(message.account.zone).date(),
                token_ref=message.token_id or 0,
                device_ref=message.device_id or 0,
                dialect=message.dialect,
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
    "sandbox": "A sandbox token: it stays in the sandbox.",
    "asked": "The request named this device.",
    "default": "The account's default way out.",
}


def of(message: Message) -> list[Moment]:
    """Return the message's timeline, oldest first; its acceptance is the first moment."""
    addresses = {row.pk: row.address for row in message.recipients.all()}
    if message.direction == "in":
        first = Moment(message.created_at, "received", "", "", message.to)
    else:
        why = _ROUTES.get(message.context.get("route", ""), "")
        first = Moment(message.created_at, "accepted", "", why, "")
    return [first] + [
        Moment(entry.at, entry.event, entry.code, entry.detail, addresses.get(entry.recipient_id or 0, ""))
        for entry in message.timeline.all()
    ]
