"""Writing down what happened for those who listen, in the transaction that makes it happen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Account
from messaging import ids, nudging, rows
from messaging.models import Device, Message, WebhookDelivery, WebhookEndpoint, WebhookEvent
from messaging.routing import SANDBOX
from messaging.webhooks import format
from messaging.webhooks.events import Kind
from messaging.webhooks.listening import Traits, listeners, may_be_named

EVENT = ("id", "account", "kind", "message", "recipient_ref", "device_ref", "data")
DELIVERY = ("id", "event", "endpoint", "url", "subject", "state", "due_at")
_ROOM = 10_000
_UNDELIVERED = (Kind.FAILED, Kind.EXPIRED)


@dataclass(slots=True)
class Happening:
    """Something that happened to an account. `version` is its `webhooks_version`, `webhook_url` its message's own.

    `named_id` is the endpoint that its message, or the message that is answered, names; that of messages which were
    not delivered is found here.
    """

    account_id: int
    version: int
    kind: str
    message_id: int | None = None
    recipient_id: int | None = None
    device_id: int | None = None
    token_id: int | None = None
    dialect: str = ""
    channel: str = ""
    message_kind: str = ""
    is_mms: bool = False
    webhook_url: str = ""
    named_id: int | None = None
    data: dict[str, Any] = field(default_factory=dict)

    def traits(self, *, is_sandbox: bool) -> Traits:
        return Traits(
            self.kind, self.channel, self.message_kind, self.is_mms,
            self.device_id, self.token_id, self.dialect, is_sandbox,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Aim:
    """Where one event goes."""

    endpoint_id: int
    url: str = ""
    in_order: bool = False


def raise_all(happenings: Iterable[Happening]) -> None:
    """Write down the happenings that somebody listens for, with a delivery for each listener."""
    heard = [h for h in happenings if h.version or h.webhook_url]
    if not heard:
        return
    _name(heard)
    sandboxes = _sandboxes(heard)
    told = [(h, aims) for h in heard if (aims := _aims(h, is_sandbox=h.device_id in sandboxes))]
    if told:
        _write(told)
        transaction.on_commit(nudging.nudge)


def _name(happenings: Sequence[Happening]) -> None:
    """Have the undelivered messages' happenings say which endpoint their messages name, where any can be named."""
    lost = [h for h in happenings if h.kind in _UNDELIVERED and may_be_named(h.account_id, h.version)]
    if not lost:
        return
    contexts = dict(Message.objects.filter(pk__in={h.message_id for h in lost}).values_list("pk", "context"))
    for happening in lost:
        happening.named_id = named_by(contexts.get(happening.message_id or 0, {}))


def named_by(context: Mapping[str, Any]) -> int | None:
    """Return the endpoint that a message names, from what is kept with it."""
    found = context.get("answering", {}).get("endpoint")
    return found if isinstance(found, int) else None


def raise_event(
    account_id: int,
    kind: str,
    *,
    device: Device | None = None,
    message_id: int | None = None,
    recipient_id: int | None = None,
    data: dict[str, Any] | None = None,
    **traits: Any,
) -> None:
    """Raise one event in the caller's transaction; `traits` are a happening's further fields."""
    version = Account.objects.filter(pk=account_id).values_list("webhooks_version", flat=True).first()
    happening = Happening(
        account_id,
        version or 0,
        kind,
        message_id=message_id,
        recipient_id=recipient_id,
        device_id=device.pk if device else None,
        data=data or {},
        **traits,
    )
    raise_all([happening])


def raise_for(endpoint: WebhookEndpoint, kind: str, data: dict[str, Any]) -> WebhookDelivery:
    """Raise an event that goes to this endpoint alone, and return its delivery."""
    happening = Happening(endpoint.account_id, 0, kind, data=data)
    id = _write([(happening, [_Aim(endpoint.pk)])])
    transaction.on_commit(nudging.nudge)
    return WebhookDelivery.objects.get(pk=id)


