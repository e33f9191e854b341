"""Resources: files that an account keeps, in a workspace or in none, for messages to many and for imports.

One that is public has an address that nobody can guess, and is given there to whoever has it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.audit import Actor
from accounts.models import Account
from messaging.errors import Refusal, Refused
from messaging.media import tables
from messaging.media.storing import clean, measured, new_name, open, refuse_too_large, write
from messaging.models import Media, MediaQuerySet, Workspace

MOST_BYTES = 10 * 1024 * 1024
PUBLIC_PATH = "public/resources"
_KIND = "resource"
_WRITING = timedelta(hours=1)  # a file that was not whole by then is forgotten


def all_resources(account: Account) -> MediaQuerySet:
    """Return the files of an account, wherever they are; the one that was changed last comes first."""
    mine = Media.objects.for_account(account).filter(source=Media.Source.RESOURCE, state=Media.State.STORED)
    return mine.order_by("-replaced_at", "-pk")


def resources(account: Account, workspace: Workspace | None) -> MediaQuerySet:
    """Return the files of a workspace, or those of the company."""
    return all_resources(account).filter(workspace=workspace)


def create_resource(
    account: Account,
    *,
    workspace: Workspace | None,
    filename: str,
    mime: str,
    is_public: bool,
    data: bytes,
    by: Actor,
) -> Media:
    """Keep a file and return it once it is safe.

    Raises Refused: REQUIRED for an empty file, MEDIA_FORMAT for one that is not what its type says, MEDIA_TOO_LARGE for
    one over 10 MB or over the account's room, NOT_OFFERED for a public one where the gateway has none.
    """
    name = _filename(filename)
    media = _written(account, mime=mime, is_public=is_public, data=data)
    media.workspace, media.filename = workspace, name
    media.public_key = secrets.token_urlsafe(24) if is_public else ""
    media.state, media.replaced_at, media.expires_at = Media.State.STORED, timezone.now(), _end()
    with transaction.atomic():
        media.save()
        audit.record(account=account, actor=by, action="resource.created", target=media, changes=_told(media))
    return media


def change_resource(media: Media, *, filename: str, mime: str, is_public: bool, data: bytes, by: Actor) -> Media:
    """Put another file, name, type and scope in its place; raises as `create_resource` does.

    The old bytes go by the row that brought the new ones, so that nothing is lost or left at any moment. Raises
    NOT_FOUND too, where somebody deleted the file meanwhile.
    """
    filename = _filename(filename)
    new = _written(media.account, mime=mime, is_public=is_public, data=data)
    with transaction.atomic():
        mine = Media.objects.select_for_update().filter(pk=media.pk, expires_at__gt=timezone.now()).first()
        if mine is None:
            raise Refused(Refusal.NOT_FOUND, "This resource was deleted meanwhile.")
        before = _told(mine)
        mine.name, new.name = new.name, mine.name
        mine.mime, mine.size, mine.sha256 = new.mime, new.size, new.sha256
        mine.filename, mine.replaced_at, mine.expires_at = filename, timezone.now(), _end()
        mine.public_key = (mine.public_key or secrets.token_urlsafe(24)) if is_public else ""
        new.expires_at = timezone.now()
        mine.save()
        new.save()
        after = _told(mine)
        changes = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
        audit.record(account=mine.account, actor=by, action="resource.changed", target=mine, changes=changes)
    return mine


def delete_resource(media: Media, *, by: Actor) -> None:
    """Forget the file; one that is being read for an import is there until that is done."""
    with transaction.atomic():
        Media.objects.filter(pk=media.pk).update(expires_at=timezone.now(), public_key="")
        audit.record(account=media.account, actor=by, action="resource.deleted", target=media, changes=_told(media))


def public_url(media: Media) -> str:
    """Return the address of a public file, "" for a private one."""
    if not media.public_key:
        return ""
    return f"{settings.GATEWAY_URL}/{PUBLIC_PATH}/{media.public_key}/{quote(media.filename, safe='')}"


def find_public(key: str, filename: str) -> Media | None:
    """Return the public file at an address, whoever asks."""
    public = Media.objects.filter(public_key=key, state=Media.State.STORED, expires_at__gt=timezone.now())
    return public.exclude(public_key="").filter(filename=filename).first()


def rows(media: Media) -> Iterator[tables.Row]:
    """Yield the rows of a file; raises Refused (MEDIA_FORMAT, NOT_FOUND) where it has none or is not there."""
    if media.mime not in tables.READERS:
        raise Refused(Refusal.MEDIA_FORMAT, "This file has no rows.", field="file")
    file = open(media)
    try:
        yield from tables.rows_of(file, media.mime)
    finally:
        file.close()


def _written(account: Account, *, mime: str, is_public: bool, data: bytes) -> Media:
    """Return the row of a file whose bytes are in the storage, and which is nobody's to see yet."""
    if is_public and not settings.GATEWAY_PUBLIC_RESOURCES:
        raise Refused(Refusal.NOT_OFFERED, "This gateway has no public resources.", field="scope")
    if not data:
        raise Refused(Refusal.REQUIRED, "The file is empty.", field="file")
    refuse_too_large(account, len(data), MOST_BYTES)
    tables.check(BytesIO(data), mime, has_rows=not is_public)
    file = BytesIO(data)
    size, digest = measured(file)
    ends = timezone.now() + _WRITING
    known = {"mime": mime, "size": size, "sha256": digest, "expires_at": ends, "name": new_name()}
    media = Media(account=account, source=Media.Source.RESOURCE, kind=_KIND, **known)
    media.save(force_insert=True)
    write(media, file)
    return media


def _filename(given: str) -> str:
    if not (found := clean(given)):
        raise Refused(Refusal.REQUIRED, "The file needs a name.", field="name")
    return found


def _end() -> Any:
    return timezone.now() + timedelta(days=settings.GATEWAY_RESOURCE_DAYS)


def _told(media: Media) -> dict[str, Any]:
    scope = "public" if media.public_key else "private"
    return {"name": media.filename, "type": media.mime, "scope": scope, "sha256": media.sha256}
