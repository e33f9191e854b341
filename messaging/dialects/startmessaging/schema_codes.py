"""What the operations about one-time codes take and answer, in both of the vendor's APIs."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from messaging.dialects.startmessaging import otp, sms
from messaging.dialects.startmessaging.sms import render_uuid
from messaging.documents import SENDING, Answer, Operation, Voice, header, key_header, one_of
from messaging.errors import Refusal
from tokens.errors import Denial

_TIME = {"format": "date-time"}
Time = Annotated[str, Meta(extra_json_schema=_TIME)]
_UUID = render_uuid(1_234_567_890_123_456_789)


class AuthProblem(Struct):
    """What went wrong."""

    code: str
    message: str
    request_id: str
    details: dict[str, str] | None = None
    retry_after: int | None = None


class AuthError(Struct):
    """Every refusal of the Auth API."""

    success: Literal[False]
    error: AuthProblem


class CodeSent(Struct):
    """A code that is on its way."""

    success: Literal[True]
    request_id: str
    channel: Literal["sms", "whatsapp"]
    phone: str
    expires_at: Time
    message: str
    fallback_used: bool | None = None


class CodeChecked(Struct):
    """Whether it was the code."""

    success: Literal[True]
    verified: bool
    phone: str | None = None
    channel: str | None = None
    metadata: dict[str, Any] | None = None
    verified_at: Time | None = None
    attempts_remaining: int | None = None
    message: str | None = None


class SmsError(Struct, rename="camel"):
    """Every refusal of the SMS API."""

    success: Literal[False]
    status_code: int
    request_id: str
    timestamp: Time
    message: str
    error: str
    retry_after: int | None = None


class SmsSent(Struct, rename="camel"):
    """The code and the message that carries it."""

    otp_request_id: str
    message_id: str
    status: str


class SmsChecked(Struct, rename="camel"):
    """Whether it was the code."""

    verified: bool
    attempts_remaining: int | None = None


class SmsStatus(Struct, rename="camel"):
    """What became of a message."""

    message_id: str
    status: Annotated[str, one_of(sms.STATES.values())]
    delivered_at: Time | None
    error: str | None


def _enveloped(data: type[Struct]) -> Any:
    return type(
        f"{data.__name__}Answer",
        (Struct,),
        {
            "__annotations__": {
                "success": Literal[True],
                "statusCode": int,
                "requestId": str,
                "timestamp": Time,
                "data": data,
            },
            "__doc__": "What was asked for, in the SMS API's envelope.",
            "__module__": __name__,
        },
    )


def _example(data: dict[str, Any], status: int = 200) -> dict[str, Any]:
    about = {"requestId": "req_0a1b2c3d4e5f", "timestamp": "2026-01-15T10:30:00Z"}
    return {"success": True, "statusCode": status, **about, "data": data}


_AUTH = Voice("auth_", AuthError, otp.answer)
_SMS = Voice("sms_", SmsError, sms.answer)
_KEY = ((key_header("X-API-Key"),),)
_SENDING = [*SENDING, Denial.RATE_LIMITED]
_PHONE = "+919876543210"

OPERATIONS = {
    "POST /v1/auth/send-otp": Operation(
        summary="Send a one-time code",
        tag="auth",
        takes=otp.SendOtp,
        examples={
            "By SMS": {"phone": _PHONE, "sender_name": "Acme"},
            "By WhatsApp, else SMS": {"phone": _PHONE, "channel": "auto", "otp_length": 4, "expiry_seconds": 120},
        },
        parameters=[
            header("X-Request-ID", Annotated[str, Meta(max_length=128, pattern="^[ -~]*$")], "A repeat's key.")
        ],
        answers={
            200: Answer(
                CodeSent,
                {
                    "success": True,
                    "request_id": "auth_1Th4dPmb9Xq",
                    "channel": "sms",
                    "phone": _PHONE,
                    "expires_at": "2026-01-15T10:35:00Z",
                    "message": "OTP sent successfully",
                },
            )
        },
        refuses=_SENDING,
        voice=_AUTH,
        differs="Numbers of every country are served; GATEWAY_OTP_REGIONS names those that are, where some are not.",
    ),
    "POST /v1/auth/verify-otp": Operation(
        summary="Check a one-time code",
        tag="auth",
        takes=otp.VerifyOtp,
        examples={"The code that was typed": {"request_id": "auth_1Th4dPmb9Xq", "otp": "123456"}},
        answers={
            200: Answer(
                CodeChecked,
                {"success": True, "verified": False, "attempts_remaining": 2, "message": "The code is wrong."},
            )
        },
        refuses=[Refusal.NOT_FOUND, Refusal.NOT_PENDING],
        voice=_AUTH,
    ),
    "POST /otp/send": Operation(
        summary="Send a one-time code by SMS",
        tag="sms",
        takes=sms.SendCode,
        examples={
            "A code of ours": {"phoneNumber": _PHONE, "variables": {"appName": "Acme"}},
            "A code of the caller's": {"phoneNumber": _PHONE, "variables": {"otp": "4711"}, "idempotencyKey": "a-7"},
        },
        answers={
            201: Answer(
                _enveloped(SmsSent),
                _example({"otpRequestId": _UUID, "messageId": _UUID, "status": "queued"}, 201),
            )
        },
        refuses=_SENDING,
        security=_KEY,
        voice=_SMS,
        differs="The words of the message are ours: a templateId is kept and not looked up.",
    ),
    "POST /otp/verify": Operation(
        summary="Check a one-time code sent by SMS",
        tag="sms",
        takes=sms.VerifyCode,
        examples={"The code that was typed": {"requestId": _UUID, "otpCode": "123456"}},
        answers={200: Answer(_enveloped(SmsChecked), _example({"verified": True}))},
        refuses=[Refusal.NOT_FOUND, Refusal.NOT_PENDING],
        security=_KEY,
        voice=_SMS,
    ),
    "GET /messages/{message_id}": Operation(
        summary="Read what became of an SMS",
        tag="sms",
        path={"message_id": _UUID},
        answers={
            200: Answer(
                _enveloped(SmsStatus),
                _example({"messageId": _UUID, "status": "sent", "deliveredAt": None, "error": None}),
            )
        },
        security=_KEY,
        voice=_SMS,
    ),
}
