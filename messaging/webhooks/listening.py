"""Who listens for an account's events. Asked on the send path, so an account without webhooks costs nothing.

Each change of an account's endpoints raises `Account.webhooks_version`, which those who ask have read with the account
already; what a version stands for is read once in a process and kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from threading import Lock

from django.db import transaction
from django.db.models import F

from accounts.models import Account
from messaging.models import WebhookEndpoint
from messaging.webhooks import format
from messaging.webhooks.events import Trait
from tokens import authentication

_ROOM = 10_000


@dataclass(frozen=True, slots=True)
class Traits(Trait):
    """As much of an event as says who is told of it."""

    device_id: int | None = None
    token_id: int | None = None
    dialect: str = ""
    is_sandbox: bool = False


@dataclass(frozen=True, slots=True)
class Listener:
    """An endpoint, as far as it says which events it gets."""

    endpoint_id: int
    format: str
    events: frozenset[str]
    device_id: int | None
    token_id: int | None
    dialect: str
    sandbox: bool | None
    in_order: bool
    is_by_name: bool = False

    def hears(self, traits: Traits, *, named_id: int | None = None) -> bool:
        """`named_id` is the endpoint that the event's message names."""
        known = format.find(self.format)
        return (
            known is not None
            and (not self.is_by_name or self.endpoint_id == named_id)
            and not self.events.isdisjoint(known.words_of(traits))
            and self.device_id in (None, traits.device_id)
            and self.token_id in (None, traits.token_id)
            and self.dialect in ("", traits.dialect)
            and self.sandbox in (None, traits.is_sandbox)
        )


_known: dict[int, tuple[int, Sequence[Listener]]] = {}
_lock = Lock()


def listeners(account_id: int, version: int) -> Sequence[Listener]:
    """Return the account's listeners as they are at this version or later."""
    if not version:
        return ()
    held = _known.get(account_id)
    if held and held[0] == version:
        return held[1]
    found = _read(account_id)
    with _lock:
        if len(_known) >= _ROOM:
            _known.clear()
        _known[account_id] = (version, found)
    return found


def version_that_hears(account: Account, kind: str) -> int:
    """Return the account's version if somebody listens for events that are called so, else 0."""
    version = account.webhooks_version
    return version if any(kind in listener.events for listener in listeners(account.pk, version)) else 0


def may_be_named(account_id: int, version: int) -> bool:
    """Return whether the account has endpoints that messages name."""
    return any(listener.is_by_name for listener in listeners(account_id, version))


def _read(account_id: int) -> Sequence[Listener]:
    endpoints = WebhookEndpoint.objects.filter(account_id=account_id, removed_at=None)
    return tuple(_listener(endpoint) for endpoint in endpoints.exclude(kind=WebhookEndpoint.Kind.GIVEN))


def _listener(endpoint: WebhookEndpoint) -> Listener:
    known = format.find(endpoint.format)
    return Listener(
        endpoint_id=endpoint.pk,
        format=endpoint.format,
        events=frozenset(endpoint.events or (known.usual if known and not endpoint.is_by_name else ())),
        device_id=endpoint.device_id,
        token_id=endpoint.token_id,
        dialect=endpoint.dialect,
        sandbox=endpoint.sandbox,
        in_order=endpoint.in_order,
        is_by_name=endpoint.is_by_name,
    )


def changed(account_ids: Iterable[int]) -> None:
    """Have everyone read these accounts' endpoints anew; called in the transaction that changes them."""
    Account.objects.filter(pk__in=list(account_ids)).update(webhooks_version=F("webhooks_version") + 1)
    transaction.on_commit(authentication.forget)


def forget() -> None:
    """Forget what was read (a test's database is emptied)."""
    with _lock:
        _known.clear()
