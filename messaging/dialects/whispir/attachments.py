"""The files of an e-mail: read from base64, kept with the account's files, and named in each of its messages."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from accounts.models import Account
from messaging import content, media
from messaging.dialects.whispir import fields
from messaging.errors import Refusal, Refused
from messaging.models import Media

MOST_BYTES = 10 * 1024 * 1024  # of all together
MOST_FILES = 20
_SPARE = timedelta(days=2)
_IN_BASE64 = MOST_BYTES // 3 * 4 + 1024
File = dict[str, Any]


def read(resources: Mapping[str, Any]) -> list[File]:
    """Return the files with their contents under `data`; raises Refused for what is no base64, and for too much."""
    files = [_file(given) for given in fields.parts(resources, "attachment", most=MOST_FILES)]
    if sum(len(file.get("data", b"")) for file in files) > MOST_BYTES:
        why = f"Attachments have at most {MOST_BYTES} bytes together."
        raise Refused(Refusal.MEDIA_TOO_LARGE, why, field="derefUri", params={"limit": MOST_BYTES})
    return files


def _file(given: Mapping[str, Any]) -> File:
    name = fields.text(given, "attachmentName", most=240, required=True)
    encoded = fields.text(given, "derefUri", most=_IN_BASE64, required=True)
    try:
        data = b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Refused(Refusal.INVALID, "derefUri must be base64.", field="derefUri") from None
    if not data:
        raise Refused(Refusal.REQUIRED, "derefUri is required.", field="derefUri")
    return {"data": data, "filename": name}


@contextmanager
def kept(account: Account, files: Sequence[File]) -> Iterator[list[Media]]:
    """Keep the files, which then have ids instead of contents; on an error in the block they are let go again."""
    stored: list[Media] = []
    try:
        stored.extend(_keep(account, file) for file in files if "data" in file)
        yield stored
    except BaseException:
        media.discard(stored)
        raise


def keep_until(stored: Sequence[Media], moment: datetime) -> None:
    """Keep the files until a message is sent, with time for its retries."""
    until = moment + _SPARE
    Media.objects.filter(pk__in=[file.pk for file in stored], expires_at__lt=until).update(expires_at=until)


def _keep(account: Account, file: File) -> Media:
    made = media.store(
        account,
        file.pop("data"),
        filename=file["filename"],
        kind=content.ATTACHMENT,
        source=Media.Source.MESSAGE,
        most=MOST_BYTES,
    )
    file["id"] = str(made.pk)
    return made
