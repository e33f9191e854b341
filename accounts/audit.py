"""The one door to the audit log."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest

from accounts.addresses import client_address
from accounts.models import Account, AuditEntry, User


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
