"""What the operations about messages take and answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from messaging.dialects.whispir.composing import MOST_LABEL, MOST_TEXT, MOST_TO
from messaging.dialects.whispir.messages import ACCEPTED
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


class Send(Struct, rename="camel"):
    """A message to send."""

    to: Annotated[str, Meta(min_length=1, max_length=MOST_TO, description="Numbers, between semicolons or commas.")]
    subject: Annotated[str, Meta(min_length=1, max_length=MOST_TEXT, description="The first line.")]
    body: Annotated[str, Meta(max_length=MOST_TEXT)] | None = None
    type: Literal["default", "defaultNoReply", "noDlr"] | None = None
    label: Annotated[str, Meta(max_length=MOST_LABEL)] | None = None
    messageattributes: Attributes | None = None
    message_type: Annotated[str, Meta(max_length=MOST_TEXT, description="SCHEDULED, or nothing.")] | None = None
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

    type: Literal["email", "sms", "voice"]
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
            description="By SMS. A scheduled message is answered with itself, any other with a plain text.",
            takes=takes(Send, "message"),
            examples=_SENT,
            parameters=[header("Idempotency-Key", str, "A repeat within 24 hours sends nothing.")],
            path=path,
            answers={
                202: Answer({"type": "string", "const": ACCEPTED}, media_type=types("message"), is_plain=True),
                200: answer(Message, "message", "It is scheduled."),
            },
            differs="Messages go by SMS to numbers: e-mail, voice and other channels, templates, contacts, lists, bulk"
            " files and callbacks are refused by name.",
        ),
    )
    yield (
        f"GET {prefix}/messages",
        Operation(
            summary=f"List messages{where}",
            tag="messages",
            parameters=[*PAGE, query("label", str, "Only messages with this label.")],
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
