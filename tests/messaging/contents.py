"""Examples of what messages say, of every kind."""

import base64
from collections.abc import Mapping
from typing import Any

import pytest

from messaging.content import check
from messaging.errors import Refused

Body = Mapping[str, Any]
LINK = "https://example.org/a.png"


def encoded(size: int) -> str:
    return base64.b64encode(bytes(size)).decode()


def buttons(count: int = 1, **reply: str) -> dict[str, Any]:
    listed = [{"type": "reply", "reply": {"id": f"b{i}", "title": f"Press {i}", **reply}} for i in range(count)]
    return {"interactive": {"type": "button", "body": {"text": "Well?"}, "action": {"buttons": listed}}}


def section(name: str, rows: int = 1, **row: str) -> dict[str, Any]:
    return {"title": name, "rows": [{"id": f"{name}{i}", "title": f"Row {i}", **row} for i in range(rows)]}


def listing(*sections: dict[str, Any], body: str = "Choose", button: str = "Open") -> dict[str, Any]:
    action = {"button": button, "sections": list(sections or [section("One")])}
    return {"interactive": {"type": "list", "body": {"text": body}, "action": action}}


def cta(display_text: str = "Visit", url: str = LINK) -> dict[str, Any]:
    action = {"name": "cta_url", "parameters": {"display_text": display_text, "url": url}}
    return {"interactive": {"type": "cta_url", "body": {"text": "Look"}, "action": action}}


def with_part(body: dict[str, Any], part: str, value: object) -> dict[str, Any]:
    body["interactive"][part] = value
    return body


def template(*parameters: dict[str, Any], name: str = "order_update", **component: object) -> dict[str, Any]:
    components = [{"type": "body", **component, "parameters": list(parameters)}]
    return {"template": {"name": name, "language": {"code": "en_US"}, "components": components}}


def contact(**more: object) -> dict[str, Any]:
    return {"name": {"formatted_name": "Bob B", "first_name": "Bob"}, **more}


def kind_of(body: Body) -> str:
    return next(iter(body))


def checked(body: Body, **limits: int) -> Body:
    """Check the object named after the kind and put it under that name again."""
    kind = kind_of(body)
    content = check(kind, body[kind], **limits)
    return content if kind == "contacts" else {kind: content}


def refusal(kind: object, body: object, **limits: int) -> Refused:
    with pytest.raises(Refused) as refused:
        check(kind, body, **limits)
    return refused.value


GOOD: list[Body] = [
    {"data": {"data": encoded(8), "port": 53_739}},
    {"text": {"body": "Hi 👋", "preview_url": True}},
    {"image": {"id": "media-1"}},
    {"video": {"link": "http://example.org:8080/a.mp4?x=1#y", "caption": "Look"}},
    {"audio": {"data": encoded(10), "mime": "audio/ogg"}},
    {"document": {"link": "HTTPS://bücher.example/ü.pdf", "filename": "ü.pdf", "caption": "c"}},
    {"sticker": {"link": "https://[::1]/a.webp"}},
    {"location": {"latitude": -90.0, "longitude": 180.0, "name": "Pole", "address": "Ice"}},
    {"contacts": [contact(phones=[{"phone": "+1 555", "type": "CELL", "wa_id": "1555"}], birthday="1990-12-31")]},
    {"contacts": [contact(emails=[{"email": "b@example.org"}], org={"company": "C"}, urls=[{"url": LINK}])]},
    {"contacts": [contact(addresses=[{"street": "1 Way", "zip": "1", "country_code": "tr"}])]},
    {"reaction": {"message_id": "m", "emoji": ""}},
    buttons(3),
    with_part(buttons(), "header", {"type": "image", "image": {"link": LINK}}),
    with_part(buttons(), "header", {"type": "video", "video": {"link": LINK}}),
    with_part(buttons(), "header", {"type": "document", "document": {"link": LINK}}),
    with_part(buttons(), "footer", {"text": "Bye"}),
    with_part(listing(section("A", 3), section("B", 2)), "header", {"type": "text", "text": "H"}),
    listing({"rows": [{"id": "1", "title": "Alone: no title needed"}]}),
    cta(),
    {"interactive": {"type": "location_request_message", "body": {"text": "?"}, "action": {"name": "send_location"}}},
    {"template": {"name": "hello", "language": {"code": "pt_BR"}}},
    template(
        {"type": "text", "text": "Bob", "parameter_name": "first"},
        {"type": "date_time", "date_time": {"fallback_value": "now"}},
    ),
    template({"type": "currency", "currency": {"fallback_value": "1 €", "code": "EUR", "amount_1000": 1000}}),
    template(
        {"type": "image", "image": {"link": LINK}}, {"type": "document", "document": {"id": "1", "filename": "f"}}
    ),
    template({"type": "location", "location": {"latitude": 1.5, "longitude": 2.0}}, type="header"),
    template({"type": "payload", "payload": "yes"}, type="button", sub_type="quick_reply", index="0"),
    template({"type": "coupon_code", "coupon_code": "SALE"}, type="button", sub_type="copy_code", index="9"),
]
# What does not go to telephones, so that no vendor's API has it as a kind of message.
ELSEWHERE: list[Body] = [
    {
        "email": {
            "subject": "Hi",
            "body": "<p>Text</p>",
            "type": "text/html",
            "footer": "Bye",
            "attachments": [{"id": "1", "filename": "a.pdf"}, {"data": encoded(8)}],
        }
    },
    {"voice": {"body": "Hello", "header": "Hi", "type": "Pin:1"}},
    {"post": {"body": "Hello", "type": "text/plain"}},
]
