"""Giving a file to whoever may have it, so that no browser takes it for a page, script or style of ours."""

import re

from django.http import FileResponse

from messaging.media.storing import open
from messaging.models import Media

# Pages trust what comes from their own address: without its type a browser neither runs nor applies it.
_ACTIVE = re.compile(r"html|svg|(java|ecma|j|live)script|css|xslt|wasm", re.IGNORECASE)


def served(media: Media) -> FileResponse:
    """Answer with the file's bytes, a piece at a time; raises Refused(NOT_FOUND) where there are none."""
    type = "application/octet-stream" if _ACTIVE.search(media.mime) else media.mime
    name = media.filename or f"media-{media.pk}"
    response = FileResponse(open(media), as_attachment=True, filename=name, content_type=type)
    response["Content-Length"] = str(media.size)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response
