"""The files that messages to many and imports name by `resourceId`."""

from __future__ import annotations

from accounts.models import Account
from messaging.dialects.whispir.serializers import read_id
from messaging.errors import Refusal, Refused
from messaging.media import resources, tables
from messaging.models import Media, Workspace


def find(account: Account, workspace: Workspace | None, id: str) -> Media:
    """Return the resource of this workspace with this id, which must have rows; raises Refused(INVALID)."""
    found = resources.resources(account, workspace).filter(pk=read_id(id) or 0).first()
    if found is None:
        raise Refused(Refusal.INVALID, "There is no such resource.", field="resourceId")
    if found.mime not in tables.READERS:
        raise Refused(Refusal.INVALID, "This resource has no rows.", field="resourceId")
    return found
