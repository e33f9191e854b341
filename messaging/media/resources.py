"""Resources: files that an account keeps, in a workspace or in none, for messages to many and for imports."""

from __future__ import annotations

from collections.abc import Iterator

from accounts.models import Account
from messaging.errors import Refusal, Refused
from messaging.media import tables
from messaging.media.storing import open
from messaging.models import Media, MediaQuerySet, Workspace


def resources(account: Account, workspace: Workspace | None) -> MediaQuerySet:
    """Return the files of a workspace, or those of the company; the one that was changed last comes first."""
    mine = Media.objects.for_account(account).filter(source=Media.Source.RESOURCE, state=Media.State.STORED)
    return mine.filter(workspace=workspace).order_by("-replaced_at", "-pk")


def rows(media: Media) -> Iterator[tables.Row]:
    """Yield the rows of a file; raises Refused (MEDIA_FORMAT, NOT_FOUND) where it has none or is not there."""
    if media.mime not in tables.READERS:
        raise Refused(Refusal.MEDIA_FORMAT, "This file has no rows.", field="resourceId")
    file = open(media)
    try:
        yield from tables.rows_of(file, media.mime)
    finally:
        file.close()
