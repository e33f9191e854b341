"""Every number a message's content is held to, by name: characters, entries, or bytes of media once decoded.

Mostly Meta's public figures; a comment says where one is ours.
"""

from collections.abc import Mapping
from functools import lru_cache

_KB, _MB = 1024, 1024 * 1024

LIMITS: Mapping[str, int] = {
    "text.body": 4096,
    "caption": 1024,
    "filename": 240,  # ours: what file systems take
    "link": 2048,  # ours
    "id": 256,  # ours: a message or a stored file of any vendor
    "line": 1024,  # ours: every short text without a limit of its own
    "image.data": 5 * _MB,
    "video.data": 16 * _MB,
    "audio.data": 16 * _MB,
    "document.data": 16 * _MB,  # ours: 100 MB may come by link, no more than this inside a request
    "sticker.data": 500 * _KB,
    "attachment.data": 10 * _MB,  # Whispir's, for all of an e-mail's files together
    "image.file": 5 * _MB,
    "video.file": 16 * _MB,
    "audio.file": 16 * _MB,
    "document.file": 100 * _MB,
    "sticker.file": 500 * _KB,
    "attachment.file": 10 * _MB,
    "data_sms": 65_535,  # characters of base64, as SMSGate has it
    "email.subject": 1570,  # Whispir's
    "email.body": 1_000_000,  # ours
    "email.attachments": 20,  # ours
    "voice.body": 10_000,  # ours
    "contacts": 257,
    "reaction.emoji": 32,  # ours: families and flags take a dozen characters
    "interactive.header": 60,
    "interactive.body": 1024,
    "interactive.footer": 60,
    "buttons": 3,
    "button.id": 256,
    "button.title": 20,
    "list.body": 4096,
    "list.button": 20,
    "list.sections": 10,
    "list.rows": 10,  # in all sections together
    "section.title": 24,
    "row.id": 200,
    "row.title": 24,
    "row.description": 72,
    "cta_url.display_text": 20,
    "template.name": 512,
    "template.text": 32_768,
    "template.payload": 256,
    "template.coupon_code": 20,
}


@lru_cache(maxsize=64)  # the callers' own limits are constants of their code
def adjusted(text: int | None, caption: int | None, data: int | None) -> Mapping[str, int]:
    """Return the limits with a caller's own for texts, captions and media inside the request."""
    own = {name: data for name in LIMITS if name.endswith(".data")} | {"text.body": text, "caption": caption}
    return {name: LIMITS[name] if (limit := own.get(name)) is None else limit for name in LIMITS}
