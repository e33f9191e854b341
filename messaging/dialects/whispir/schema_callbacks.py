"""What the operations about callbacks and their calls take and answer."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from messaging.dialects.whispir import hooks
from messaging.dialects.whispir.callbacks import MOST_EMAIL, MOST_NAME
from messaging.dialects.whispir.calls import SUCCESS
from messaging.dialects.whispir.fields import MASK
from messaging.dialects.whispir.schema_words import ONE, PAGE, Hex, Link, answer, kept, takes
from messaging.documents import Answer, Operation, one_of, query
from messaging.errors import Refusal
from messaging.models.webhooks import LONGEST_URL

Switch = Literal["enabled", "disabled"]
Url = Annotated[str, Meta(min_length=1, max_length=LONGEST_URL, examples=["https://example.com/callback"])]
Name = Annotated[str, Meta(min_length=1, max_length=MOST_NAME)]


class Auth(Struct):
    """How a call shows that it is ours: `auth` in the query, X-Whispir-Callback-Key, or Authorization."""

    type: Annotated[str, one_of(hooks.OPTIONS["auth"])]
    key: Annotated[str, Meta(max_length=hooks.MOST_KEY, description=f"May be empty. Answered as {MASK}.")]


class Events(Struct):
    """What it is told."""

    reply: Switch
    undeliverable: Switch


class NewCallback(Struct, rename="camel"):
    """An address that messages may name. It is asked once, by GET, and must answer 200."""

    name: Name
    url: Url
    auth: Auth
    content_type: Literal["json", "xml"]
    remove_html: Switch = field(name="removeHTML")
    retries_enabled: bool | Literal["true", "false"]
    email: Annotated[str, Meta(min_length=3, max_length=MOST_EMAIL, description="Is told of calls that are given up.")]
    callbacks: Events


class Callback(Struct, rename="camel"):
    """An address that messages may name."""

    id: Hex
    name: str
    url: str
    auth: Auth
    content_type: Literal["json", "xml"]
    remove_html: Switch = field(name="removeHTML")
    retries_enabled: bool
    email: str
    callbacks: Events
    link: list[Link]


class Callbacks(Struct):
    """A page of callbacks."""

    status: str
    link: list[Link]
    callbacks: list[Callback] | None = None


class Attempted(Struct, rename="camel"):
    """Where a call was posted last, and what was answered."""

    id: Hex
    name: str
    url: str
    attempted_date: str
    status_code: str
    status_message: str


class Call(Struct, rename="camel"):
    """What was posted."""

    id: Hex
    message_id: Hex
    message_location: str
    status: Literal["SUCCESS", "FAILED"]
    response_message: dict[str, str]
    callback: Attempted
    link: list[Link]


class Calls(Struct):
    """A page of calls, the newest first."""

    status: str
    link: list[Link]
    calls: list[Call] | None = None


class Marked(Struct):
    """That calls are done."""

    status: Literal["SUCCESS"]


class Gone(Struct):
    """That it is removed."""

    link: list[Any]


_EXAMPLE = {
    "name": "Answers",
    "url": "https://example.com/callback",
    "auth": {"type": hooks.HEADER, "key": "a-key-of-mine"},
    "contentType": "json",
    "removeHTML": "disabled",
    "retriesEnabled": True,
    "email": "ops@example.com",
    "callbacks": {"reply": "enabled", "undeliverable": "enabled"},
}
_KEPT = kept(
    "callbacks",
    "api-callback",
    called="callback",
    several="callbacks",
    listing=Callbacks,
    item=Callback,
    new=NewCallback,
    example=_EXAMPLE,
    methods="LCRU",
    in_workspaces=False,
    filters={"name": "Whose name contains it.", "url": "Whose address contains it."},
    refuses=[Refusal.WEBHOOK_URL, Refusal.WEBHOOK_SILENT],
)
_ID = query("id", str, "Only this call; once for each.")

OPERATIONS = {
    **_KEPT,
    "DELETE /callbacks/{id}": Operation(
        summary="Delete a callback", tag="callbacks", path=ONE, answers={200: answer(Gone, "api-callback")}
    ),
    "GET /callbacks/{id}/calls": Operation(
        summary="List what was posted to a callback",
        tag="callbacks",
        path=ONE,
        parameters=[*PAGE, query("status", Literal["SUCCESS", "FAILED"], "Only those."), _ID],
        answers={200: answer(Calls, "api-call")},
    ),
    "PUT /callbacks/{id}/calls": Operation(
        summary="Mark calls as done",
        tag="callbacks",
        description="They are not made again.",
        path=ONE,
        parameters=[query("id", str, "A call; once for each of up to 100.", required=True)],
        takes=takes(Marked, "api-call"),
        examples={"Done": {"status": SUCCESS}},
        answers={204: Answer(None)},
    ),
}
