"""Files at links: planned with the message that names them, fetched afterwards, tried again, given up.

The row and its recipients are changed in one transaction, so a worker that dies leaves either a file that is still
to be fetched, which falls due again, or recipients that are on their way.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from tempfile import TemporaryFile
from typing import BinaryIO
from urllib.parse import quote, urlsplit

from django.db import transaction
from django.utils import timezone

from accounts.models import Account
from messaging import nudging, outgoing
from messaging.errors import Refused
from messaging.media import formats
from messaging.media.storing import KEPT, clean, measured, most_bytes, new_name, refuse_too_large, write
from messaging.models import Media, Recipient

log = logging.getLogger(__name__)
SCHEMES = ("https", "http")
LEASE = timedelta(minutes=5)
RETRY_AFTER = [timedelta(seconds=s) for s in (5, 30, 120)]
_SECONDS = 30.0  # for a small file
_BYTES_A_SECOND = 1_000_000  # a host that is slower than this is left
_PASSING = frozenset((408, 425, 429))  # the client errors after which a later try may succeed
_SAFE = "!#$%&'()*+,/:;=?@[]~"


class _Missed(Exception):
    """Raised when a try brought no file; a passing reason is worth another."""

    def __init__(self, reason: str, *, is_passing: bool) -> None:
        super().__init__(reason)
        self.reason, self.is_passing = reason, is_passing


def planned(account: Account, link: str, kind: str, *, filename: str = "", source: str = Media.Source.MESSAGE) -> Media:
    """Return the row, not yet stored, of a file that is to be fetched from a link."""
    now = timezone.now()
    return Media(
        account=account,
        source=source,
        kind=kind,
        link=link,
        filename=clean(filename),
        name=new_name(),
        due_at=now,
        expires_at=now + KEPT,
    )


def plan_fetch(
    account: Account, link: str, kind: str, *, filename: str = "", source: str = Media.Source.MESSAGE
) -> Media:
    """Store that a file of this kind is to be fetched from a link, and return its row."""
    media = planned(account, link, kind, filename=filename, source=source)
    media.save(force_insert=True)
    nudging.nudge()
    return media


def fetch_due(limit: int = 1) -> int:
    """Fetch up to `limit` files whose time has come; returns how many were tried.

    Safe to run anywhere, any number at once: rows are claimed by lease.
    """
    claimed = Media.objects.claim(limit=limit, lease=LEASE)
    for media in Media.objects.filter(pk__in=claimed).select_related("account"):
        _fetch(media)
    return len(claimed)


def _fetch(media: Media) -> None:
    try:
        with TemporaryFile() as file:
            _keep(media, file, hint=_download(media, file))
    except _Missed as missed:
        _note(media, missed)
    except Refused as refused:
        _note(media, _Missed(refused.detail, is_passing=False))
    except OSError as error:
        log.exception("%s could not be written", media)
        _note(media, _Missed(f"The gateway could not keep it: {type(error).__name__}.", is_passing=True))


def _download(media: Media, file: BinaryIO) -> str:
    """Write what the link leads to into the file and return what its server calls it; raises _Missed."""
    most = most_bytes(media.kind)
    try:
        answer = outgoing.download(
            quote(media.link, safe=_SAFE),  # people write letters of their own into paths
            file,
            timeout=_SECONDS + most / _BYTES_A_SECOND,
            most_bytes=most,
            schemes=SCHEMES,
        )
    except outgoing.Forbidden as no:
        raise _Missed(no.reason, is_passing=False) from None
    except outgoing.Failed as failed:
        raise _Missed(failed.reason, is_passing=failed.kind is not outgoing.Failure.TOO_LARGE) from None
    if answer.status != 200:
        is_passing = answer.status >= 500 or answer.status in _PASSING
        raise _Missed(f"The host answered with status {answer.status}.", is_passing=is_passing)
    return formats.plain(answer.headers.get("content-type", ""))


def _keep(media: Media, file: BinaryIO, *, hint: str) -> None:
    """Keep what was fetched and let its recipients have it; raises _Missed and Refused for what cannot be kept."""
    size, digest = measured(file)
    if not size:
        raise _Missed("There is nothing at the link.", is_passing=True)
    head = file.read(formats.HEAD)
    file.seek(0)
    name = media.filename or urlsplit(media.link).path
    mime = formats.mime_of(head, kind=media.kind, hint=hint, filename=name)
    refuse_too_large(media.account, size, most_bytes(media.kind))
    write(media, file)
    _finish(media, state=Media.State.STORED, mime=mime, size=size, sha256=digest, error="")


def _note(media: Media, missed: _Missed) -> None:
    """Say when the next try is, or give up, which the recipients are then told."""
    if missed.is_passing and media.attempts < len(RETRY_AFTER):
        Media.objects.filter(pk=media.pk, state=Media.State.FETCHING).update(
            state=Media.State.WAITING,
            due_at=timezone.now() + RETRY_AFTER[media.attempts],
            attempts=media.attempts + 1,
            error=missed.reason[:255],
        )
    else:
        _finish(media, state=Media.State.FAILED, error=missed.reason[:255])


def _finish(media: Media, **changes: object) -> None:
    """Write how it ended and wake the recipients that wait for it; both or neither."""
    now = timezone.now()
    with transaction.atomic():
        ended = Media.objects.filter(pk=media.pk, state=Media.State.FETCHING)
        if ended.update(due_at=None, attempts=media.attempts + 1, **changes):
            waiting = Recipient.objects.filter(due_at=media.parked_until, message__account=media.account_id)
            waiting.update(due_at=now)
    nudging.nudge()
