"""A template's gaps as fields of a form, and the parameters that their values make."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from messaging.models import Template
from messaging.templating.parts import MEDIA, gaps

Make = Callable[[str], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Gap:
    """One place to fill: what it is called, and the parameter that its value makes."""

    label: str
    make: Make


def gaps_of(template: Template) -> list[Gap]:
    """Return the template's gaps, in the order of its parts."""
    return [gap for _, found in _parts(template) for gap in found]


def components(template: Template, values: Sequence[str]) -> list[dict[str, Any]]:
    """Return what a message from the template has, with a value for each of its gaps."""
    left = iter(values)
    filled = [{**base, "parameters": [gap.make(next(left)) for gap in found]} for base, found in _parts(template)]
    return [component for component in filled if component["parameters"]]


def _parts(template: Template) -> Iterator[tuple[dict[str, Any], list[Gap]]]:
    """Yield each part that parameters fill, as a message names it, with its gaps."""
    parts = {part["type"]: part for part in template.components}
    yield {"type": "header"}, _of_header(parts.get("header", {}))
    yield {"type": "body"}, _words("Body", parts.get("body", {}).get("text", ""))
    for index, button in enumerate(parts.get("buttons", {}).get("buttons", [])):
        yield {"type": "button", "sub_type": button["type"], "index": str(index)}, _of_button(button)


def _of_header(part: Mapping[str, Any]) -> list[Gap]:
    format = part.get("format")
    if format in MEDIA:
        return [Gap(f"Header’s {format}, an https address", lambda link: {"type": format, format: {"link": link}})]
    return _words("Header", part.get("text", ""))


def _of_button(button: Mapping[str, Any]) -> list[Gap]:
    if button["type"] == "copy_code":
        return [Gap("Code to copy", lambda code: {"type": "coupon_code", "coupon_code": code})]
    return _words(f"Button “{button.get('text', '')}”", button.get("url", ""))


def _words(part: str, text: str) -> list[Gap]:
    return [Gap(f"{part}, {{{{{name}}}}}", _text(name)) for name in gaps(text)]


def _text(name: str) -> Make:
    named = {} if name.isdigit() else {"parameter_name": name}
    return lambda value: {"type": "text", "text": value, **named}
