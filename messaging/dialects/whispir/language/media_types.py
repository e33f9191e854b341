"""Vendor media types: `application/vnd.whispir.message-v1+json`, and which one an answer gets."""

from __future__ import annotations

import re
from dataclasses import dataclass

from messaging.errors import Refusal, Refused

KINDS = frozenset({
    *("workspace", "message", "bulkmessage", "messagestatus", "messageresponse", "responserule", "template"),
    *("contact", "importcontact", "import", "distributionlist", "scenario", "event", "activity", "user", "customlist"),
    *("resource", "asset", "api-callback", "api-call", "app", "device", "contactdevice", "company", "auth", "workflow"),
    "infohub-source",
})  # fmt: skip
_VENDOR = re.compile(r"application/vnd\.whispir\.([a-z-]+)-v([0-9]+)\+(json|xml)")
_ALIASES = {"application/json": "json", "application/xml": "xml", "text/xml": "xml"}
_SPELLINGS = {"messsage": "message"}  # as the vendor's older pages have it
_ANYTHING = frozenset({"*/*", "application/*", "*"})  # the last is what Java sends of itself
_QUALITY = re.compile(r";\s*q=([01](?:\.[0-9]{0,3})?)\s*(?:;|$)", re.IGNORECASE)
_STRAY = re.compile(r"(?:accept|content-type):\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Form:
    """A language, and the media type that names it."""

    language: str  # "json" or "xml"
    media_type: str

    @property
    def is_xml(self) -> bool:
        return self.language == "xml"


def vendor(kind: str, language: str) -> Form:
    return Form(language, f"application/vnd.whispir.{kind}-v1+{language}")


def form_of_answer(accept: str, content_type: str, kind: str) -> Form:
    """Return the form in which to answer about a resource of that kind.

    Without an Accept, and where it takes anything, it is XML, but JSON to a body that came as JSON. Raises
    Refused(WRONG_TYPE) for an Accept that names nothing we write.
    """
    offered = _wanted(accept)
    if form := next(filter(None, map(_known, offered)), None):
        return form
    if offered and _ANYTHING.isdisjoint(offered):
        raise Refused(Refusal.WRONG_TYPE, "Nothing in the Accept header is a type of this API.")
    asked = _known(_bare(content_type))
    return vendor(kind, "json" if asked and not asked.is_xml else "xml")


def form_of_body(content_type: str) -> Form:
    """Return the form of a body; raises Refused(WRONG_TYPE)."""
    form = _known(_bare(content_type))
    if form is None:
        raise Refused(Refusal.WRONG_TYPE, "The Content-Type is no type of this API.")
    return form


def _wanted(accept: str) -> list[str]:
    """Return the types that an Accept names, those it would rather have first."""
    ranked = [(_quality(part), _bare(part)) for part in accept.split(",")]
    return [named for quality, named in sorted(ranked, key=lambda pair: -pair[0]) if named and quality]


def _quality(part: str) -> float:
    found = _QUALITY.search(part)
    return float(found[1]) if found else 1.0


def _bare(text: str) -> str:
    """Return the type without parameters, and without the header's name that some pages print into its value."""
    return _STRAY.sub("", text.partition(";")[0].strip(), count=1).strip().lower()


def _known(media_type: str) -> Form | None:
    if language := _ALIASES.get(media_type):
        return Form(language, media_type)
    found = _VENDOR.fullmatch(media_type)
    if found is None or found[2] != "1" or _SPELLINGS.get(found[1], found[1]) not in KINDS:
        return None
    return Form(found[3], media_type)
