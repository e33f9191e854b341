"""The secrets that calls are signed with: an endpoint's own, or its account's for all calls of one format.

Several work at once while an old one is being replaced: receivers that know either accept our calls meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Account
from messaging import sealing
from messaging.models import WebhookEndpoint, WebhookSigning
from messaging.webhooks import format
from messaging.webhooks.format import Format

OVERLAPS = (timedelta(), timedelta(hours=24), timedelta(days=7))
_MOST = 2  # at once: a third ends the oldest


class Secret(msgspec.Struct, frozen=True):
    """A secret, and until when it is still used where it was replaced."""

    value: str
    until: datetime | None = None


def seal(secrets: Sequence[Secret]) -> str:
    return sealing.seal(msgspec.json.encode(secrets).decode()) if secrets else ""


def unseal(sealed: str) -> list[Secret]:
    """Return the secrets that still work, the newest first; raises Unreadable."""
    if not sealed:
        return []
    now = timezone.now()
    kept = msgspec.json.decode(sealing.unseal(sealed), type=list[Secret])
    return [secret for secret in kept if secret.until is None or secret.until > now]


def replaced(sealed: str, value: str, *, overlap: timedelta) -> str:
    """Return the sealed secrets with a new first one; the present one goes on for the overlap."""
    until = timezone.now() + overlap
    try:
        present = unseal(sealed) if overlap else []
    except sealing.Unreadable:  # no call was signed with it since then
        present = []
    return seal([Secret(value), *(Secret(s.value, min(s.until or until, until)) for s in present[: _MOST - 1])])


def secrets_of(endpoints: Iterable[WebhookEndpoint]) -> dict[int, str]:
    """Return the sealed secrets that the endpoints' calls are signed with; none where their format needs none."""
    found, accounts = {}, {}
    for endpoint in endpoints:
        known = format.find(endpoint.format)
        if endpoint.sealed_secrets:
            found[endpoint.pk] = endpoint.sealed_secrets
        elif known and known.new_secret():
            key = (endpoint.account_id, endpoint.format)
            if key not in accounts:
                accounts[key] = signing(endpoint.account, known).sealed_secrets
            found[endpoint.pk] = accounts[key]
    return found


def readable(endpoint: WebhookEndpoint) -> list[Secret] | None:
    """Return the secrets as `live` does; None where the gateway's own secret key was changed meanwhile."""
    try:
        return live(endpoint)
    except sealing.Unreadable:
        return None


def readable_signing(account: Account, known: Format) -> list[Secret] | None:
    """Return the account's own secrets for a format in the same way."""
    try:
        return unseal(signing(account, known).sealed_secrets)
    except sealing.Unreadable:
        return None


def live(endpoint: WebhookEndpoint) -> list[Secret]:
    """Return the secrets that one endpoint's calls are signed with now; raises Unreadable."""
    return unseal(secrets_of([endpoint]).get(endpoint.pk, ""))


def signing(account: Account, known: Format) -> WebhookSigning:
    """Return the account's own secrets for a format, made on first need."""
    mine = WebhookSigning.objects.filter(account=account, format=known.name)
    if found := mine.first():
        return found
    sealed = seal([Secret(known.new_secret())])
    try:
        with transaction.atomic():
            return WebhookSigning.objects.create(account=account, format=known.name, sealed_secrets=sealed)
    except IntegrityError:  # another request made it meanwhile
        return mine.get()


def signing_secret(account: Account, name: str) -> str:
    """Return the account's present secret for a format, for whoever must be told it; raises KeyError."""
    return unseal(signing(account, format.found()[name]).sealed_secrets)[0].value
