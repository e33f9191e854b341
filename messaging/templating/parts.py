"""What a template is made of, as Meta's review takes it: a header, a body with gaps, a footer and buttons.

Gaps are `{{1}}`, `{{2}}`… or names such as `{{first_name}}`, one form in each text. The numbers are Meta's public ones.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from messaging.content import LIMITS
from messaging.content.fields import Limits, Read, invalid, link, many, pattern, record, text, unique, variant

_LIMITS: Mapping[str, int] = {
    **LIMITS,
    "header": 60,
    "body": 1024,
    "footer": 60,
    "components": 4,
    "template.buttons": 10,
    "button.text": 25,
    "phone_number": 20,
    "copied": 15,
}
_GAP = re.compile(r"\{\{\s*([a-z0-9_]+)\s*\}\}")
_ORDER = ("header", "body", "footer", "buttons")
MEDIA = ("image", "video", "document")


def gaps(words: str) -> list[str]:
    """Return the names of the text's gaps, each once, in the order that parameters fill them."""
    found = list(dict.fromkeys(_GAP.findall(words)))
    return sorted(found, key=int) if found and all(name.isdigit() for name in found) else found


def filled(words: str, values: Mapping[str, str]) -> str:
    """Return the text with its gaps filled; one without a value stays as it is."""
    return _GAP.sub(lambda gap: values.get(gap[1], gap[0]), words)


def _with_gaps(limit: str, *, most: int | None = None) -> Read:
    characters = text(limit)

    def read(value: object, path: str, limits: Limits) -> str:
        words: str = characters(value, path, limits)
        if not words.strip():
            raise invalid(path, "have words")
        rest, found = _GAP.sub("", words), gaps(words)
        if "{{" in rest or "}}" in rest:
            raise invalid(path, "write its gaps as {{1}} or {{first_name}}")
        numbers = [name for name in found if name.isdigit()]
        if numbers and numbers != [str(place) for place in range(1, len(found) + 1)]:
            raise invalid(path, "number its gaps {{1}}, {{2}} and so on, or give all of them names")
        if most is not None and len(found) > most:
            raise invalid(path, f"have at most {most} gap" if most else "have no gaps", limit=most)
        return words

    return read


def _url(value: object, path: str, limits: Limits) -> str:
    found: str = _with_gaps("link", most=1)(link(value, path, limits), path, limits)
    if gaps(found) and not _GAP.fullmatch(found[found.index("{{") :]):
        raise invalid(path, "have its gap at the end")
    return found


_LABEL = {"text": _with_gaps("button.text", most=0)}
_BUTTON = variant(
    "type",
    {
        "quick_reply": record(_LABEL),
        "url": record({**_LABEL, "url": _url}),
        "phone_number": record({**_LABEL, "phone_number": pattern("phone_number", r"\+?[0-9]{3,19}", "be a number")}),
        "copy_code": record({}, {**_LABEL, "example": text("copied")}),
    },
)
_HEADER = variant(
    "format", {"text": record({"text": _with_gaps("header", most=1)}), **{name: record({}) for name in MEDIA}}
)
_COMPONENT = variant(
    "type",
    {
        "header": _HEADER,
        "body": record({"text": _with_gaps("body")}),
        "footer": record({"text": _with_gaps("footer", most=0)}),
        "buttons": record({"buttons": many(_BUTTON, most="template.buttons")}),
    },
)
_COMPONENTS = many(_COMPONENT, most="components")


def read(components: object) -> list[dict[str, Any]]:
    """Return the parts in the core's form and order. Raises Refused: REQUIRED, INVALID or TOO_LONG, with a path."""
    path = "components"
    found: list[dict[str, Any]] = _COMPONENTS(components, path, _LIMITS)
    unique((part["type"] for part in found), path, "part")
    if not any(part["type"] == "body" for part in found):
        raise invalid(path, "have a body")
    return sorted(found, key=lambda part: _ORDER.index(part["type"]))