def _write(told: Sequence[tuple[Happening, Sequence[_Aim]]]) -> int:
    """Write the events and their deliveries; returns the first delivery's id."""
    event_id, delivery_id, now = ids.new_ids(len(told)), ids.new_ids(sum(len(aims) for _, aims in told)), timezone.now()
    first, events, deliveries = delivery_id, [], []
    for happening, aims in told:
        h = happening
        events.append([event_id, h.account_id, h.kind, h.message_id, h.recipient_id, h.device_id, h.data])
        for aim in aims:
            subject = h.message_id if aim.in_order else None
            waiting = WebhookDelivery.State.WAITING.value
            deliveries.append([delivery_id, event_id, aim.endpoint_id, aim.url, subject, waiting, now])
            delivery_id += 1
        event_id += 1
    rows.insert(WebhookEvent, EVENT, events)
    rows.insert(WebhookDelivery, DELIVERY, deliveries)
    return first


def _aims(happening: Happening, *, is_sandbox: bool) -> list[_Aim]:
    """Return where an event goes: to all who listen, and to its message's own address in place of its format's."""
    traits = happening.traits(is_sandbox=is_sandbox)
    own = _own(happening, traits)
    known, named_id = listeners(happening.account_id, happening.version), happening.named_id
    hearing = [listener for listener in known if listener.hears(traits, named_id=named_id)]
    if own:
        hearing = [listener for listener in hearing if listener.format != happening.dialect]
    return [*([own] if own else []), *(_Aim(x.endpoint_id, in_order=x.in_order) for x in hearing)]


def _own(happening: Happening, traits: Traits) -> _Aim | None:
    """Return the address that the message's request named for its events, if this event goes there."""
    if not happening.webhook_url or happening.kind == Kind.ACCEPTED:
        return None
    known = format.find(happening.dialect) or format.find(format.STANDARD)
    if known is None or not known.words_of(traits):
        return None
    return _Aim(_host(happening.account_id, known.name, happening.webhook_url), url=happening.webhook_url)


_hosts: dict[tuple[int, str, str], int] = {}


def _host(account_id: int, name: str, url: str) -> int:
    """Return the endpoint that stands for all of an account's addresses at one host, made on first use.

    One for each host and not for each address, as an address may carry an id of its message.
    """
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc.lower()}/"
    key = (account_id, name, origin)
    if found := _hosts.get(key):
        return found
    given = WebhookEndpoint.objects.filter(
        account_id=account_id, format=name, url=origin, kind=WebhookEndpoint.Kind.GIVEN
    )
    id = given.values_list("pk", flat=True).first() or _new_host(account_id, name, origin)
    transaction.on_commit(lambda: _remember(key, id))
    return id


def _new_host(account_id: int, name: str, origin: str) -> int:
    kind = WebhookEndpoint.Kind.GIVEN
    try:
        with transaction.atomic():
            return WebhookEndpoint.objects.create(account_id=account_id, format=name, url=origin, kind=kind).pk
    except IntegrityError:  # another process made it meanwhile
        return WebhookEndpoint.objects.get(account_id=account_id, format=name, url=origin, kind=kind).pk


def _remember(key: tuple[int, str, str], id: int) -> None:
    if len(_hosts) >= _ROOM:
        _hosts.clear()
    _hosts[key] = id


def forget() -> None:
    """Forget the hosts that are known (a test's database is emptied)."""
    _hosts.clear()


def _sandboxes(happenings: Sequence[Happening]) -> set[int]:
    """Return the devices among theirs that are sandboxes; reads nothing where no listener minds."""
    minding = {
        h.device_id
        for h in happenings
        if h.device_id and any(x.sandbox is not None for x in listeners(h.account_id, h.version))
    }
    if not minding:
        return set()
    return set(Device.objects.filter(pk__in=minding, transport=SANDBOX).values_list("pk", flat=True))
