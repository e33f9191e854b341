"""What SMSGate's operations take and answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

from messaging.checked_ids import LENGTH
from messaging.content import FORMATS
from messaging.dialects.smsgate import inbox, schema_settings
from messaging.dialects.smsgate.hooks import WORDS
from messaging.dialects.smsgate.serializers import STATES, DataMessage, NewWebhook, Send, TextMessage
from messaging.documents import BASIC, BEARER, Answer, Operation, header, one_of, query
from messaging.errors import Refusal
from tokens.errors import Denial
from tokens.scopes import GRANTABLE

SECURITY = ((BASIC,), (BEARER,))
BASE = "/3rdparty/v1"

_STATES = list(dict.fromkeys([*STATES.values(), "Cancelling"]))
State = Annotated[str, one_of(_STATES)]
Time = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
# In queries: what is empty is what was not given.
Flag = Annotated[str, one_of(["true", "false", "True", "False", "1", "0", ""])]
Moment: dict[str, Any] = {"type": "string", "anyOf": [{"format": "date-time"}, {"maxLength": 0}]}


def _one_of(words: Iterable[str]) -> dict[str, Any]:
    return {"type": "string", "enum": [*words, ""]}


class Error(Struct):
    """Every refusal."""

    message: str


class RecipientState(Struct, rename="camel"):
    """One of those whom a message goes to."""

    phone_number: str
    state: State
    error: str | UnsetType = UNSET


class MessageState(Struct, rename="camel"):
    """A message and what became of it; its content is in the list only where it was asked for."""

    id: str
    device_id: str
    state: State
    is_hashed: bool
    is_encrypted: bool
    recipients: list[RecipientState]
    states: Annotated[dict[str, Time], Meta(description="When it first came into each state.")]
    created_at: Time
    text_message: TextMessage | UnsetType = UNSET
    data_message: DataMessage | UnsetType = UNSET


class Attached(Struct, rename="camel"):
    """A file of a received message."""

    part_id: int
    name: str
    size: int
    content_type: str


class Received(Struct, rename="camel"):
    """A received message."""

    id: str
    type: Annotated[str, one_of(inbox.TYPES)]
    sender: str
    content_preview: str
    created_at: Time
    recipient: str | UnsetType = UNSET
    sim_number: int | UnsetType = UNSET
    attachments: list[Attached] | UnsetType = UNSET


class SimCard(Struct, rename="camel"):
    """A SIM card of a phone."""

    slot_index: int
    sim_number: int
    phone_number: str


class Device(Struct, rename="camel"):
    """A way out for SMS."""

    id: str
    name: str
    created_at: Time
    updated_at: Time
    last_seen: Time
    sim_cards: list[SimCard]


class Webhook(Struct, rename="camel"):
    """Where an event is posted."""

    id: str
    url: str
    event: Annotated[str, one_of(WORDS)]
    device_id: str | None


class LogEntry(Struct, rename="camel"):
    """A line of the account's own log."""

    id: int
    priority: Literal["DEBUG", "INFO", "WARN", "ERROR"]
    module: str
    message: str
    context: dict[str, str]
    created_at: Time


class TokenRequest(Struct):
    """What a JWT is to be good for, and how many seconds: no more than a day."""

    scopes: Annotated[list[Annotated[str, one_of(GRANTABLE)]], Meta(min_length=1)]
    ttl: Annotated[int, Meta(ge=0)] | None = None


class Tokens(Struct):
    """A JWT and the one that renews it, in both of the spellings that clients know."""

    id: str
    token_type: Literal["Bearer"]
    access_token: str
    refresh_token: str
    expires_at: Time
    camel_type: Literal["Bearer"] = field(name="tokenType")
    camel_access: str = field(name="accessToken")
    camel_refresh: str = field(name="refreshToken")
    camel_end: Time = field(name="expiresAt")


