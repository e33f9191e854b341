"""From what an edge read to the rows that are stored: every check of a message and its addresses, in one place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.models import Account
from messaging import content, media, numbers, routing, templating
from messaging.committer import Batch
from messaging.errors import Refusal, Refused
from messaging.models import DEVICE_CHANNELS, Channel, Device, OptOut
from messaging.states import State
from messaging.usage import Count
from tokens.authentication import Caller
from tokens.models import ApiLogin, Token

MOST_ADDRESS = 128
_CHANNELS = {
    "data": (Channel.SMS,),
    "email": (Channel.EMAIL,),
    "voice": (Channel.VOICE,),
    "post": (Channel.WEB, Channel.SOCIAL, Channel.RCS),
}
_UNNUMBERED = (Channel.WEB, Channel.SOCIAL)  # which reach a page, not a telephone
MOST_RECIPIENTS = 1000  # in one request; larger lists are broadcasts
UNREACHABLE, MADE_LATER = "unreachable", "made_later"  # in a message's context: its draft's `why_not`, and so on


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
    active_since: datetime | None = None  # take only a device that was seen since then
    priority: int = 0
    scheduled_at: datetime | None = None
    expires_at: datetime | None = None
    context: dict[str, Any] = field(default_factory=dict)  # what is kept and shown: webhook_url, request_id, reply_to
    workspace_id: int | None = None
    why_not: tuple[str, str] | None = None  # a code and a sentence: nothing of it is sent, and its timeline says so
    is_made_later: bool = False  # when it is due, messages are made of it (`later`)
    awaits_answer: bool = False  # what its recipients write is sorted, or told to the webhook that it names
    client_id: str = ""  # the sender's own, unique in its account (`sending.OWN_IDS`)
    is_verbatim: bool = False  # addresses as they are: short codes, local numbers, ciphertext
    knows_opt_outs: bool = False  # whoever wrote STOP was left out, for many drafts in one query
    limits: dict[str, int] = field(default_factory=dict)  # the edge's own, passed to `content.check`
    read_media_id: Callable[[str], int | None] = media.read_id  # how the edge writes the ids of stored files
    fetches_links: bool = False  # files at links are fetched by us, before the message is handed over

    @property
    def goes_out(self) -> bool:
        """True if it is itself handed over, and paid for."""
        return not (self.why_not or self.is_made_later)


def add(batch: Batch, sender: Sender, draft: Draft, *, place: int, now: datetime) -> None:
    """Put one checked draft's rows into the batch."""
    checked, file_at = _content(batch, sender, draft)
    addresses = _addresses(sender.account, draft)
    _refuse_opted_out(sender.account, draft, addresses)
    _check_times(draft, now)
    route = _route(sender, draft)
    batch.messages.append([
        place, sender.account.pk, sender.token and sender.token.pk, sender.login and sender.login.pk,
        route.device and route.device.pk, sender.dialect, draft.channel, "out", draft.kind, checked,
        _context(draft, route.why), State.ACCEPTED, draft.priority,
        draft.scheduled_at, draft.expires_at, now, draft.workspace_id,
    ])  # fmt: skip
    is_later = draft.scheduled_at is not None and draft.scheduled_at > now
    due_at = draft.scheduled_at if is_later else file_at or now - timedelta(seconds=max(0, draft.priority))
    start = len(batch.recipients)
    batch.recipients.extend(
        [start + i, place, address, State.ACCEPTED, due_at, draft.awaits_answer] for i, address in enumerate(addresses)
    )
    batch.counts.append(
        Count(
            account_id=sender.account.pk,
            day=now.astimezone(sender.account.zone).date(),
            token_ref=sender.token.pk if sender.token else 0,
            device_ref=route.device.pk if route.device else 0,
            dialect=sender.dialect,
            what="accepted",
            number=len(addresses),
        )
    )


