"""What a message's files need before it is accepted, and before it is handed over."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from django.utils import timezone

from accounts.models import Account
from messaging.content import ATTACHMENT, FORMATS, files_in
from messaging.errors import Refusal, Refused
from messaging.media import formats
from messaging.media.fetching import planned
from messaging.media.storing import read_id, store
from messaging.models import Media, Recipient
from messaging.states import State

COLUMNS = (
    "id", "account", "state", "source", "kind", "mime", "size", "sha256", "filename", "name", "link", "error",
    "attempts", "due_at", "expires_at",
)  # fmt: skip
ReadId: TypeAlias = Callable[[str], int | None]
_SPARE = timedelta(days=2)  # that a file is kept after its message is due, for retries
_HEAD_IN_BASE64 = formats.HEAD // 3 * 4


@dataclass(slots=True)
class _Upload:
    """A file inside a request, that is stored once everything else about the request is known to be right."""

    account: Account
    kind: str
    mime: str
    holder: dict[str, Any]  # the media object, that is to name the file instead of holding it


@dataclass(slots=True)
class MediaRows:
    """The files of one request's messages: those to store, and the rows of those to fetch."""

    uploads: list[_Upload] = field(default_factory=list)
    planned: list[Media] = field(default_factory=list)

    def rows(self) -> list[list[Any]]:
        """Return the planned rows' values in the order of `COLUMNS`."""
        names = ["account_id" if name == "account" else name for name in COLUMNS]
        return [[getattr(media, name) for name in names] for media in self.planned]


def prepare(
    found: MediaRows,
    account: Account,
    kind: str,
    content: dict[str, Any],
    *,
    read: ReadId = read_id,
    fetches_links: bool = False,
    due_at: datetime | None = None,
) -> datetime | None:
    """See to the files that checked content names, holds or links to, so that it ends up naming them all.

    Files inside the content are noted in `found`, as are links where they are to be fetched; nothing is written. An
    id is read as the caller's API writes them. Returns until when recipients wait for a file, None where they need
    not. Raises Refused: INVALID for an id that is none of the account's, MEDIA_FORMAT.
    """
    wait: datetime | None = None
    for path, sort, holder in files_in(kind, content):
        if "id" in holder:
            holder["id"] = str(_known(account, path, sort, read(holder["id"]), due_at).pk)
        elif "data" in holder:
            found.uploads.append(_upload(account, path, sort, holder))
        elif fetches_links:
            media = planned(account, holder.pop("link"), sort, filename=holder.get("filename", ""))
            holder.pop("mime", None)
            holder["id"] = str(media.pk)
            found.planned.append(media)
            wait = max(wait or media.parked_until, media.parked_until)
    return wait


def _known(account: Account, path: str, kind: str, id: int | None, due_at: datetime | None) -> Media:
    media = Media.objects.for_account(account).filter(pk=id).first() if id else None
    if media is None:
        raise Refused(Refusal.INVALID, f"{path}.id names no media of this account.", field=f"{path}.id")
    if media.state == Media.State.FAILED:
        raise Refused(Refusal.INVALID, f"{path}.id names media that could not be fetched.", field=f"{path}.id")
    if kind == ATTACHMENT:
        pass  # any file goes by e-mail
    elif (media.mime not in FORMATS[kind]) if media.mime else media.kind != kind:
        detail = f"{path}.id must name one of {', '.join(FORMATS[kind])}."
        params = {"formats": list(FORMATS[kind])}
        raise Refused(Refusal.MEDIA_FORMAT, detail, field=f"{path}.id", params=params)
    until = (due_at or timezone.now()) + _SPARE
    if media.expires_at < until:
        Media.objects.filter(pk=media.pk, expires_at__lt=until).update(expires_at=until)
    return media


def _upload(account: Account, path: str, kind: str, holder: dict[str, Any]) -> _Upload:
    head = b64decode(holder["data"][:_HEAD_IN_BASE64])
    try:
        mime = formats.mime_of(head, kind=kind, declared=holder.get("mime", ""), filename=holder.get("filename", ""))
    except Refused as refused:
        refused.field = f"{path}.data"
        raise
    return _Upload(account, kind, mime, holder)


def store_uploads(found: MediaRows) -> list[Media]:
    """Store the files inside a request and let its contents name them; raises Refused(MEDIA_TOO_LARGE)."""
    stored: list[Media] = []
    for upload in found.uploads:
        data = b64decode(upload.holder.pop("data"))
        upload.holder.pop("mime", None)
        media = store(
            upload.account,
            data,
            mime=upload.mime,
            filename=upload.holder.get("filename", ""),
            kind=upload.kind,
            source=Media.Source.MESSAGE,
            most=len(data),  # whose limit is the request's own
        )
        upload.holder["id"] = str(media.pk)
        stored.append(media)
    return stored


@dataclass(frozen=True, slots=True)
class Lack:
    """Why a recipient cannot be handed over: its file is still to come, or (with a code) will never come."""

    code: str = ""
    reason: str = ""


def lacking(rows: Sequence[Recipient]) -> Mapping[int, Lack]:
    """Return, by recipient, what is missing of the files of those that are to be handed over."""
    wanted = {row.pk: _ids_in(row) for row in rows if row.state == State.ACCEPTED}
    all_ids = {id for ids in wanted.values() for id in ids}
    if not all_ids:
        return {}
    found = Media.objects.in_bulk(all_ids)
    accounts = {row.pk: row.message.account_id for row in rows}
    lacks: dict[int, Lack] = {}
    for pk, ids in wanted.items():
        for id in ids:
            media = found.get(id)
            lack = _lack(media if media and media.account_id == accounts[pk] else None)
            if lack and not (pk in lacks and lacks[pk].code):  # what will never come outweighs what may
                lacks[pk] = lack
    return lacks


def _ids_in(row: Recipient) -> list[int]:
    message = row.message
    found = (read_id(str(holder.get("id", ""))) for _, _, holder in files_in(message.kind, message.content))
    return [id for id in found if id]


def _lack(media: Media | None) -> Lack | None:
    if media is None:
        return Lack("media_gone", "Its file is no longer kept.")
    if media.state == Media.State.FAILED:
        return Lack("media_failed", f"Its file could not be fetched. {media.error}")
    return None if media.is_there else Lack()
