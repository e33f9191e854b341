"""The files that messages to many and imports name by `resourceId`."""

from __future__ import annotations

from collections.abc import Iterator

from accounts.models import Account
from messaging.dialects.whispir.serializers import read_id
from messaging.errors import Refusal, Refused
from messaging.media import resources
from messaging.models import Media, Workspace


def find(account: Account, workspace: Workspace | None, id: str) -> Media:
    """Return the resource of this workspace with this id; raises Refused(INVALID)."""
    found = resources.resources(account, workspace).filter(pk=read_id(id) or 0).first()
    if found is None:
        raise Refused(Refusal.INVALID, "There is no such resource.", field="resourceId")
    return found


def rows(media: Media) -> Iterator[dict[str, str]]:
    """Yield the resource's rows as texts by name, dotted for values in others, as they stand in the file.

    Nothing is read ahead. Raises Refused(MEDIA_FORMAT) where the file has no rows, or is malformed.
    """
    return resources.rows(media)
