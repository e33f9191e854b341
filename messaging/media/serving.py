"""Giving a file to whoever may have it, so that no browser takes it for a page of ours."""

from django.http import FileResponse

from messaging.media.storing import open
from messaging.models import Media


def served(media: Media) -> FileResponse:
    """Answer with the file's bytes, a piece at a time; raises Refused(NOT_FOUND) where there are none."""
    response = FileResponse(
        open(media), as_attachment=True, filename=media.filename or f"media-{media.pk}", content_type=media.mime
    )
    response["Content-Length"] = str(media.size)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response
