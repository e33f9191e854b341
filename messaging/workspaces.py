"""Making and changing workspaces, for every door alike."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

from accounts import audit
from accounts.audit import Actor
from accounts.models import Account
from messaging import namesakes
from messaging.models import Workspace
from tokens.errors import Denial, Denied


def create_workspace(account: Account, *, by: Actor, **fields: Any) -> Workspace:
    """Make a workspace of these fields of the model; raises Refused(EXISTS) for a name that is taken."""
    made = Workspace(account=account, **fields)
    with _named_once(made):
        made.save(force_insert=True)
        audit.record(account=account, actor=by, action="workspace.created", target=made, changes=fields)
    return made


def change_workspace(workspace: Workspace, *, by: Actor, is_sandbox: bool = False, **fields: Any) -> Workspace:
    """Change fields of the model.

    Raises Refused(EXISTS) for a name that is taken, Denied for a sandbox token: real messages may belong to it.
    """
    if is_sandbox:
        raise Denied(Denial.SCOPE, "A sandbox token changes no workspace.")
    if changes := _changes(workspace, fields):
        for name in changes:
            setattr(workspace, name, fields[name])
        with _named_once(workspace):
            workspace.save(update_fields=list(changes))
            audit.record(
                account=workspace.account, actor=by, action="workspace.changed", target=workspace, changes=changes
            )
    return workspace


def must_be_active(workspace: Workspace | None) -> None:
    """Raise Denied for a workspace that was disabled: nothing is sent from it."""
    if workspace and not workspace.is_active:
        raise Denied(Denial.ROLE, "This workspace is disabled.")


def _changes(workspace: Workspace, fields: Mapping[str, Any]) -> dict[str, list[Any]]:
    return {n: [getattr(workspace, n), value] for n, value in fields.items() if getattr(workspace, n) != value}


def _named_once(workspace: Workspace) -> AbstractContextManager[None]:
    others = Workspace.objects.for_account(workspace.account).filter(name=workspace.name).exclude(pk=workspace.pk)
    return namesakes.refused(others, f"There is a workspace {workspace.name} already.")
