"""Making, changing and removing what messages are prepared with: stored messages, response rules, incidents, apps."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, TypeVar

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.audit import Actor
from messaging import namesakes
from messaging.errors import Refusal, Refused
from messaging.models import Incident, MobileApp, ResponseRule, StoredMessage
from messaging.models.composing import Prepared

Row = TypeVar("Row", bound=Prepared)
_CALLED: dict[type[Prepared], str] = {ResponseRule: "response_rule", Incident: "incident", MobileApp: "app"}


def create(row: Row, *, by: Actor) -> Row:
    """Store a new row; raises Refused(EXISTS) for a name that is taken where it must not be."""
    with _named_once(row):
        row.save(force_insert=True)
        _record(row, "created", by=by)
    return row


def change(row: Row, *, by: Actor, **fields: Any) -> Row:
    """Change fields of the model; raises Refused(EXISTS) as `create` does, NOT_FOUND for one that is gone."""
    changed = [name for name, value in fields.items() if getattr(row, name) != value]
    before = row.name
    for name in changed:
        setattr(row, name, fields[name])
    if changed:
        row.updated_at = timezone.now()
        with _named_once(row):
            _lock(row)
            row.save(update_fields=[*changed, "updated_at"])
            renamed = {"name": [before, row.name]} if before != row.name else {}
            _record(row, "changed", by=by, fields=changed, **renamed)
    return row


def remove(row: Prepared, *, by: Actor) -> None:
    """Forget a row; raises Refused(NOT_FOUND) for one that is gone. What it was used for stays as it was sent."""
    with transaction.atomic():
        _lock(row)
        _record(row, "deleted", by=by)
        row.delete()


def called(row: Prepared) -> str:
    """Return the word for what it is, as the audit log has it."""
    if isinstance(row, StoredMessage):
        return "scenario" if row.kind == StoredMessage.Kind.SCENARIO else "message_template"
    return _CALLED[type(row)]


def _lock(row: Prepared) -> None:
    """Let nobody else change the row until the transaction is over."""
    rows = type(row).objects.filter(pk=row.pk)
    if not rows.select_for_update().values_list("pk", flat=True):
        raise Refused(Refusal.NOT_FOUND, f"There is no such {_words(row)}.")


def _words(row: Prepared) -> str:
    return called(row).replace("_", " ")


def _record(row: Prepared, verb: str, *, by: Actor, **changes: Any) -> None:
    """Note what was done and where; never what it says, which may hold anything."""
    where = {"workspace": row.workspace.name} if row.workspace else {}
    audit.record(
        account=row.account, actor=by, action=f"{called(row)}.{verb}", target=row, changes={**where, **changes}
    )


def _named_once(row: Prepared) -> AbstractContextManager[None]:
    same = {"name": row.name, **({"kind": row.kind} if isinstance(row, StoredMessage) else {})}
    others = type(row).objects.filter(account=row.account_id, workspace=row.workspace_id, **same).exclude(pk=row.pk)
    return namesakes.refused(others, f"There is a {_words(row)} {row.name} already.")
