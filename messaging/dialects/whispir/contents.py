"""What a message says on each channel that it has something for; templates and bulk messages bring it likewise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from messaging.dialects.whispir import attachments, fields, variables
from messaging.dialects.whispir.language import listed
from messaging.dialects.whispir.variables import Filler
from messaging.errors import Refusal, Refused
from messaging.models import Channel

MOST_TEXT, MOST_WIDE_TEXT = 1570, 800  # characters of subject and body together; the second where one is not Latin
MOST_EMAIL, MOST_SPOKEN = 1_000_000, 10_000  # the core's
MOST_PARAMETERS = 30
MOST_NAME = 255
_MAIL_TYPES = ("text/plain", "text/html")
# What a template may give, and a message may say instead.
NAMES = ("subject", "body", "email", "voice", "web", "social", "rcs", "whatsapp", "push", "type", "features", "label")
_OBJECTS = ("email", "voice", "web", "social", "rcs", "whatsapp", "push", "features")
_NESTED = ("resources", "social")
Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Content:
    """What goes by one channel. `at` is where it goes if that is one place for everybody, such as a page."""

    channel: Channel
    kind: str
    make: Callable[[Filler], Body]  # raises Refused where the text is too long once it is filled
    has_variables: bool
    at: str = ""
    is_spare: bool = False  # for those whom the caller named by an address that nothing else goes to


def merged(payload: Mapping[str, Any], template: Mapping[str, Any]) -> dict[str, Any]:
    """Return the payload with what the template gives and it does not say itself."""
    inner = fields.part(payload, "messageContent")  # where bulk messages may have theirs
    given = {name: template[name] for name in NAMES if not _is_left_out(name, template.get(name))}
    own = {n: v for source in (inner, payload) for n, v in source.items() if not _is_left_out(n, v)}
    return given | own


def _is_left_out(name: str, value: Any) -> bool:
    """True for what clients send in place of nothing: blanks, and objects of blanks."""
    return name in NAMES and not (_says_something(value) if name in _OBJECTS else _is_there(value))


def _is_there(value: Any) -> bool:
    return value is not None and value != {} and not (isinstance(value, str) and not value.strip())


def _says_something(value: Any) -> bool:
    if not isinstance(value, Mapping):
        return _is_there(value)
    inner = ((name, item) for name, item in value.items() if name not in ("type", "id"))
    return any(_says_something(item) if name in _NESTED else _is_there(item) for name, item in inner)


def read(payload: Mapping[str, Any], files: list[Body]) -> list[Content]:
    """Return what there is to send, by channel; raises Refused.

    `files` are those of the e-mail: given if they are kept already, else found here.
    """
    subject = fields.text(payload, "subject", most=MOST_TEXT, required=True)
    body = _as_written(payload, "body", most=MOST_EMAIL)
    others = [found for reader in _READERS for found in reader(payload, subject, files)]
    if body or not others:
        others.insert(0, _sms(subject, body))
        if not any(content.channel is Channel.EMAIL for content in others):
            mail = {"email": {"body": body or subject}}
            others += [replace(content, is_spare=True) for content in _email(mail, subject, files)]
    return others


def _as_written(payload: Mapping[str, Any], name: str, *, most: int) -> str:
    """Return a text with the blanks around it."""
    text, value = fields.text(payload, name, most=most), payload.get(name)
    return value if text and isinstance(value, str) else text


def _sms(subject: str, body: str) -> Content:
    def make(fill: Filler) -> Body:
        text = "\n".join(part for part in (fill(subject), fill(body)) if part)
        most = MOST_TEXT if all(ord(c) < 0x250 for c in text) else MOST_WIDE_TEXT
        if len(text) > most:
            why = f"subject and body have at most {most} characters."
            raise Refused(Refusal.TOO_LONG, why, field="body", params={"limit": most})
        return {"body": text}

    return Content(Channel.SMS, "text", make, variables.is_in(subject + body))


def _email(payload: Mapping[str, Any], subject: str, files: list[Body]) -> Iterator[Content]:
    email = fields.part(payload, "email")
    if not _says_something(email):
        return
    fields.text(email, "body", most=MOST_EMAIL, required=True)
    body, footer = (_as_written(email, name, most=MOST_EMAIL) for name in ("body", "footer"))
    type = fields.choice(email, "type", _MAIL_TYPES, usual=_MAIL_TYPES[0])
    is_html = type == _MAIL_TYPES[1]
    if not files:
        files += attachments.read(fields.part(email, "resources"))

    def make(fill: Filler) -> Body:
        return {
            "subject": " ".join(fill(subject).split())[:MOST_TEXT],
            "body": fill(body, is_html=is_html),
            "footer": fill(footer, is_html=is_html),
            "type": type,
            **({"attachments": files} if files else {}),
        }

    yield Content(Channel.EMAIL, "email", make, variables.is_in(subject + body + footer))


def _voice(payload: Mapping[str, Any], subject: str, files: list[Body]) -> Iterator[Content]:
    voice = fields.part(payload, "voice")
    body = fields.text(voice, "body", most=MOST_SPOKEN)
    header = fields.text(voice, "header", most=MOST_SPOKEN)
    type = fields.text(voice, "type", most=MOST_TEXT)
    if body or header:
        texts = {"header": header[:MOST_TEXT], "body": body or header, "type": type}
        yield _filled(Channel.VOICE, "voice", texts)


def _web(payload: Mapping[str, Any], subject: str, files: list[Body]) -> Iterator[Content]:
    web = fields.part(payload, "web")
    if body := fields.text(web, "body", most=MOST_SPOKEN):
        yield _filled(Channel.WEB, "post", {"body": body, "type": fields.text(web, "type")}, at="web")


def _social(payload: Mapping[str, Any], subject: str, files: list[Body]) -> Iterator[Content]:
    posts = [post for post in listed(fields.part(payload, "social").get("social")) if isinstance(post, Mapping)]
    texts = dict.fromkeys(filter(None, (fields.text(post, "body", most=MOST_SPOKEN) for post in posts)))
    if body := "\n\n".join(texts):
        yield _filled(Channel.SOCIAL, "post", {"body": body[:MOST_SPOKEN]}, at="social")


def _rcs(payload: Mapping[str, Any], subject: str, files: list[Body]) -> Iterator[Content]:
    rcs = payload.get("rcs")
    if not _says_something(rcs):
        return
    said = fields.text(rcs, "body", most=MOST_SPOKEN) if isinstance(rcs, Mapping) else ""
    yield _filled(Channel.RCS, "post", {"body": said or subject})


def _whatsapp(payload: Mapping[str, Any], subject: str, files: list[Body]) -> Iterator[Content]:
    """A template that Meta approved, and the texts for its gaps in their order."""
    asked = fields.part(payload, "whatsapp")
    if not _says_something(asked):
        return
    fields.choice(asked, "type", ("template",), usual="template")
    name = fields.text(asked, "name", most=512, required=True)
    language = asked.get("language")
    code = fields.text(language if isinstance(language, Mapping) else {"code": language}, "code", usual="en")
    texts = [_parameter(given) for given in listed(asked.get("parameters"))]
    if len(texts) > MOST_PARAMETERS:
        raise Refused(Refusal.INVALID, f"A template has at most {MOST_PARAMETERS} parameters.", field="whatsapp")

    def make(fill: Filler) -> Body:
        body: Body = {"name": name, "language": {"code": code}}
        if texts:
            gaps = [{"type": "text", "text": fill(text)} for text in texts]
            body["components"] = [{"type": "body", "parameters": gaps}]
        return body

    yield Content(Channel.WHATSAPP, "template", make, variables.is_in("".join(texts)))


def _parameter(given: object) -> str:
    holder: Mapping[str, Any] = given if isinstance(given, Mapping) else {"text": given}
    name = next((name for name in ("text", "value", "body") if name in holder), "text")
    return fields.text(holder, name, most=1024, required=True)


def _filled(channel: Channel, kind: str, texts: Mapping[str, str], *, at: str = "") -> Content:
    def make(fill: Filler) -> Body:
        return {name: fill(text) for name, text in texts.items()}

    return Content(channel, kind, make, any(map(variables.is_in, texts.values())), at)


_READERS = (_whatsapp, _email, _voice, _web, _social, _rcs)
