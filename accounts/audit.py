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
    """Who makes a change, how they proved it (`session`, `token`, `admin`, `command`), and from where."""

    label: str
    proof: str
    user: User | None = None
    address: str | None = None


COMMAND = Actor(label="command line", proof="command")


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
    """Check every chain against its entries, in the order they were written."""
    for chain in AuditChain.objects.select_related("account").order_by("account_id"):
        yield _checked(chain)


def _checked(chain: AuditChain) -> Verdict:
    good, before = 0, ""
    for entry in AuditEntry.objects.filter(account=chain.account, number__isnull=False).order_by("number").iterator():
        if entry.number != good + 1:
            return Verdict(chain, good, f"Entry {good + 1} is missing.")
        if entry.digest != digest_of(entry, before=before):
            return Verdict(chain, good, f"Entry {entry.number} says something else than was written.")
        good, before = entry.number, entry.digest
    if (good, before) != (chain.length, chain.digest):
        return Verdict(chain, good, f"{chain.length} entries were written, the last {chain.length - good} are missing.")
    return Verdict(chain, good)