class Check(Struct, rename="camel"):
    """One thing that was looked at."""

    description: str
    observed_unit: str
    observed_value: int
    status: Literal["pass", "warn", "fail"]


class Health(Struct, rename="camel"):
    """Whether it is well."""

    status: Literal["pass", "warn", "fail"]
    version: str
    release_id: int
    checks: dict[str, Check]


ERROR = Error
_AT = "2026-01-31T09:00:00.123Z"
_DEVICE = "00000000001" + "A" * (LENGTH - 11)
_PENDING: dict[str, Any] = {
    "id": "$ID",
    "deviceId": _DEVICE,
    "state": "Pending",
    "isHashed": False,
    "isEncrypted": False,
    "recipients": [{"phoneNumber": "+$TO", "state": "Pending"}],
    "states": {"Pending": _AT},
    "createdAt": _AT,
    "textMessage": {"text": "Hello from JWT!"},
}
_DELIVERED: Mapping[str, Any] = _PENDING | {
    "state": "Delivered",
    "recipients": [{"phoneNumber": "+$TO", "state": "Delivered"}],
    "states": {"Pending": _AT, "Sent": _AT, "Delivered": "2026-01-31T09:00:02.000Z"},
}
_LISTED = {name: value for name, value in _DELIVERED.items() if name != "textMessage"}
_HOOK = {"id": "LreFUt-Z3sSq0JufY9uWB", "url": "https://example.com/hook", "event": "sms:received", "deviceId": None}
_PAIR = {
    "id": "w8pxz0a4Fwa4xgzyCvSeC",
    "token_type": "Bearer",
    "access_token": "eyJhbGciOi…",
    "refresh_token": "eyJhbGciOi…",
    "expires_at": "2026-01-31T10:00:00Z",
    "tokenType": "Bearer",
    "accessToken": "eyJhbGciOi…",
    "refreshToken": "eyJhbGciOi…",
    "expiresAt": "2026-01-31T10:00:00Z",
}
_WELL = {
    "status": "pass",
    "version": "1.0.0",
    "releaseId": 1,
    "checks": {
        "db:ping": {
            "description": "Database ping",
            "observedUnit": "failed pings",
            "observedValue": 0,
            "status": "pass",
        }
    },
}
_RANGE = {"since": "2026-01-01T00:00:00Z", "until": "2026-02-01T00:00:00Z"}
_COUNTED = "`X-Total-Count` says how many there are: exactly up to 10,000, beyond that about."
_WINDOW = (
    query("from", Moment, "Made then or later.", example="2026-01-01T00:00:00Z"),
    query("to", Moment, "Made before.", example="2999-01-01T00:00:00Z"),
)
_PAGE = (
    query("limit", int, "How many; others than there may be are taken for the nearest.", example=20),
    query("offset", int, "How many to leave out at the beginning.", example=0),
    query("deviceId", str, "Of this device alone."),
)
_TOKENS_ELSEWHERE = {Refusal.NOT_OFFERED}


def _health(summary: str, description: str) -> Operation:
    answers = {200: Answer(Health, _WELL), 503: Answer(Health, _WELL | {"status": "fail"})}
    return Operation(summary=summary, description=description, tag="health", answers=answers, security=())


