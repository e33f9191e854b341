"""What the operations about files take and answer."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from messaging.content import FORMATS
from messaging.dialects.startmessaging.serializers import render_media_id
from messaging.documents import Answer, Operation
from messaging.errors import Refusal

_MIMES = list(dict.fromkeys(mime for mimes in FORMATS.values() for mime in mimes))
_ID = render_media_id(1_234_567_890_123_456_789)
_FORM: dict[str, Any] = {
    "type": "object",
    "title": "MediaForm",
    "required": ["file"],
    "properties": {
        "file": {"type": "string", "format": "binary"},
        "type": {"type": "string", "enum": _MIMES, "description": "Without it the file itself says what it is."},
    },
}


class MediaStored(Struct):
    """A file that messages can name for 30 days."""

    media_id: str


OPERATIONS = {
    "POST /v1/media": Operation(
        summary="Upload a file",
        description="Images up to 5 MB, video and audio up to 16 MB, documents up to 100 MB, stickers up to 500 KB.",
        takes={"multipart/form-data": _FORM},
        examples={"A text file": {"file": "Terms and conditions", "type": "text/plain"}},
        answers={200: Answer(MediaStored, {"media_id": _ID})},
        refuses={Refusal.MEDIA_FORMAT, Refusal.MEDIA_TOO_LARGE},
    ),
    "GET /v1/media/{media_id}": Operation(
        summary="Download a file",
        path={"media_id": _ID},
        answers={200: Answer({"type": "string", "format": "binary"}, media_type=_MIMES)},
    ),
}
