"""Filling `@@name@@`: the message's own values come first, then an event's, a row's or a contact's, the time's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from messaging.dialects.whispir.language import listed
from messaging.errors import Refusal, Refused
from messaging.models import Incident

Values = Mapping[str, str]
_TAG = re.compile(r"@@([\w.-]{1,128}(?: [\w.-]{1,64}){0,4})@@")
MOST_ATTRIBUTES, MOST_VALUE = 500, 10_000
MOST_FILLED = 1_000_000  # characters of all values in a text
_OF_MESSAGES = ("messagelabel", "messagecategories", "pin", "web_link")


def is_in(text: str) -> bool:
    return "@@" in text


class Filler:
    """Fills texts; names are compared regardless of case, and one that nobody gave a value stays as it is."""

    __slots__ = ("_layers",)

    def __init__(self, *layers: Values) -> None:
        """The first of the layers that has a name says its value; their names are in lower case."""
        self._layers = layers

    def __call__(self, text: str, *, is_html: bool = False) -> str:
        """Return the text with what is known in it; in HTML, what was not the caller's own is escaped.

        Raises Refused where it grows beyond what any text may be: a value may stand in it a hundred thousand times.
        """
        if not is_in(text):
            return text
        room = MOST_FILLED

        def value(found: re.Match[str]) -> str:
            nonlocal room
            filled = self._value(found, is_html=is_html)
            room -= len(filled)
            if room < 0:
                why = f"The values in a text have at most {MOST_FILLED:,} characters together."
                raise Refused(Refusal.TOO_LONG, why, field="body", params={"limit": MOST_FILLED})
            return filled

        return _TAG.sub(value, text)

    def _value(self, found: re.Match[str], *, is_html: bool) -> str:
        name = found[1].lower()
        for place, layer in enumerate(self._layers):
            if name in layer:
                return escape(layer[name]) if is_html and place else layer[name]
        return found[0]


def attributes(value: object) -> dict[str, str]:
    """Return the values that a message brings itself; raises Refused."""
    if value not in (None, "") and not isinstance(value, Mapping):
        raise Refused(Refusal.INVALID, "messageattributes must hold attributes.", field="messageattributes")
    given = listed(value.get("attribute")) if isinstance(value, Mapping) else []
    if len(given) > MOST_ATTRIBUTES:
        why = f"A message has at most {MOST_ATTRIBUTES} attributes."
        raise Refused(Refusal.INVALID, why, field="messageattributes")
    return dict(_attribute(each) for each in given)


def _attribute(given: object) -> tuple[str, str]:
    name = given.get("name") if isinstance(given, Mapping) else None
    text = given.get("value", "") if isinstance(given, Mapping) else ""
    if not isinstance(name, str) or not isinstance(text, str | int | float) or isinstance(text, bool):
        why = "An attribute has a name and a value, both texts."
        raise Refused(Refusal.INVALID, why, field="messageattributes")
    if len(str(text)) > MOST_VALUE:
        why = f"An attribute's value has at most {MOST_VALUE} characters."
        raise Refused(Refusal.TOO_LONG, why, field="messageattributes", params={"limit": MOST_VALUE})
    return name.strip().lower(), str(text)


def of_event(event: Incident) -> dict[str, str]:
    """Return the values of an event's fields; of two with one name the first."""
    found: dict[str, str] = {}
    for name, value in _event_fields(event.forms):
        found.setdefault(name.lower(), value)
    return found


def _event_fields(forms: list[Any]) -> Iterator[tuple[str, str]]:
    for form in forms:
        for field in form.get("fields", ()):
            yield str(field.get("name", "")), str(field.get("value", ""))


def always(zone: ZoneInfo, *, label: str, pin: str = "", at: datetime | None = None) -> dict[str, str]:
    """Return what is known in every message: the time, and the message's own label."""
    now = (at or timezone.now()).astimezone(zone)
    return dict.fromkeys(_OF_MESSAGES, "") | {
        "dd": f"{now:%d}", "mm": f"{now:%m}", "yy": f"{now:%y}", "yyyy": f"{now:%Y}", "date": f"{now:%d/%m/%Y}",
        "time": f"{now:%H:%M}", "hrs": f"{now:%H}", "min": f"{now:%M}", "sec": f"{now:%S}", "day": f"{now:%A}",
        "month": f"{now:%B}", "messagelabel": label, "pin": pin,
    }  # fmt: skip
