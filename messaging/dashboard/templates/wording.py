"""How a template's state and parts are shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from messaging.dashboard.wording import Word
from messaging.models import Template
from messaging.templating.parts import MEDIA, gaps

Status = Template.Status
STATES: dict[str, Word] = {
    Status.PENDING: Word("Pending", "warn", "clock"),
    Status.APPROVED: Word("Approved", "ok", "check"),
    Status.REJECTED: Word("Rejected", "bad", "circle-x"),
    Status.PAUSED: Word("Paused", "", "pause"),
}


@dataclass(slots=True)
class Shown:
    """A message as its template makes it, the gaps still open."""

    media: str = ""
    header: str = ""
    body: str = ""
    footer: str = ""
    buttons: list[str] = field(default_factory=list)


def shown(components: Iterable[Mapping[str, Any]]) -> Shown:
    found = Shown()
    for part in components:
        text = part.get("text", "")
        if part["type"] == "header":
            found.header = text
            found.media = part["format"].capitalize() if part["format"] in MEDIA else ""
        elif part["type"] == "body":
            found.body = text
        elif part["type"] == "footer":
            found.footer = text
        else:
            found.buttons = [button.get("text") or "Copy code" for button in part["buttons"]]
    return found


def sample(template: Template) -> dict[str, Any]:
    """Return a message made from the template, as our own API takes it."""
    parts = {part["type"]: part for part in template.components}
    filled = [
        {"type": "header", "parameters": _of_header(parts.get("header", {}))},
        {"type": "body", "parameters": _words(parts["body"]["text"])},
        *(
            {"type": "button", "sub_type": button["type"], "index": index, "parameters": _of_button(button)}
            for index, button in enumerate(parts.get("buttons", {}).get("buttons", []))
        ),
    ]
    components = [component for component in filled if component["parameters"]]
    named = {"name": template.name, "language": {"code": template.language}}
    content = {**named, "components": components} if components else named
    return {"to": "+15550100000", "channel": "whatsapp", "type": "template", "template": content}


def _of_header(part: Mapping[str, Any]) -> list[dict[str, Any]]:
    format = part.get("format")
    if format in MEDIA:
        return [{"type": format, format: {"link": "https://example.com/file"}}]
    return _words(part.get("text", ""))


def _of_button(button: Mapping[str, Any]) -> list[dict[str, Any]]:
    if button["type"] == "copy_code":
        return [{"type": "coupon_code", "coupon_code": button.get("example", "CODE")}]
    return _words(button.get("url", ""))


def _words(text: str) -> list[dict[str, Any]]:
    return [
        {"type": "text", "text": f"value {name}"} | ({} if name.isdigit() else {"parameter_name": name})
        for name in gaps(text)
    ]
