"""What StartMessaging's operations take and answer."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from messaging.dialects.startmessaging import (
    schema_broadcasts,
    schema_codes,
    schema_media,
    schema_templates,
    schema_webhooks,
)
from messaging.dialects.startmessaging.listing import MOST, USUAL
from messaging.dialects.startmessaging.schema_errors import Error
from messaging.dialects.startmessaging.serializers import STATES, Send
from messaging.documents import BEARER, Answer, Operation, header, one_of, query

SECURITY = ((BEARER,),)
HEADERS = {
    "X-RateLimit-Limit": "Requests a second.",
    "X-RateLimit-Remaining": "Requests left in this second.",
    "X-RateLimit-Reset": "When the count begins again, in seconds since 1970.",
    "X-Request-ID": "The request's own, if it had one.",
}

Status = Annotated[str, one_of(STATES.values())]
Time = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]


class Accepted(Struct):
    """A message that was stored and will be sent."""

    success: Literal[True]
    message_id: str
    status: Literal["accepted"]
    timestamp: Time


class MessageError(Struct):
    """Why a message failed."""

    code: str
    message: str


class Message(Struct):
    """A message and what became of it."""

    message_id: str
    to: str
    type: str
    status: Status
    timestamp: Time
    updated_at: Time
    error: MessageError | None
    from_: str | None = field(name="from", default=None)


class Page(Struct):
    """Messages, the newest first."""

    data: list[Message]
    next_cursor: Annotated[str | None, Meta(description="The `cursor` of the next page; null on the last.")]


ERROR = Error
_ONE = {
    "message_id": "$ID",
    "to": "$TO",
    "type": "text",
    "status": "delivered",
    "timestamp": "2026-01-15T10:30:00Z",
    "updated_at": "2026-01-15T10:30:02Z",
    "error": None,
}
_MEDIA = {"link": "https://example.com/receipt.jpg", "caption": "Your receipt"}
_SENT: dict[str, dict[str, Any]] = {
    "A text": {"to": "$TO", "type": "text", "text": {"body": "Hello from StartMessaging"}},
    "A picture": {"to": "$TO", "type": "image", "image": _MEDIA},
    "A place": {
        "to": "$TO",
        "type": "location",
        "location": {"latitude": 41.0082, "longitude": 28.9784, "name": "Office"},
    },
    "A video": {"to": "$TO", "type": "video", "video": {"link": "https://example.com/clip.mp4"}},
    "A recording": {"to": "$TO", "type": "audio", "audio": {"link": "https://example.com/note.ogg"}},
    "A document": {
        "to": "$TO",
        "type": "document",
        "document": {"link": "https://example.com/bill.pdf", "filename": "bill.pdf", "caption": "Your bill"},
    },
    "A sticker": {"to": "$TO", "type": "sticker", "sticker": {"link": "https://example.com/hello.webp"}},
    "A contact": {
        "to": "$TO",
        "type": "contacts",
        "contacts": [
            {
                "name": {"formatted_name": "Ada Ames", "first_name": "Ada"},
                "phones": [{"phone": "+15550100101", "type": "CELL"}],
            }
        ],
    },
    "A reaction": {"to": "$TO", "type": "reaction", "reaction": {"message_id": "$ID", "emoji": "👍"}},
    "A template": {
        "to": "$TO",
        "type": "template",
        "template": {
            "name": "order_shipped",
            "language": {"code": "en"},
            "components": [{"type": "body", "parameters": [{"type": "text", "text": "4711"}]}],
        },
    },
    "A list": {
        "to": "$TO",
        "type": "interactive",
        "interactive": {
            "type": "list",
            "body": {"text": "When shall we deliver?"},
            "action": {
                "button": "Choose a day",
                "sections": [{"title": "This week", "rows": [{"id": "thu", "title": "Thursday"}]}],
            },
        },
    },
    "Buttons": {
        "to": "$TO",
        "type": "interactive",
        "interactive": {
            "type": "button",
            "body": {"text": "Shall we deliver today?"},
            "action": {
                "buttons": [
                    {"type": "reply", "reply": {"id": "yes", "title": "Yes"}},
                    {"type": "reply", "reply": {"id": "no", "title": "No"}},
                ]
            },
        },
    },
}

OPERATIONS = {
    "POST /v1/messages": Operation(
        summary="Send a message",
        description="The object named after `type` holds the content, as in Meta's Cloud API.",
        takes=Send,
        examples=_SENT,
        parameters=[
            header(
                "X-Request-ID",
                Annotated[str, Meta(max_length=128, pattern="^[ -~]*$")],
                "The same id and body within 24 hours get the first answer again.",
            ),
            header("X-Webhook-URL", str, "Where this message's events go instead: an https address."),
        ],
        answers={
            200: Answer(
                Accepted,
                {"success": True, "message_id": "$ID", "status": "accepted", "timestamp": "2026-01-15T10:30:00Z"},
            )
        },
    ),
    "GET /v1/messages": Operation(
        summary="List messages",
        parameters=[
            query("status", Status, "Only messages in this state."),
            query("to", str, "Only messages to this number.", example="$TO"),
            query("from_date", str, "Only messages made at this day or moment, or later.", example="2026-01-15"),
            query(
                "limit", Annotated[int, Meta(ge=1, le=MOST)], f"Messages on a page; {USUAL} if not said.", example=20
            ),
            query("cursor", str, "The `next_cursor` of the page before."),
        ],
        answers={200: Answer(Page, {"data": [_ONE], "next_cursor": None})},
    ),
    "GET /v1/messages/{message_id}": Operation(
        summary="Read a message", path={"message_id": "$ID"}, answers={200: Answer(Message, _ONE)}
    ),
    **schema_broadcasts.OPERATIONS,
    **schema_templates.OPERATIONS,
    **schema_codes.OPERATIONS,
    **schema_media.OPERATIONS,
    **schema_webhooks.OPERATIONS,
}
