"""Finding a broadcast, and stopping one that has not begun."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.audit import Actor
from accounts.models import Account
from messaging.errors import Refusal, Refused
from messaging.models import Broadcast
from tokens.errors import Denial, Denied


def find(account: Account, id: int | None) -> Broadcast:
    """Return one broadcast of the account; raises Refused(NOT_FOUND)."""
    mine = Broadcast.objects.for_account(account).select_related("account", "segment", "device", "token", "login")
    found = mine.filter(pk=id).first() if id is not None else None
    if found is None:
        raise Refused(Refusal.NOT_FOUND, "There is no such broadcast.")
    return found


def cancel(broadcast: Broadcast, *, by: Actor, is_sandbox: bool = False) -> Broadcast:
    """Stop a broadcast before its first message.

    Raises Refused(NOT_PENDING) once it has begun, Denied for a sandbox token and a broadcast that is real.
    """
    if is_sandbox and not broadcast.is_sandbox:
        raise Denied(Denial.SCOPE, "A sandbox token cancels broadcasts of the sandbox alone.")
    with transaction.atomic():
        still = Broadcast.objects.filter(pk=broadcast.pk, status__in=Broadcast.NOT_BEGUN)
        if not still.update(status=Broadcast.Status.CANCELLED, due_at=None, finished_at=timezone.now()):
            raise Refused(Refusal.NOT_PENDING, "The broadcast has begun, or is over.")
        audit.record(account=broadcast.account, actor=by, action="broadcast.cancelled", target=broadcast)
    broadcast.refresh_from_db()
    return broadcast
