"""What the operations about messages take and answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from messaging.dialects.whispir.accepting import ACCEPTED
from messaging.dialects.whispir.schema_send import Send
from messaging.dialects.whispir.schema_words import IN, ONE, PAGE, Hex, Link, answer, takes, types
from messaging.dialects.whispir.serializers import STATES
from messaging.documents import Answer, Operation, header, one_of, query


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
    """Yield what is done with messages, in the company or in a workspace."""
    yield (
        f"POST {prefix}/messages",
        Operation(
            summary=f"Send a message{where}",
            tag="messages",
            description="By each channel that it has something for. Whoever cannot be reached stands in the status"
            " with the reason. A scheduled message is answered with itself, any other with a plain text; people on"
            " lists and in files are looked up when its time has come. With a `resource`, a file that was posted to"
            " `/resources`, each of its rows gets a message; both media types take it.",
            takes=takes(Send, "message") | takes(Send, "bulkmessage"),
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
            description="Those of the last seven days, or of the time that `criteriaFromDate`, `criteriaFromTime`,"
            " `criteriaToDate` and `criteriaToTime` (`31/12/2026`, `23:59`) name together.",
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
            description="It is hidden, and cancelled if it still waits; so are its repetitions.",
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