OPERATIONS = {
    "POST /3rdparty/v1/messages": Operation(
        summary="Send a message",
        tag="messages",
        description="Exactly one of `textMessage`, `dataMessage` and the older `message`. An `id` of your own is taken "
        "once, for as long as the message is kept.",
        takes=Send,
        examples={
            "A text": {"phoneNumbers": ["+$TO"], "textMessage": {"text": "Hello from JWT!"}},
            "Data to a port": {"phoneNumbers": ["+$TO"], "dataMessage": {"data": "cGluZw==", "port": 53739}},
            "Until ten minutes from now": {
                "phoneNumbers": ["+$TO"],
                "textMessage": {"text": "Your code is 123456"},
                "ttl": 600,
                "priority": 100,
            },
        },
        parameters=[
            query("skipPhoneValidation", Flag, "Take addresses as they are: short codes, local numbers."),
            query("deviceActiveWithin", Annotated[int, Meta(ge=0)], "Only a device that was seen in so many hours."),
            header(
                "Idempotency-Key",
                Annotated[str, Meta(min_length=1, max_length=255, pattern="^[ -~]+$")],
                "The same key and body within 24 hours get the first answer again. Not looked at beside an `id`.",
            ),
        ],
        answers={202: Answer(MessageState, _PENDING)},
        refuses={Refusal.DUPLICATE_ID},
        differs="Numbers are checked by their form alone unless the account asks for more. "
        "An id is taken once in an account, not once on each phone.",
    ),
    "GET /3rdparty/v1/messages": Operation(
        summary="List messages",
        tag="messages",
        description=f"Those that were sent, by whatever door. {_COUNTED}",
        parameters=[
            *_WINDOW,
            query("state", _one_of(_STATES), "In this state."),
            *_PAGE,
            query("includeContent", Flag, "With what they say.", example="true"),
            query("sort", _one_of(["created_at", "-created_at"]), "`-created_at` if not said."),
        ],
        answers={200: Answer(list[MessageState], [_LISTED])},
        refuses={Refusal.INVALID},
    ),
    "GET /3rdparty/v1/messages/{id}": Operation(
        summary="Read a message", tag="messages", path={"id": "$ID"}, answers={200: Answer(MessageState, _DELIVERED)}
    ),
    "DELETE /3rdparty/v1/messages/{id}": Operation(
        summary="Cancel a message",
        tag="messages",
        path={"id": "$ID"},
        answers={200: Answer(MessageState, {**_PENDING, "state": "Cancelled"})},
        refuses={Refusal.NOT_PENDING},
        differs="What no device has taken is Cancelled at once, without being Cancelling before.",
    ),
    "POST /3rdparty/v1/messages/inbox/export": Operation(
        summary="Have phones post their inbox to webhooks again",
        tag="inbox",
        description="Deprecated: refresh the inbox instead.",
        takes=inbox.Refresh,
        examples={"A month": _RANGE},
        answers={202: Answer({"type": "object"}, {})},
        refuses={Refusal.DEVICE_UNKNOWN},
    ),
    "GET /3rdparty/v1/inbox": Operation(
        summary="List received messages",
        tag="inbox",
        description=f"The newest first, {inbox.MOST} at most. {_COUNTED}",
        parameters=[
            *_WINDOW,
            query("type", _one_of(inbox.TYPES), "Of this type alone."),
            *_PAGE,
            query("includeAttachments", Flag, "With the names of their files."),
        ],
        answers={
            200: Answer(
                list[Received],
                [
                    {
                        "id": "$ID",
                        "type": "SMS",
                        "sender": "+$TO",
                        "recipient": "+$DEVICE",
                        "contentPreview": "Hello",
                        "createdAt": _AT,
                    }
                ],
            )
        },
        differs="The vendor's server keeps no inbox and says 501.",
    ),
    "POST /3rdparty/v1/inbox/refresh": Operation(
        summary="Have phones read their inbox again",
        tag="inbox",
        takes=inbox.Refresh,
        examples={"A month": _RANGE, "Of every sort": {**_RANGE, "messageTypes": list(inbox.TYPES)}},
        answers={202: Answer({"type": "object"}, {})},
        refuses={Refusal.DEVICE_UNKNOWN},
    ),
    "GET /3rdparty/v1/inbox/{id}/attachments/{part}": Operation(
        summary="Download a file of a received message",
        tag="inbox",
        path={"id": "$ID", "part": "0"},
        answers={
            200: Answer(
                {"type": "string", "format": "binary"},
                media_type=list(dict.fromkeys(mime for mimes in FORMATS.values() for mime in mimes)),
            )
        },
        differs="The vendor's server keeps no inbox: its phones alone have this.",
    ),
    "GET /3rdparty/v1/devices": Operation(
        summary="List devices",
        tag="devices",
        answers={
            200: Answer(
                list[Device],
                [
                    {
                        "id": _DEVICE,
                        "name": "Sandbox",
                        "createdAt": _AT,
                        "updatedAt": _AT,
                        "lastSeen": _AT,
                        "simCards": [{"slotIndex": 0, "simNumber": 1, "phoneNumber": "+$DEVICE"}],
                    }
                ],
            )
        },
    ),
    "DELETE /3rdparty/v1/devices/{id}": Operation(
        summary="Remove a device",
        tag="devices",
        description="Its webhooks go with it; what waits for it fails and says why.",
        path={"id": _DEVICE},
        answers={204: Answer()},
        differs="Its messages are kept.",
    ),
    "GET /3rdparty/v1/webhooks": Operation(
        summary="List webhooks",
        tag="webhooks",
        description="Those that were registered by this API.",
        answers={200: Answer(list[Webhook], [_HOOK])},
    ),
    "POST /3rdparty/v1/webhooks": Operation(
        summary="Register a webhook",
        tag="webhooks",
        takes=NewWebhook,
        examples={"Received messages": {"url": "https://example.com/hook", "event": "sms:received"}},
        answers={201: Answer(Webhook, _HOOK)},
        refuses={Refusal.DEVICE_UNKNOWN, Refusal.WEBHOOK_URL},
        differs="The gateway posts the events, not the phone: they come also while it is offline.",
    ),
    "DELETE /3rdparty/v1/webhooks/{id}": Operation(
        summary="Remove a webhook", tag="webhooks", path={"id": _HOOK["id"]}, answers={204: Answer()}
    ),
    **schema_settings.OPERATIONS,
    "GET /3rdparty/v1/logs": Operation(
        summary="Read the log",
        tag="logs",
        description="The newest lines first, 1,000 at most.",
        parameters=_WINDOW,
        answers={
            200: Answer(
                list[LogEntry],
                [
                    {
                        "id": 1,
                        "priority": "WARN",
                        "module": "auth",
                        "message": "Refused an API login: the password is wrong",
                        "context": {"login": "ABC123"},
                        "createdAt": _AT,
                    }
                ],
            )
        },
        differs="It is what the gateway did in the account; the vendor's server says 501.",
    ),
    "POST /3rdparty/v1/auth/token": Operation(
        summary="Make a token",
        tag="auth",
        takes=TokenRequest,
        examples={"To send and read": {"ttl": 3600, "scopes": ["messages:send", "messages:read"]}},
        answers={201: Answer(Tokens, _PAIR)},
        refuses={Denial.GRANT, *_TOKENS_ELSEWHERE},
        differs="A token gives no scope that it has not itself, and names that are none are refused.",
    ),
    "POST /3rdparty/v1/auth/token/refresh": Operation(
        summary="Renew a token",
        tag="auth",
        description="With the refresh token, which works once. A body is not looked at.",
        answers={201: Answer(Tokens, _PAIR)},
        refuses=_TOKENS_ELSEWHERE,
        security=((BEARER,),),
    ),
    "DELETE /3rdparty/v1/auth/token/{jti}": Operation(
        summary="Revoke a token",
        tag="auth",
        description="Its refresh token ends with it.",
        path={"jti": _PAIR["id"]},
        answers={204: Answer()},
        refuses=_TOKENS_ELSEWHERE,
    ),
    "GET /3rdparty/v1/health": _health("Say whether it is well", "The same as readiness."),
    "GET /3rdparty/v1/health/live": _health("Say whether it runs", "Whatever it cannot reach."),
    "GET /3rdparty/v1/health/ready": _health("Say whether it can take messages", "The database is asked."),
    "GET /3rdparty/v1/health/startup": _health("Say whether it has started", "The same as readiness."),
}
