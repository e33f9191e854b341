"""Keeping files, giving them back, and forgetting them when their time is over."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from typing import BinaryIO

from django.conf import settings
from django.core.files import File
from django.core.files.storage import Storage, storages
from django.db.models import Exists, OuterRef, Sum
from django.utils import timezone

from accounts.models import Account
from messaging import ids
from messaging.content import LIMITS
from messaging.errors import Refusal, Refused
from messaging.media import formats
from messaging.models import ContactImport, Media

KEPT = timedelta(days=30)
_WRITING = timedelta(hours=1)  # what was not whole by then never will be: its writer died
_CHUNK = 65536
_LONGEST_FILENAME = 240
_DIGITS = re.compile(r"[1-9][0-9]{0,18}")


def storage() -> Storage:
    return storages["media"]


def read_id(text: str) -> int | None:
    """Return the id that these digits write, None for any other text."""
    id = int(text) if _DIGITS.fullmatch(text) else 0
    return id if 0 < id <= ids.LARGEST else None


def new_name() -> str:
    """Return where the storage is to have a file: a folder for the day, and a name that nobody can guess."""
    return f"{timezone.now():%Y/%m/%d}/{secrets.token_hex(20)}"


def most_bytes(kind: str) -> int:
    return LIMITS[f"{kind}.file"]


def store(
    account: Account,
    data: bytes | BinaryIO | File[bytes],
    *,
    mime: str = "",
    filename: str = "",
    kind: str = "",
    source: str = Media.Source.UPLOAD,
    most: int | None = None,
) -> Media:
    """Keep a file for 30 days and return it once it is safe.

    Without a kind it may be of any that messages carry. Raises Refused: REQUIRED for an empty file, MEDIA_FORMAT for
    one that no message of the kind carries or that is not what is declared, MEDIA_TOO_LARGE for one over the kind's
    size, or over `most` instead.
    """
    file = BytesIO(data) if isinstance(data, bytes) else data
    head = file.read(formats.HEAD)
    if not head:
        raise Refused(Refusal.REQUIRED, "The file is empty.", field="file")
    found = formats.mime_of(head, kind=kind, declared=formats.plain(mime), filename=filename)
    media = Media(
        account=account,
        source=source,
        kind=kind or formats.kind_of(found),
        filename=clean(filename),
        name=new_name(),
        expires_at=timezone.now() + _WRITING,
    )
    size, digest = measured(file)
    refuse_too_large(account, size, most or most_bytes(media.kind))
    media.save(force_insert=True)
    write(media, file)
    media.state, media.mime, media.size, media.sha256 = Media.State.STORED, found, size, digest
    media.expires_at = timezone.now() + KEPT
    media.save(update_fields=["state", "mime", "size", "sha256", "expires_at"])
    return media


def measured(file: BinaryIO | File[bytes]) -> tuple[int, str]:
    """Return the file's size and its digest, and go back to its beginning."""
    size, digest = 0, sha256()
    file.seek(0)
    while chunk := file.read(_CHUNK):
        size += len(chunk)
        digest.update(chunk)
    file.seek(0)
    return size, digest.hexdigest()


def refuse_too_large(account: Account, size: int, most: int) -> None:
    """Raise Refused(MEDIA_TOO_LARGE) for a file over the limit, or over the room that the account has left."""
    if size > most:
        detail = f"The file must have at most {most} bytes."
        raise Refused(Refusal.MEDIA_TOO_LARGE, detail, field="file", params={"limit": most})
    room = settings.GATEWAY_MEDIA_MEGABYTES * 1024 * 1024
    if room and size + (Media.objects.filter(account=account).aggregate(Sum("size"))["size__sum"] or 0) > room:
        detail = "The account has no room for more files until older ones are over."
        raise Refused(Refusal.MEDIA_TOO_LARGE, detail, field="file", params={"limit": room})


def write(media: Media, file: BinaryIO | File[bytes]) -> None:
    """Put the bytes under the row's name; what an earlier try left there goes."""
    storage().delete(media.name)
    content: File[bytes] = file if isinstance(file, File) else File(file)
    if storage().save(media.name, content) != media.name:
        raise OSError(f"the storage has {media} under another name")


def clean(filename: str) -> str:
    """Return the name of a file without its folders and without characters that a header cannot hold."""
    last = re.split(r"[/\\]", filename)[-1]
    return "".join(c for c in last if c.isprintable()).strip(" .")[-_LONGEST_FILENAME:]


def find(account: Account, id: int | None) -> Media:
    """Return a file of the account; raises Refused(NOT_FOUND), also when its time is over."""
    found = Media.objects.for_account(account).filter(pk=id).first() if id else None
    if found is None:
        raise Refused(Refusal.NOT_FOUND, "There is no such media.")
    return found


def open(media: Media) -> File[bytes]:
    """Return the bytes of a file, to be closed; raises Refused(NOT_FOUND) where they are not, or not yet, there."""
    try:
        if media.is_there:
            return storage().open(media.name)
    except FileNotFoundError:
        pass
    raise Refused(Refusal.NOT_FOUND, "There is no file behind this media.")


def discard(stored: Sequence[Media]) -> None:
    """Let files go that nobody will ask for."""
    Media.objects.filter(pk__in=[media.pk for media in stored]).update(expires_at=timezone.now())


def prune_media(limit: int = 100) -> int:
    """Forget up to `limit` files whose time is over; returns how many. The file goes before its row."""
    unread = Exists(ContactImport.objects.filter(media=OuterRef("pk"), finished_at=None))
    past = Media.objects.filter(expires_at__lte=timezone.now()).exclude(unread)
    over = list(past.order_by("expires_at")[:limit])
    for media in over:
        storage().delete(media.name)
    return Media.objects.filter(pk__in=[media.pk for media in over], expires_at__lte=timezone.now()).delete()[0]
