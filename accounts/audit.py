"""The one door to the audit log."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from hashlib import sha256
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts.addresses import client_address
from accounts.models import Account, AuditChain, AuditEntry, User


@dataclass(frozen=True, slots=True)
class Actor:
    """Who makes a change, how they proved it (`session`, `token`, `admin`, `command`, `rule`), and from where."""

    label: str
    proof: str
    user: User | None = None
    address: str | None = None


COMMAND = Actor(label="command line", proof="command")
GATEWAY = Actor(label="The gateway", proof="rule")  # what it does by itself


def person(request: HttpRequest, *, proof: str = "session") -> Actor:
    """Return the signed-in person of a request as the one who makes a change.

    Raises PermissionDenied if nobody is signed in.
    """
    user = request.user
    if not isinstance(user, User):
        raise PermissionDenied
    return Actor(label=user.email, proof=proof, user=user, address=client_address(request) or None)


def record(
    *,
    account: Account | None,
    actor: Actor,
    action: str,
    target: models.Model,
    changes: dict[str, Any] | None = None,
) -> AuditEntry:
    """Write down one change, in the caller's own transaction. `changes` must hold no secret."""
    entry = AuditEntry(
        account=account,
        at=timezone.now(),
        actor=actor.user,
        actor_label=actor.label[:255],
        proof=actor.proof,
        address=actor.address,
        action=action,
        target_type=target._meta.model_name or "",
        target_id=target.pk,
        target_label=str(target)[:255],
        changes=json.loads(json.dumps(changes or {}, cls=DjangoJSONEncoder)),
    )
    with transaction.atomic():
        chain = _end_of(account)
        entry.number, entry.digest = chain.length + 1, digest_of(entry, before=chain.digest)
        entry.save()
        AuditChain.objects.filter(pk=chain.pk).update(length=entry.number, digest=entry.digest)
    return entry


def _end_of(account: Account | None) -> AuditChain:
    """Return the chain's end, which nobody else writes to until the transaction is over."""
    chain, _ = AuditChain.objects.get_or_create(account=account)
    return AuditChain.objects.select_for_update().get(pk=chain.pk)


def digest_of(entry: AuditEntry, *, before: str) -> str:
    """Return SHA-256 of all that the entry says and of the digest before it."""
    said = {name: value for name, value in told(entry).items() if name not in ("number", "digest")} | {"before": before}
    return sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def told(entry: AuditEntry) -> dict[str, Any]:
    """Return the entry as it is exported."""
    return {
        "number": entry.number,
        "account": entry.account_id,
        "at": entry.at.astimezone(UTC).isoformat(),
        "actor": entry.actor_label,
        "proof": entry.proof,
        "address": str(entry.address or ""),
        "action": entry.action,
        "target_type": entry.target_type,
        "target_id": entry.target_id,
        "target": entry.target_label,
        "changes": entry.changes,
        "digest": entry.digest,
    }


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of checking one chain: how many entries hold, and what is wrong with the first that does not."""

    chain: AuditChain
    good: int
    complaint: str = ""


def verify() -> Iterator[Verdict]:
    """Check every chain against its entries, in the order they were written, whoever writes meanwhile."""
    numbered = AuditEntry.objects.filter(number__isnull=False).order_by()
    whose = set(numbered.values_list("account", flat=True).distinct())  # first: a chain begins before its entries
    chains = list(AuditChain.objects.select_related("account").order_by("account_id"))
    for chain in chains:
        yield Verdict(chain, *_checked(chain))
    for account_id in whose - {chain.account_id for chain in chains}:
        yield Verdict(AuditChain(account_id=account_id), 0, "How long it was is missing.")


def _checked(chain: AuditChain) -> tuple[int, str]:
    """Return how many entries hold, and what is wrong with what follows."""
    good, before, entries = 0, "", AuditEntry.objects.filter(account=chain.account)
    for entry in entries.filter(number__lte=chain.length).order_by("number").iterator():
        if entry.number != good + 1:
            return good, f"Entry {good + 1} is missing."
        if entry.digest != digest_of(entry, before=before):
            return good, f"Entry {entry.number} says something else than was written."
        good, before = entry.number, entry.digest
    if good < chain.length:
        return good, f"{chain.length} entries were written, the last {chain.length - good} are missing."
    if before != chain.digest:
        return good - 1, f"Entry {good} is not the one that was written."
    return good, _added(chain, entries)


def _added(chain: AuditChain, entries: models.QuerySet[AuditEntry]) -> str:
    """Return what is wrong with entries that are not in the chain; those older than it are not, nor is what grew."""
    last = entries.aggregate(models.Max("number"))["number__max"] or 0
    if last > AuditChain.objects.get(pk=chain.pk).length:
        return f"Entry {last} was added without the chain."
    first = entries.filter(number=1).values("pk")
    beside = entries.filter(number=None, pk__gt=first).first() if first else None
    return f"An entry of {beside.at:%Y-%m-%d %H:%M} stands beside the chain." if beside else ""