def _route(sender: Sender, draft: Draft) -> routing.Route:
    if not (draft.goes_out or sender.is_sandbox):
        return routing.Route(None, "none")
    return routing.choose(
        account=sender.account,
        channel=draft.channel,
        is_sandbox=sender.is_sandbox,
        wanted=draft.device,
        active_since=draft.active_since,
    )


def _content(batch: Batch, sender: Sender, draft: Draft) -> tuple[dict[str, Any], datetime | None]:
    """Return the checked content and until when it waits for its files. Drafts with one body share it and its files."""
    mark = (draft.kind, id(draft.body), id(draft.limits))
    if mark not in batch.contents:
        checked = content.check(draft.kind, draft.body, **draft.limits)
        if draft.channel not in _CHANNELS.get(draft.kind, DEVICE_CHANNELS):
            detail = f"{draft.kind.capitalize()} does not go by {Channel(draft.channel).label}."
            raise Refused(Refusal.KIND, detail, field="type")
        if draft.kind == "template":
            templating.must_be_usable(sender.account, checked, is_sandbox=sender.is_sandbox)
        file_at = media.prepare(
            batch.media,
            sender.account,
            draft.kind,
            checked,
            read=draft.read_media_id,
            fetches_links=draft.fetches_links,
            due_at=draft.scheduled_at,
        )
        batch.contents[mark] = (checked, file_at, draft)  # the draft too, so that no other's parts get its ids
    known: tuple[dict[str, Any], datetime | None] = batch.contents[mark][:2]
    return known


def _context(draft: Draft, why: str) -> dict[str, Any]:
    own: dict[str, Any] = {"client_id": draft.client_id} if draft.client_id else {}
    if draft.why_not:
        own[UNREACHABLE] = list(draft.why_not)
    if draft.is_made_later:
        own[MADE_LATER] = True
    return {"route": why, **draft.context, **own}


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
    if draft.channel == Channel.EMAIL:
        found = [_email(address) for address in draft.to]
    elif draft.is_verbatim or draft.channel in _UNNUMBERED:
        found = [_verbatim(address) for address in draft.to]
    else:
        found = [numbers.msisdn(a, region=account.default_region, strict=account.strict_numbers) for a in draft.to]
    if len(set(found)) != len(found):
        raise Refused(Refusal.INVALID, "An address stands in the list twice.", field="to")
    return found


def _email(address: object) -> str:
    text = address.strip() if isinstance(address, str) else ""
    try:
        validate_email(text)
    except ValidationError:
        raise Refused(Refusal.RECIPIENT, "An e-mail address looks like ann@example.com.", field="to") from None
    return _verbatim(text)


def _verbatim(address: object) -> str:
    if not isinstance(address, str) or not 1 <= len(address) <= MOST_ADDRESS or not address.isprintable():
        raise Refused(Refusal.RECIPIENT, f"An address has 1 to {MOST_ADDRESS} printable characters.", field="to")
    return address


def _refuse_opted_out(account: Account, draft: Draft, addresses: Sequence[str]) -> None:
    if not account.has_opt_outs or draft.knows_opt_outs:
        return
    meant = [_meant(account, address) for address in addresses] if draft.is_verbatim else addresses
    stopped = OptOut.objects.filter(account=account, address__in=meant).values_list("address", flat=True).first()
    if stopped:
        raise Refused(Refusal.OPTED_OUT, "This person wrote STOP and gets no more messages.", field="to")


def _meant(account: Account, address: str) -> str:
    """Return the number that an address is another way to write, or the address itself."""
    try:
        return numbers.msisdn(address, region=account.default_region)
    except Refused:
        return address


def _check_times(draft: Draft, now: datetime) -> None:
    """`scheduled_at` in the past is taken as now; an end before the beginning is refused."""
    if draft.expires_at and draft.expires_at <= max(now, draft.scheduled_at or now):
        raise Refused(Refusal.IN_THE_PAST, "The message would expire before it is sent.", field="expires_at")
