"""What the two sending routes take, as msgspec reads it: the one place where a request must be fast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec
from django.utils import timezone
from msgspec import Meta

from accounts.models import Account
from messaging import routing
from messaging.content import KINDS
from messaging.drafting import MOST_ADDRESS, MOST_RECIPIENTS, Draft
from messaging.errors import Refusal, Refused
from messaging.models import Device

FURTHEST = timedelta(days=366)  # that a message may wait
_YEAR = int(FURTHEST.total_seconds())
MOST_MESSAGES = 1000  # in one request

Number = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=MOST_ADDRESS,
        description="With its country code; for e-mail an address.",
        examples=["+905321234567"],
    ),
]
Moment = Annotated[datetime, Meta(tz=True, description="With a time zone, at most 366 days ahead.")]
Content = dict[str, Any]
_TYPES = tuple(kind for kind in KINDS if kind not in ("voice", "post"))  # which nothing here delivers


class Message(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A message to send. Its content stands in the field named after its type, as in Meta's Cloud API."""

    to: Number | Annotated[list[Number], Meta(min_length=1, max_length=MOST_RECIPIENTS)]
    type: Literal[_TYPES] | None = None  # type: ignore[valid-type]  # the table says which there are
    text: str | Content | None = None
    image: Content | None = None
    video: Content | None = None
    audio: Content | None = None
    document: Content | None = None
    sticker: Content | None = None
    location: Content | None = None
    contacts: list[Content] | None = None
    reaction: Content | None = None
    interactive: Content | None = None
    template: Content | None = None
    data: Content | None = None
    email: Content | None = None
    channel: Literal["sms", "whatsapp", "email"] | None = None
    from_: Annotated[str, Meta(min_length=1, max_length=40)] | None = msgspec.field(default=None, name="from")
    priority: Annotated[int, Meta(ge=0, le=127)] = 0
    scheduled_at: Moment | None = None
    ttl: Annotated[int, Meta(ge=1, le=_YEAR, description="Seconds from now after which it is not sent.")] | None = None
    expires_at: Moment | None = None

    def draft(self, account: Account) -> Draft:
        """Return what the core takes; raises Refused."""
        now = timezone.now()
        kind = self.type or "text"
        body: Any = getattr(self, kind)
        if kind == "text" and isinstance(body, str):
            body = {"body": body}
        if body is None:
            raise Refused(Refusal.REQUIRED, f"The field {kind} is required.", field=kind)
        channel = self.channel or ("email" if kind == "email" else "sms")
        if channel == "sms" and kind not in ("text", "data"):
            raise Refused(Refusal.KIND, f"An SMS cannot be of type {kind}; say channel whatsapp.", field="type")
        return Draft(
            to=[self.to] if isinstance(self.to, str) else self.to,
            kind=kind,
            body=body,
            channel=channel,
            device=_device(account, self.from_) if self.from_ else None,
            priority=self.priority,
            scheduled_at=_ahead("scheduled_at", self.scheduled_at, now),
            expires_at=self._end(now),
        )

    def _end(self, now: datetime) -> datetime | None:
        if self.ttl is None:
            if self.expires_at and self.expires_at <= now:
                return self.expires_at  # which the core refuses, except from a repeat
            return _ahead("expires_at", self.expires_at, now)
        if self.expires_at:
            raise Refused(Refusal.INVALID, "Say ttl or expires_at, not both.", field="ttl")
        return now + timedelta(seconds=self.ttl)


class Messages(msgspec.Struct, forbid_unknown_fields=True):
    """Messages that are accepted together, or none of them."""

    messages: Annotated[list[Message], Meta(min_length=1, max_length=MOST_MESSAGES)]

    def drafts(self, account: Account) -> Sequence[Draft]:
        """Return what the core takes; raises Refused, with the message's place in its field."""
        found: list[Draft] = []
        for place, message in enumerate(self.messages):
            try:
                found.append(message.draft(account))
            except Refused as refused:
                raise placed(refused, place) from None
        if sum(len(draft.to) for draft in found) > MOST_RECIPIENTS:
            raise Refused(Refusal.INVALID, f"At most {MOST_RECIPIENTS} recipients in one request.", field="messages")
        return found


def placed(refused: Refused, place: int) -> Refused:
    """Say in which of several messages it went wrong."""
    refused.field = ".".join(filter(None, (f"messages.{place}", refused.field)))
    return refused


def _ahead(field: str, moment: datetime | None, now: datetime) -> datetime | None:
    """Return a future moment; a passed one is now, which needs no saying."""
    if moment is None or moment <= now:
        return None
    if moment - now > FURTHEST:
        raise Refused(Refusal.INVALID, f"This is more than {FURTHEST.days} days ahead.", field=field)
    return moment


def _device(account: Account, named: str) -> Device:
    """Return the account's device with that id or number."""
    by_id = next((device for device in routing.devices(account) if str(device.pk) == named), None)
    if device := by_id or routing.find(account, named):
        return device
    raise Refused(Refusal.DEVICE_UNKNOWN, "There is no such device.", field="from")


_NAMES: Mapping[str, str] = {"device": "from", "text.body": "text"}


def in_our_words(refused: Refused) -> Refused:
    """Name the field as our callers wrote it."""
    refused.field = _NAMES.get(refused.field or "", refused.field)
    return refused
