"""How a change is made: under the account's lock, with an audit entry, and forgotten by the cache."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import Account
from tokens import authentication
from tokens.models import AccessToken, ApiLogin, Token

Credential = Token | ApiLogin | AccessToken

# What an audit entry may hold. Lookups, hints and digests never get there.
PUBLIC = (
    "name",
    "type",
    "scopes",
    "networks",
    "dialects",
    "requests_per_second",
    "expires_at",
    "overlap_until",
    "paused_at",
    "paused_because",
    "revoked_at",
    "deleted_at",
)


@contextmanager
def locked(account: Account) -> Iterator[Account]:
    """Change an account's credentials one at a time. `no_key`: messages may be stored meanwhile.

    SQLite has no row locks and needs none, since `atomic` is the only writer there.
    """
    with transaction.atomic():
        rows = Account.objects.select_for_update(of=("self",), no_key=True).select_related("plan")
        yield rows.get(pk=account.pk)
        # Now, for whatever else this transaction asks, and when others can see the change.
        authentication.forget()
        transaction.on_commit(authentication.forget)


def apply(row: Credential, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Save the changes; returns the public ones as the audit log has them, before and after."""
    before = {field: getattr(row, field) for field in changes}
    for field, value in changes.items():
        setattr(row, field, value)
    row.save(update_fields=list(changes))
    return {
        field: [plain(before[field]), plain(value)]
        for field, value in changes.items()
        if field in PUBLIC and before[field] != value
    }


def record(row: Credential, action: str, *, by: audit.Actor, changes: dict[str, Any] | None = None) -> None:
    audit.record(account=row.account, actor=by, action=action, target=row, changes=changes)


def plain(value: Any) -> Any:
    """Return the value as JSON has it."""
    return value.isoformat() if isinstance(value, datetime) else value
