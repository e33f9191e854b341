"""What the operations about templates take and answer."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

from messaging.dialects.startmessaging.schema_errors import Error
from messaging.dialects.startmessaging.templates import NewTemplate, answer
from messaging.documents import Answer, Operation, Voice, one_of, query
from messaging.errors import Refusal
from messaging.models import Template as Row

Status = Annotated[str, one_of(Row.Status.values)]
Time = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]


class TemplateCreated(Struct):
    """A template that waits to be approved."""

    template_id: str
    name: str
    status: Status


class Template(Struct):
    """A template and whether messages may be made from it."""

    template_id: str
    name: str
    language: str
    category: Annotated[str, one_of(Row.Category.values)]
    status: Status
    reason: Annotated[str | None, Meta(description="Why it was rejected or paused.")]
    components: list[dict[str, Any]]
    timestamp: Time


class Templates(Struct):
    """Templates, the newest first."""

    data: list[Template]


_VOICE = Voice("Templates", Error, answer)
_LANGUAGE = query("language", str, "Only in this language.", example="en")
_NEW: dict[str, Any] = {
    "name": "order_update",
    "language": "en",
    "category": "utility",
    "components": [
        {"type": "header", "format": "text", "text": "Order update"},
        {"type": "body", "text": "Hello {{1}}, your order {{2}} is on its way."},
        {"type": "footer", "text": "Thank you for shopping with us"},
        {
            "type": "buttons",
            "buttons": [{"type": "url", "text": "Track", "url": "https://example.com/track/{{1}}"}],
        },
    ],
}
_ONE = {
    "template_id": "tmpl_0Bk3v9QmL2x",
    **_NEW,
    "status": "approved",
    "reason": None,
    "timestamp": "2026-01-15T10:30:00Z",
}
_ALONE = "Whether people review templates is a setting of the gateway: without it one is approved within seconds."

OPERATIONS = {
    "POST /v1/templates": Operation(
        summary="Create a template",
        description="It is `pending` until it is approved. It is not edited: delete it and create another.",
        takes=NewTemplate,
        examples={"An order's update": _NEW},
        answers={
            201: Answer(
                TemplateCreated, {"template_id": "tmpl_0Bk3v9QmL2x", "name": "order_update", "status": "pending"}
            )
        },
        refuses=[Refusal.EXISTS],
        voice=_VOICE,
        differs=_ALONE,
    ),
    "GET /v1/templates": Operation(
        summary="List templates",
        parameters=[query("status", Status, "Only templates in this state.", example="pending"), _LANGUAGE],
        answers={200: Answer(Templates, {"data": [_ONE]})},
        voice=_VOICE,
    ),
    "GET /v1/templates/{name}": Operation(
        summary="Read a template",
        description="One that exists in several languages is shown in the one last made, unless `language` says which.",
        parameters=[_LANGUAGE],
        path={"name": "order_update"},
        answers={200: Answer(Template, _ONE)},
        refuses=[Refusal.TEMPLATE_UNKNOWN],
        voice=_VOICE,
    ),
    "DELETE /v1/templates/{name}": Operation(
        summary="Delete a template",
        description="In all its languages, unless `language` says which.",
        parameters=[_LANGUAGE],
        path={"name": "order_update"},
        answers={204: Answer()},
        refuses=[Refusal.TEMPLATE_UNKNOWN],
        voice=_VOICE,
    ),
}
