"""Giving a file to whoever may have it, so that no browser takes it for a page, script or style of ours."""

from __future__ import annotations

import re
from contextlib import ExitStack
from dataclasses import dataclass

from django.core.files import File
from django.http import FileResponse

from messaging import turns
from messaging.media.storing import open
from messaging.models import Media

# Pages trust what comes from their own address: without its type a browser neither runs nor applies it.
_ACTIVE = re.compile(r"html|svg|(java|ecma|j|live)script|css|xsl|wasm", re.IGNORECASE)
_PIECE = 1024 * 1024  # handed to the server at once: most files are gone with the first


@dataclass(frozen=True, slots=True)
class _Taken:
    """An open file, and the turn at reading it, which is given back when it is closed."""

    file: File[bytes]
    held: ExitStack

    def read(self, size: int) -> bytes:
        found: bytes = self.file.read(size)
        return found

    def close(self) -> None:
        self.held.close()


def _taken(media: Media) -> _Taken:
    with ExitStack() as held:
        held.enter_context(turns.files.take(media.account_id))
        file = held.enter_context(open(media))
        return _Taken(file, held.pop_all())


def served(media: Media) -> FileResponse:
    """Answer with the file's bytes, a piece at a time.

    Raises Refused: NOT_FOUND where there are none, BUSY while others are slow to take theirs.
    """
    type = "application/octet-stream" if _ACTIVE.search(media.mime) else media.mime
    name = media.filename or f"media-{media.pk}"
    response = FileResponse(_taken(media), as_attachment=True, filename=name, content_type=type)
    response.block_size = _PIECE
    response["Content-Length"] = str(media.size)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response
