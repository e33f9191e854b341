"""The table of message kinds: what each may hold."""

from collections.abc import Mapping
from typing import Any

from messaging.content.fields import (
    Limits,
    Read,
    base64_text,
    choice,
    day,
    flag,
    line,
    link,
    many,
    pattern,
    record,
    required,
    text,
    whole_number,
)
from messaging.content.interactive import INTERACTIVE
from messaging.content.location import LOCATION
from messaging.content.media import FORMATS, attachment, media
from messaging.content.template import TEMPLATE

_NAME_PARTS = ("first_name", "last_name", "middle_name", "suffix", "prefix")
_ADDRESS_PARTS = ("street", "city", "state", "zip", "country", "country_code", "type")


def _lines(*names: str) -> Mapping[str, Read]:
    return dict.fromkeys(names, line)


def _one_name_part(name: dict[str, Any], path: str, limits: Limits) -> None:
    if not any(part in name for part in _NAME_PARTS):
        raise required(f"{path}.first_name")


_CONTACT = record(
    {"name": record(_lines("formatted_name"), _lines(*_NAME_PARTS), then=_one_name_part)},
    {
        "phones": many(record({}, _lines("phone", "type", "wa_id")), least=0),
        "emails": many(record({}, _lines("email", "type")), least=0),
        "addresses": many(record({}, _lines(*_ADDRESS_PARTS)), least=0),
        "urls": many(record({}, {"url": link, "type": line}), least=0),
        "org": record({}, _lines("company", "department", "title")),
        "birthday": day,
    },
)

_LIST = many(_CONTACT, most="contacts")


def _contacts(value: object, path: str, limits: Limits) -> dict[str, Any]:
    """Read Meta's bare list, or the object that content is everywhere else."""
    listed = value.get("contacts") if isinstance(value, dict) else value
    if listed is None:
        raise required(path)
    return {"contacts": _LIST(listed, path, limits)}


META_KINDS: Mapping[str, Read] = {
    "text": record({"body": text("text.body")}, {"preview_url": flag}),
    **{kind: media(kind) for kind in FORMATS},
    "location": LOCATION,
    "contacts": _contacts,
    "reaction": record({"message_id": text("id"), "emoji": text("reaction.emoji", may_be_empty=True)}),
    "interactive": INTERACTIVE,
    "template": TEMPLATE,
}
# An SMS to a port, which programs on the phone read.
_DATA_SMS = record({"data": base64_text("data_sms"), "port": whole_number(1, 65_535)})
# Mail takes everything for the end of a line that `str.splitlines` does.
_EMAIL = record(
    {"subject": pattern("email.subject", r"[^\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+", "be one line")},
    {
        "body": text("email.body"),
        "type": choice("text/plain", "text/html"),
        "footer": text("email.body"),
        "attachments": many(attachment, most="email.attachments"),
    },
)
# What is read out or published: there are programs that send it, and no device here that takes it.
_VOICE = record({"body": text("voice.body")}, {"header": text("line"), "type": text("line")})
_POST = record({"body": text("voice.body")}, {"type": text("line")})
KINDS: Mapping[str, Read] = {**META_KINDS, "data": _DATA_SMS, "email": _EMAIL, "voice": _VOICE, "post": _POST}
