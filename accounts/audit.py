"""The one door to the audit log."""

from dataclasses import dataclass
from typing import Any

from django.db import models

from accounts.models import Account, AuditEntry, User


@dataclass(frozen=True, slots=True)
class Actor:
    """Who makes a change, how they proved it (`session`, `token`, `admin`, `command`), and from where."""

    label: str
    proof: str
    user: User | None = None
    address: str | None = None


COMMAND = Actor(label="command line", proof="command")


def record(
    *,
    account: Account | None,
    actor: Actor,
    action: str,
    target: models.Model,
    changes: dict[str, Any] | None = None,
) -> AuditEntry:
    """Write down one change, in the caller's own transaction. `changes` must hold no secret."""
    return AuditEntry.objects.create(
        account=account,
        actor=actor.user,
        actor_label=actor.label[:255],
        proof=actor.proof,
        address=actor.address,
        action=action,
        target_type=target._meta.model_name or "",
        target_id=target.pk,
        target_label=str(target)[:255],
        changes=changes or {},
    )
