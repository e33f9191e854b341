"""What somebody writes back: which message it answers, and how that message's rule sorts it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from messaging import ids
from messaging.models import Device, Recipient, ResponseRule
from messaging.routing import SANDBOX
from messaging.states import State
from messaging.webhooks.raising import named_by

KEPT = timedelta(days=30)  # after a message was sent, in which what its recipients write answers it
_SCHEDULED = timedelta(days=370)  # that a message may have waited before
_OUT = (State.PROCESSING, State.SENT, State.DELIVERED, State.READ)  # somebody may have read it


@dataclass(frozen=True, slots=True)
class Answered:
    """The message that was answered, whom it went to, the endpoint that it names, and the answer's category."""

    message_id: int
    recipient_id: int
    endpoint_id: int | None = None
    rule: str = ""
    category: str = ""

    @property
    def context(self) -> dict[str, Any]:
        """What is kept with the answer."""
        return {
            "message": self.message_id,
            "recipient": self.recipient_id,
            "rule": self.rule,
            "category": self.category,
        }


def find(device: Device, sender: str, text: str) -> Answered | None:
    """Return the latest message that waits for this person's answer, None if there is none.

    What came to the sandbox answers what was sent from there, and nothing else does.
    """
    since = timezone.now() - KEPT
    waiting = Recipient.objects.for_account(device.account).filter(
        Q(message__scheduled_at__gte=since) | Q(pk__gte=ids.first_at(since)),
        awaits_answer=True,
        address=sender,
        state__in=_OUT,
        pk__gte=ids.first_at(since - _SCHEDULED),
    )
    here = Q(message__device__transport=SANDBOX)
    waiting = waiting.filter(here if device.transport == SANDBOX else ~here)
    found = waiting.order_by("-pk").values_list("pk", "message_id", "message__context").first()
    if found is None:
        return None
    recipient_id, message_id, context = found
    rule = rule_of(device.account_id, context)
    return Answered(
        message_id=message_id,
        recipient_id=recipient_id,
        endpoint_id=named_by(context),
        rule=rule.name if rule else "",
        category=sort(rule.patterns, text) if rule else "",
    )


def written(account_id: int, *, after: int) -> QuerySet[Recipient]:
    """Return what people wrote to the account after that id, a row for each message: to be narrowed by `address`."""
    # A sum has no index, so that no database begins with all of the account's messages.
    mine = Recipient.objects.annotate(owner=F("message__account_id") + 0).filter(owner=account_id)
    return mine.filter(state=State.RECEIVED, pk__gt=after)


def rule_of(account_id: int, context: Mapping[str, Any]) -> ResponseRule | None:
    """Return the rule that sorts the answers to a message; None where it has none, or it was deleted."""
    pk = context.get("answering", {}).get("rule")
    rule = ResponseRule.objects.filter(account=account_id, pk=pk).first() if isinstance(pk, int) else None
    return rule if isinstance(rule, ResponseRule) else None


def sort(patterns: Sequence[Mapping[str, Any]], text: str) -> str:
    """Return the name of the first pattern that the text fits, "" if it fits none; case does not matter."""
    said = text.strip().casefold()
    for pattern in patterns:
        wanted = str(pattern.get("prompt", "")).strip().casefold()
        fits = _FITS.get(str(pattern.get("match", "")).lower())
        if wanted and fits and fits(said, wanted):
            return str(pattern.get("name", ""))
    return ""


_FITS = {
    "startswith": str.startswith,
    "contains": str.__contains__,
    "exactmatch": str.__eq__,
}
