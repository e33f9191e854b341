"""What Connexease's operations take and answer."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

from messaging.dialects.connexease.queries import FLAGS, MOST, MOST_KEY, USUAL
from messaging.dialects.connexease.serializers import STATES, Send
from messaging.documents import BEARER, Answer, Operation, header, one_of, query

SECURITY = ((BEARER,),)
HEADERS = {
    "X-RateLimit-sec-Limit": "Requests a second.",
    "X-RateLimit-sec-Remaining": "Requests left in this second.",
    "X-RateLimit-min-Limit": "Requests a minute.",
    "X-RateLimit-min-Remaining": "Requests left in this minute.",
}

Status = Annotated[str, one_of(STATES.values())]
Time = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
Id = Annotated[str, Meta(pattern=r"^wamid\.")]


class Params(Struct):
    """What a program can read of a refusal."""

    field: Annotated[str, Meta(description="The path of the field it is about.")] | UnsetType = UNSET
    limit: int | UnsetType = UNSET
    formats: list[str] | UnsetType = UNSET
    limit_type: Literal["sec", "min", "day", "month"] | UnsetType = UNSET
    retry_after: Annotated[str, Meta(pattern="^[0-9]+s$")] | UnsetType = UNSET
    meta_error: dict[str, Any] | UnsetType = UNSET


class Problem(Struct):
    """An entry of the error dictionary."""

    code: str
    group: str
    description: str
    params: Params | UnsetType = UNSET


class Error(Struct, rename="camel"):
    """Every refusal."""

    is_success: Literal[False]
    errors: Problem


class Contact(Struct):
    """Whom a message goes to: as it was written, and the number's digits."""

    input: str
    wa_id: str


class SentId(Struct):
    """The id to read the message by."""

    id: Id


class Sent(Struct):
    """Meta's answer; with `is_fake` there are no contacts."""

    messaging_product: Literal["whatsapp"]
    messages: list[SentId]
    contacts: list[Contact] | UnsetType = UNSET


class SentAnswer(Struct, rename="camel"):
    is_success: Literal[True]
    data: Sent


class Recipient(Struct):
    """One of several whom a message went to."""

    to: str
    status: Status


class Timestamps(Struct):
    """When the message first came into each state."""

    accepted: Time | UnsetType = UNSET
    sent: Time | UnsetType = UNSET
    delivered: Time | UnsetType = UNSET
    read: Time | UnsetType = UNSET
    failed: Time | UnsetType = UNSET
    received: Time | UnsetType = UNSET


class Listed(Struct):
    """A message; its content is in the object named after its type."""

    id: Id
    to: str
    type: str
    status: Status
    errors: list[Problem]
    from_: str | UnsetType = field(name="from", default=UNSET)
    recipients: list[Recipient] | UnsetType = UNSET
    biz_opaque_callback_data: str | UnsetType = UNSET


class Message(Listed, kw_only=True):
    """A message, and when what happened to it."""

    timestamps: Timestamps


class MessageAnswer(Struct, rename="camel"):
    is_success: Literal[True]
    data: Message


class Page(Struct):
    """Messages, the newest first."""

    messages: list[Listed]
    before: Annotated[str | None, Meta(description="The `before` of the next page; null on the last.")]


class PageAnswer(Struct, rename="camel"):
    is_success: Literal[True]
    data: Page


ERROR = Error
_FLAG = Annotated[str, one_of(FLAGS)]
_LISTED: dict[str, Any] = {
    "id": "$ID",
    "to": "$TO",
    "type": "text",
    "text": {"body": "Hello from Connexease"},
    "status": "delivered",
    "errors": [],
}
_TIMES = {
    "accepted": "2026-01-15T10:30:00Z",
    "sent": "2026-01-15T10:30:00Z",
    "delivered": "2026-01-15T10:30:02Z",
}


def _said(type: str, content: dict[str, Any]) -> dict[str, Any]:
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "$TO",
        "type": type,
        type: content,
    }


OPERATIONS = {
    "POST /v1/wa/message": Operation(
        summary="Send a message",
        description="The object named after `type` holds the content, as in Meta's Cloud API.",
        takes=Send,
        examples={
            "A text": _said("text", {"body": "Hello from Connexease"}),
            "A picture": _said("image", {"link": "https://example.com/receipt.jpg", "caption": "Your receipt"}),
            "A voice note": _said("audio", {"link": "https://example.com/note.ogg"}),
            "A template": _said("template", {"name": "hello_world", "language": {"code": "en_US"}}),
        },
        parameters=[
            query("mmlite", _FLAG, "Ask for Meta's marketing-lite route; kept with the message."),
            query("is_fake", _FLAG, "Check, count and charge the request, and neither store nor send it."),
            header(
                "Idempotency-Key",
                Annotated[str, Meta(min_length=1, max_length=MOST_KEY, pattern="^[ -~]+$")],
                "The same key and body within 24 hours get the first answer again.",
            ),
        ],
        answers={
            200: Answer(
                SentAnswer,
                {
                    "isSuccess": True,
                    "data": {
                        "messaging_product": "whatsapp",
                        "contacts": [{"input": "$TO", "wa_id": "$TO"}],
                        "messages": [{"id": "$ID"}],
                    },
                },
            )
        },
        differs="Meta's errors come later: a message that a way out refuses is `failed` when it is read.",
    ),
    "GET /v1/wa/message": Operation(
        summary="List messages",
        differs="The vendor has no such call.",
        parameters=[
            query(
                "limit", Annotated[int, Meta(ge=1, le=MOST)], f"Messages on a page; {USUAL} if not said.", example=20
            ),
            query("before", Id, "The `before` of the page that this one follows."),
        ],
        answers={200: Answer(PageAnswer, {"isSuccess": True, "data": {"messages": [_LISTED], "before": None}})},
    ),
    "GET /v1/wa/message/{message_id}": Operation(
        summary="Read a message",
        differs="The vendor has no such call: states reach its clients by webhook alone.",
        path={"message_id": "$ID"},
        answers={200: Answer(MessageAnswer, {"isSuccess": True, "data": {**_LISTED, "timestamps": _TIMES}})},
    ),
}
