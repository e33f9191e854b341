"""What a message says. Meta's message kinds, checked here once for every edge that takes them.

Content is the object that Meta's request body has under the name of the kind: `{"body": "Hi"}` for a text,
`{"link": "https://…", "caption": "…"}` for an image. Contacts, a list there, are `{"contacts": [{…}]}`.
"""

from collections.abc import Mapping
from typing import Any

from messaging.content.fields import required
from messaging.content.kinds import KINDS, META_KINDS
from messaging.content.limits import LIMITS, adjusted
from messaging.content.media import ATTACHMENT, FORMATS, files_in, read_media, with_media_ids
from messaging.errors import Refusal, Refused

__all__ = [
    "ATTACHMENT",
    "FORMATS",
    "KINDS",
    "LIMITS",
    "META_KINDS",
    "check",
    "files_in",
    "read_media",
    "summary",
    "with_media_ids",
]

_WORDS: Mapping[str, tuple[str, ...]] = {
    "text": ("body",),
    "image": ("caption",),
    "video": ("caption",),
    "document": ("caption", "filename"),
    "location": ("name", "address"),
    "contacts": ("contacts.0.name.formatted_name",),
    "reaction": ("emoji",),
    "interactive": ("body.text",),
    "template": ("name",),
    "email": ("subject",),
    "voice": ("body",),
    "post": ("body",),
}


def check(
    kind: object,
    body: object,
    *,
    text_limit: int | None = None,
    caption_limit: int | None = None,
    data_limit: int | None = None,
) -> dict[str, Any]:
    """Return the content in the core's form; `body` is the object named after the kind, as the caller wrote it.

    The content can be stored in any database: numbers are finite, texts are Unicode without NUL. Optional
    fields that were empty and fields that the kind does not have are left out. Checking it again changes
    nothing. The limits given replace those of a text's body, of captions, and of media inside the request
    (in bytes, decoded).

    Raises `Refused` with KIND, REQUIRED, INVALID, TOO_LONG, MEDIA_TOO_LARGE or MEDIA_FORMAT; its `field` is
    the path with the kind in front, such as "interactive.action.buttons.0.reply.title".
    """
    if not isinstance(kind, str) or kind not in KINDS:
        raise Refused(Refusal.KIND, f"The kinds of message are {', '.join(KINDS)}.", field="type")
    if body is None:
        raise required(kind)
    content: dict[str, Any] = KINDS[kind](body, kind, adjusted(text_limit, caption_limit, data_limit))
    return content


def summary(kind: str, content: Mapping[str, Any]) -> str:
    """Return the words that a list shows for a message: its text, caption or name, else what it is."""
    words = (_find(content, path) for path in _WORDS.get(kind, ()))
    return next((word for word in words if isinstance(word, str) and word), kind.capitalize())


def _find(content: object, path: str) -> object:
    for step in path.split("."):
        if isinstance(content, Mapping):
            content = content.get(step)
        elif isinstance(content, list) and content:
            content = content[int(step)]
        else:
            return None
    return content
