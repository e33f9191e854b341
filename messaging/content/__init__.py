"""What a message says. Meta's message kinds, checked here once for every edge that takes them.

Content is Meta's object under the name of its kind, as in Meta's own request body:
`{"text": {"body": "Hi"}}`, `{"image": {"link": "https://…", "caption": "…"}}`, `{"contacts": [{…}]}`.
"""

from collections.abc import Mapping
from typing import Any

from messaging.content.fields import required
from messaging.content.kinds import KINDS
from messaging.content.limits import LIMITS, adjusted
from messaging.content.media import read_media
from messaging.errors import Refusal, Refused

__all__ = ["KINDS", "LIMITS", "check", "read_media", "summary"]

_WORDS: Mapping[str, tuple[str, ...]] = {
    "text": ("text.body",),
    "image": ("image.caption",),
    "video": ("video.caption",),
    "document": ("document.caption", "document.filename"),
    "location": ("location.name", "location.address"),
    "contacts": ("contacts.0.name.formatted_name",),
    "reaction": ("reaction.emoji",),
    "interactive": ("interactive.body.text",),
    "template": ("template.name",),
}


def check(
    kind: object,
    body: object,
    *,
    text_limit: int | None = None,
    caption_limit: int | None = None,
    data_limit: int | None = None,
) -> dict[str, Any]:
    """Return `{kind: …}` with what `body[kind]` holds, in the core's form; no other key matters.

    The content can be stored in any database: numbers are finite, texts are Unicode without NUL. Optional
    fields that were empty and fields that the kind does not have are left out. Checking it again changes
    nothing. The limits given replace those of `text.body`, of captions, and of media inside the request
    (in bytes, decoded).

    Raises `Refused` with KIND, REQUIRED, INVALID, TOO_LONG, MEDIA_TOO_LARGE or MEDIA_FORMAT; its `field` is
    the path in `body`, such as "interactive.action.buttons.0.reply.title".
    """
    read = KINDS.get(kind) if isinstance(kind, str) else None
    if read is None or not isinstance(kind, str):
        raise Refused(Refusal.KIND, f"The kinds of message are {', '.join(KINDS)}.", field="type")
    given = body.get(kind) if isinstance(body, Mapping) else None
    if given is None:
        raise required(kind)
    return {kind: read(given, kind, adjusted(text_limit, caption_limit, data_limit))}


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
