"""What the operations about messages take and answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from messaging.dialects.whispir.accepting import ACCEPTED
from messaging.dialects.whispir.composing import MOST_LABEL, MOST_TEXT, MOST_TO
from messaging.dialects.whispir.contents import MOST_EMAIL, MOST_SPOKEN
from messaging.dialects.whispir.schema_words import IN, ONE, PAGE, Hex, Link, Whole, answer, takes, types
from messaging.dialects.whispir.serializers import STATES
from messaging.documents import Answer, Operation, header, one_of, query


class Empty(Struct, forbid_unknown_fields=True):
    """Nothing, as an empty element of XML is read."""


def text(most: int, **more: Any) -> Any:
    """Return the shape of a text; numbers are taken as their digits, and it may be left empty."""
    return Annotated[str, Meta(max_length=most, **more)] | int | float | Empty


Text = text(255)
Required = Annotated[str, Meta(min_length=1)] | int | float
_TO = "Numbers, e-mail addresses, MRIs of contacts, users and lists; between semicolons or commas."
None_ = (
    Annotated[str, Meta(pattern=r"^\s*$")] | Annotated[list[Any], Meta(max_length=0)] | None
)  # in place of an object that is not there
Flag = bool | Annotated[str, Meta(pattern="^([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee])?$")] | Empty | None


class Attribute(Struct):
    """A value for `@@name@@`."""

    name: str
    value: str | int | float = ""


class Attributes(Struct):
    """Values that fill the subject and the body."""

    attribute: list[Attribute] | Attribute | Literal[""] | None = None


class Attachment(Struct, rename="camel"):
    """A file of an e-mail."""

    attachment_name: Annotated[str, Meta(min_length=1, max_length=240)] | int | float
    deref_uri: Required
    attachment_desc: Any = None


class Attachments(Struct):
    """The files of an e-mail: in base64, 10 MB all together."""

    attachment: list[Attachment] | Attachment | Literal[""] | None = None


class Email(Struct):
    """What goes by e-mail. It needs a body; without anything there is no e-mail."""

    body: text(MOST_EMAIL) | None = None  # type: ignore[valid-type]  # made by a function
    footer: text(MOST_EMAIL) | None = None  # type: ignore[valid-type]
    type: Annotated[str, Meta(examples=["text/html"])] | Empty | None = None
    resources: Attachments | None_ = None


class Voice(Struct):
    """What is read out. Nothing here calls: its recipients fail, with this reason."""

    body: text(MOST_SPOKEN) | None = None  # type: ignore[valid-type]
    header: text(MOST_SPOKEN) | None = None  # type: ignore[valid-type]
    type: text(MOST_TEXT) | None = None  # type: ignore[valid-type]


class Web(Struct):
    """What goes onto a page. Nothing here publishes: it fails, with this reason."""

    body: text(MOST_SPOKEN) | None = None  # type: ignore[valid-type]
    type: Text | None = None


class WhatsApp(Struct):
    """A template that Meta approved, and the texts for its gaps."""

    name: text(512) | None = None  # type: ignore[valid-type]
    language: str | int | float | dict[str, Any] | None = None
    type: Annotated[str, Meta(examples=["template"])] | Empty | None = None
    parameters: Any = None


class BulkOptions(Struct, rename="camel"):
    """Whether rows of contacts have their names and values; up to 5,000 rows they have."""

    resolve_recipients: Flag = None


class File(Struct, rename="camel"):
    """A file whose rows are the recipients, and the columns with their addresses."""

    resource_id: Text | None = None
    sms_mapping_field: Text | None = None
    email_mapping_field: Text | None = None
    voice_mapping_field: Text | None = None
    options: BulkOptions | None_ = None


class Send(Struct, rename="camel"):
    """A message to send. `to` is needed without a `resource`, and a subject without a template."""

    to: text(MOST_TO, description=_TO) | None = None  # type: ignore[valid-type]
    subject: text(MOST_TEXT, description="The first line.") | None = None  # type: ignore[valid-type]
    body: text(MOST_TEXT) | None = None  # type: ignore[valid-type]
    email: Email | None_ = None
    voice: Voice | None_ = None
    web: Web | None_ = None
    whatsapp: WhatsApp | None_ = None
    message_template_id: Text | None = None
    message_template_name: Text | None = None
    event_id: text(48) | None = None  # type: ignore[valid-type]
    resource: File | None_ = None
    type: Annotated[str, one_of(["default", "defaultNoReply", "noDlr", ""])] | Empty | None = None
    label: text(MOST_LABEL) | None = None  # type: ignore[valid-type]
    messageattributes: Attributes | Literal[""] | None = None
    callback_id: text(255, description="A callback's name.") | None = None  # type: ignore[valid-type]
    callback_parameters: dict[str, text(1000) | None] | None_ = None  # type: ignore[misc]
    features: dict[str, Any] | None_ = None
    message_type: text(255, description="SCHEDULED, or nothing.") | None = None  # type: ignore[valid-type]
    schedule_type: Annotated[str, one_of(["ONCE", "REPEAT", ""])] | Empty | None = None
    schedule_date: text(255, examples=["31/12/2026 08:30"]) | None = None  # type: ignore[valid-type]
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
