"""What the operations about messages take and answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from messaging.dialects.whispir.accepting import ACCEPTED
from messaging.dialects.whispir.composing import MOST_LABEL, MOST_TEXT, MOST_TO
from messaging.dialects.whispir.contents import MOST_SPOKEN
from messaging.dialects.whispir.schema_words import IN, ONE, PAGE, Hex, Link, Whole, answer, takes, types
from messaging.dialects.whispir.serializers import STATES
from messaging.documents import Answer, Operation, header, one_of, query


class Attribute(Struct):
    """A value for `@@name@@`."""

    name: str
    value: str | int | float = ""


class Attributes(Struct):
    """Values that fill the subject and the body."""

    attribute: list[Attribute] | None = None


class Attachment(Struct, rename="camel"):
    """A file of an e-mail."""

    attachment_name: Annotated[str, Meta(min_length=1, max_length=240)]
    deref_uri: Annotated[str, Meta(min_length=4, description="The file in base64; 10 MB for all files together.")]
    attachment_desc: str | None = None


class Attachments(Struct):
    """The files of an e-mail."""

    attachment: list[Attachment] | None = None


class Email(Struct):
    """What goes by e-mail."""

    body: Annotated[str, Meta(min_length=1)]
    footer: str | None = None
    type: Literal["text/plain", "text/html"] | None = None
    resources: Attachments | None = None


class Voice(Struct):
    """What is read out. Nothing here calls: its recipients fail, with this reason."""

    body: Annotated[str, Meta(min_length=1, max_length=MOST_SPOKEN)]
    header: str | None = None
    type: str | None = None


class Web(Struct):
    """What goes onto a page. Nothing here publishes: it fails, with this reason."""

    body: Annotated[str, Meta(min_length=1, max_length=MOST_SPOKEN)]
    type: str | None = None


class WhatsApp(Struct):
    """A template that Meta approved, and the texts for its gaps."""

    name: str
    language: str
    type: Literal["template"] | None = None
    parameters: list[str] | None = None


class File(Struct, rename="camel"):
    """A file whose rows are the recipients, and the columns with their addresses."""

    resource_id: str
    sms_mapping_field: str | None = None
    email_mapping_field: str | None = None
    voice_mapping_field: str | None = None
    options: dict[str, bool] | None = None


To = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=MOST_TO,
        description="Numbers, e-mail addresses and MRIs of contacts, users and lists, between semicolons or commas.",
    ),
]


class Send(Struct, rename="camel"):
    """A message to send. `to` is not needed with a `resource`, nor content with a template."""

    to: To
    subject: Annotated[str, Meta(min_length=1, max_length=MOST_TEXT, description="The first line.")]
    body: Annotated[str, Meta(max_length=MOST_TEXT)] | None = None
    email: Email | None = None
    voice: Voice | None = None
    web: Web | None = None
    whatsapp: WhatsApp | None = None
    message_template_id: str | None = None
    message_template_name: str | None = None
    event_id: Annotated[str, Meta(max_length=48)] | None = None
    resource: File | None = None
    type: Literal["default", "defaultNoReply", "noDlr"] | None = None
    label: Annotated[str, Meta(max_length=MOST_LABEL)] | None = None
    messageattributes: Attributes | None = None
    callback_id: Annotated[str, Meta(max_length=255, description="A callback's name.")] | None = None
    callback_parameters: dict[str, str] | None = None
    features: Annotated[dict[str, Any], Meta(description="aliasOption: one of the account's own numbers.")] | None = (
        None
    )
    message_type: Annotated[str, Meta(max_length=255, description="SCHEDULED, or nothing.")] | None = None
    schedule_type: Literal["ONCE", "REPEAT"] | None = None
    schedule_date: Annotated[str, Meta(examples=["31/12/2026 08:30"])] | None = None
    repetition_count: Whole | None = None
    repeat_days: Whole | None = None
    repeat_hrs: Whole | None = None
    repeat_min: Whole | None = None


class Brief(Struct, rename="camel"):
    """A message as lists show it."""

    subject: str
    repetition_count: int
    repeat_days: int
    repeat_hrs: int
    repeat_min: int
    from_: str = field(name="from")
    direction: Literal["OUTGOING", "INCOMING"]
    response_count: str
    created_time: int
    to: str
    link: list[Link]


class Message(Struct, rename="camel"):
    """A message as it is read alone."""

    id: Hex
    subject: str
    from_: str = field(name="from")
    direction: Literal["OUTGOING", "INCOMING"]
    created_time: int
    to: str
    body: str
    label: str
    type: str
    link: list[Link]


class Messages(Struct):
    """A page of messages, the newest first."""

    status: str
    link: list[Link]
    messages: list[Brief] | None = None


class Category(Struct, rename="camel"):
    """How many recipients came so far."""

    name: Literal["Sent", "Pending", "Received", "Acknowledged", "Undeliverable"]
    recipient_count: int
    percentage_total: str


class Channel(Struct, rename="camel"):
    """What became of a recipient on one channel."""

    type: Annotated[str, Meta(description="email, sms and voice, and others that it goes by.")]
    status: Annotated[str, one_of(["", *STATES.values()])]
    destination: str
    sent_timestamp: int | None = None
    received_timestamp: int | None = None
    acknowleged_timestamp: int | None = None
    undeliverable_timestamp: int | None = None


class Reached(Struct):
    """The counts of a summary, or one recipient of a detailed view."""

    link: list[Link]
    categories: list[Category] | None = None
    name: str | None = None
    info: str | None = None
    status: list[Channel] | None = None


class Status(Struct, rename="camel"):
    """How many were reached, or what became of each recipient."""

    link: list[Link]
    message_statuses: list[Reached] | None = None
    status: str | None = None


class Responses(Struct):
    """Who answered, and what."""

    link: list[Link]
    messageresponses: list[dict[str, Any]] | None = None
    status: str | None = None


_SENT = {
    "A text": {"to": "$TO", "subject": "Hello", "body": "This is a test message"},
    "By e-mail too": {
        "to": "$TO",
        "subject": "Hello",
        "body": "This is a test message",
        "email": {"body": "<p>This is a test message</p>", "type": "text/html"},
    },
    "With values": {
        "to": "$TO",
        "subject": "Hello @@name@@",
        "messageattributes": {"attribute": [{"name": "name", "value": "Ann"}]},
    },
}
_VIEW = query("view", Literal["summary", "detailed"], "Counts, or each recipient.", example="summary")


def _operations(prefix: str, path: dict[str, str], where: str) -> Iterator[tuple[str, Operation]]:
    """Yield what is done with messages, in the account as a whole or in a workspace."""
    yield (
        f"POST {prefix}/messages",
        Operation(
            summary=f"Send a message{where}",
            tag="messages",
            description="By each channel that it has something for. Whoever cannot be reached stands in the status"
            " with the reason. A scheduled message is answered with itself, any other with a plain text; people on"
            " lists and in files are looked up when its time has come.",
            takes=takes(Send, "message"),
            examples=_SENT,
            parameters=[header("Idempotency-Key", str, "A repeat within 24 hours sends nothing.")],
            path=path,
            answers={
                202: Answer({"type": "string", "const": ACCEPTED}, media_type=types("message"), is_plain=True),
                200: answer(Message, "message", "It is scheduled."),
            },
            differs="Voice, web, social and RCS are accepted and go nowhere. An alias is the sender only where it is a"
            " number of the account's own. At most 10,000 messages are made of one request.",
        ),
    )
    yield (
        f"GET {prefix}/messages",
        Operation(
            summary=f"List messages{where}",
            tag="messages",
            parameters=[
                *PAGE,
                query("label", str, "Only messages with this label."),
                query("viewType", str, "`shared` for everybody's, not only what this login sent.", example="shared"),
            ],
            path=path,
            answers={200: answer(Messages, "message")},
        ),
    )
    yield (
        f"GET {prefix}/messages/{{id}}",
        Operation(
            summary=f"Read a message{where}",
            tag="messages",
            path=path | ONE,
            answers={200: answer(Message, "message")},
        ),
    )
    yield (
        f"DELETE {prefix}/messages/{{id}}",
        Operation(
            summary=f"Take a message back{where}",
            tag="messages",
            description="It is hidden, and cancelled if it still waits.",
            path=path | ONE,
            answers={204: Answer(None)},
        ),
    )
    yield (
        f"GET {prefix}/messages/{{id}}/messagestatus",
        Operation(
            summary=f"Read what became of a message{where}",
            tag="messages",
            parameters=[_VIEW, *PAGE],
            path=path | ONE,
            answers={200: answer(Status, "messagestatus")},
        ),
    )
    yield (
        f"GET {prefix}/messages/{{id}}/messageresponses",
        Operation(
            summary=f"Read who answered a message{where}",
            tag="messages",
            parameters=[
                _VIEW,
                query("filter", Literal["default", "responserule", "noresponse", "notmatched"], "Only those."),
                *PAGE,
            ],
            path=path | ONE,
            answers={200: answer(Responses, "messageresponse")},
        ),
    )


OPERATIONS = {**dict(_operations("", {}, "")), **dict(_operations("/workspaces/{wid}", IN, " in a workspace"))}
