"""Messages with something to press: buttons, a list, a link, a request for the location."""

from typing import Any

from messaging.content.fields import (
    Limits,
    Read,
    at_most,
    choice,
    link,
    many,
    record,
    required,
    text,
    unique,
    variant,
)
from messaging.content.media import media


def _body(limit: str = "interactive.body") -> Read:
    return record({"text": text(limit)})


def _unique_buttons(action: dict[str, Any], path: str, limits: Limits) -> None:
    replies = [button["reply"] for button in action["buttons"]]
    for what in ("id", "title"):
        unique((reply[what] for reply in replies), f"{path}.buttons", what)


def _rows_in_all(action: dict[str, Any], path: str, limits: Limits) -> None:
    sections = action["sections"]
    rows = [row for section in sections for row in section["rows"]]
    at_most(len(rows), f"{path}.sections", limits, "list.rows")
    unique((row["id"] for row in rows), f"{path}.sections", "row id")
    for index, section in enumerate(sections if len(sections) > 1 else []):
        if "title" not in section:
            raise required(f"{path}.sections.{index}.title")


_TITLE = {"text": record({"text": text("interactive.header")})}
_HEADER = variant("type", _TITLE | {kind: record({kind: media(kind)}) for kind in ("image", "video", "document")})
_FOOTER = {"footer": record({"text": text("interactive.footer")})}

_REPLY = record({"id": text("button.id"), "title": text("button.title")})
_BUTTON = record({"type": choice("reply"), "reply": _REPLY})
_BUTTONS = record({"buttons": many(_BUTTON, most="buttons")}, then=_unique_buttons)

_ROW = record({"id": text("row.id"), "title": text("row.title")}, {"description": text("row.description")})
_SECTION = record({"rows": many(_ROW, most="list.rows")}, {"title": text("section.title")})
_SECTIONS = record({"button": text("list.button"), "sections": many(_SECTION, most="list.sections")}, then=_rows_in_all)

_CTA = record({"display_text": text("cta_url.display_text"), "url": link})
_LINK = record({"name": choice("cta_url"), "parameters": _CTA})
_LOCATION = record({"name": choice("send_location")})

INTERACTIVE = variant(
    "type",
    {
        "button": record({"body": _body(), "action": _BUTTONS}, {"header": _HEADER, **_FOOTER}),
        "list": record(
            {"body": _body("list.body"), "action": _SECTIONS}, {"header": variant("type", _TITLE), **_FOOTER}
        ),
        "cta_url": record({"body": _body(), "action": _LINK}, {"header": _HEADER, **_FOOTER}),
        "location_request_message": record({"body": _body(), "action": _LOCATION}),
    },
)
