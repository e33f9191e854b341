"""What the operations about keys, signing in and one-time codes take and answer."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from messaging.dialects.whispir import keys, otp, plain
from messaging.dialects.whispir.schema_words import Error, Required, Text, answer
from messaging.dialects.whispir.serializers import render_uuid
from messaging.documents import BASIC, BEARER, Answer, Operation, Voice, key_header
from messaging.errors import Refusal
from tokens.errors import Denial

_KEY = key_header("x-api-key")
_PLAIN = Voice("Plain", Error, plain.answer)


class NewKey(Struct):
    """A key to make, for this API, with what the caller's own may do."""

    description: Required
    type: Literal["basic"] | None = None


class ChangedKey(Struct):
    """What of a key to change: what is not given stays."""

    description: Text | None = None
    enabled: bool | None = None
    type: Literal["basic"] | None = None


class Key(Struct, rename="camel"):
    """A key. Its secret is whole in the answer to its making alone."""

    id: str
    type: Literal["basic"]
    description: str
    secret: str
    enabled: bool
    created_time: str
    last_modified_time: str
    user_id: str | None = None
    client_id: str | None = None
    account_id: str | None = None


class Keys(Struct):
    """All keys of the account."""

    keys: list[Key]


class SignedIn(Struct):
    """A JWT that takes the place of user name and password for an hour."""

    token: str
    link: list[Any]


Digits = Annotated[str, Meta(pattern="^[0-9]{1,9}$")]


class SendCode(Struct, rename="camel"):
    """Whom to send a code to."""

    workspace_id: Required
    channel: Literal["sms"]
    to: Annotated[str, Meta(min_length=1, max_length=64)] | int | float
    code_length: Annotated[int, Meta(ge=otp.SHORTEST, le=otp.LONGEST)] | Digits
    expires_in: Annotated[int, Meta(ge=1, le=otp.MOST_SECONDS, description="Seconds.")] | Digits


class VerifyCode(Struct):
    """The code that was typed."""

    to: Annotated[str, Meta(min_length=1, max_length=64)] | int | float
    code: Annotated[str, Meta(min_length=1, max_length=64)] | int | float


class VerifyLink(Struct):
    """Where to check what was typed."""

    verify: str


class Code(Struct, rename="camel"):
    """A code that was sent."""

    id: str
    channel: str
    code_length: int
    to: str
    expires_at: str
    status: Literal["pending", "approved"]
    links: VerifyLink


class OtpError(Struct):
    """How these operations refuse."""

    status: int
    message: str
    detail: str


_OTP = Voice("Otp", OtpError, otp.answer)
_ONE_KEY = {"id": render_uuid(keys.KIND, 2**40)}
_TOO_OFTEN = Answer(OtpError, description="The number got too many codes, or too many wrong ones.")
_GRANTS = [Denial.GRANT]

OPERATIONS = {
    "GET /keys": Operation(summary="List keys", tag="keys", answers={200: Answer(Keys)}, voice=_PLAIN),
    "POST /keys": Operation(
        summary="Create a key",
        description="It does what the caller's key does, in this API alone.",
        tag="keys",
        takes=NewKey,
        examples={"A key": {"type": "basic", "description": "Reporting"}},
        answers={201: Answer(Key)},
        refuses=[*_GRANTS, Denial.TOKEN_LIMIT],
        voice=_PLAIN,
    ),
    "GET /keys/{id}": Operation(
        summary="Read a key", tag="keys", path=_ONE_KEY, answers={200: Answer(Key)}, voice=_PLAIN
    ),
    "PUT /keys/{id}": Operation(
        summary="Rename or disable a key",
        tag="keys",
        path=_ONE_KEY,
        takes=ChangedKey,
        examples={"For now": {"description": "Reporting", "enabled": False}},
        answers={204: Answer(None)},
        refuses=_GRANTS,
        voice=_PLAIN,
    ),
    "DELETE /keys/{id}": Operation(
        summary="Revoke a key",
        tag="keys",
        path=_ONE_KEY,
        answers={204: Answer(None)},
        refuses=_GRANTS,
        voice=_PLAIN,
    ),
    "POST /auth": Operation(
        summary="Sign in",
        tag="sign-in",
        answers={200: answer(SignedIn, "auth")},
        security=((_KEY, BASIC),),
    ),
    "GET /auth/verify": Operation(
        summary="Try a JWT", tag="sign-in", answers={200: Answer(None)}, security=((_KEY, BEARER),)
    ),
    "POST /otp/send-code": Operation(
        summary="Send a one-time code",
        tag="otp",
        takes=SendCode,
        examples={
            "By SMS": {"workspaceId": "undefined", "channel": "sms", "to": "+$TO", "codeLength": 6, "expiresIn": 300}
        },
        answers={201: Answer(Code), 429: _TOO_OFTEN},
        refuses=[Refusal.NOT_FOUND, Refusal.DEVICE_NOT_CONNECTED],
        security=((_KEY,),),
        voice=_OTP,
        differs="It comes from the account's own number, as every message does: there is no alias to choose.",
    ),
    "POST /otp/{id}/verify-code": Operation(
        summary="Check a one-time code",
        tag="otp",
        path={"id": "0" * 21},
        takes=VerifyCode,
        examples={"What was typed": {"to": "+$TO", "code": "123456"}},
        answers={200: Answer(Code), 429: _TOO_OFTEN},
        security=((_KEY,),),
        voice=_OTP,
    ),
}
