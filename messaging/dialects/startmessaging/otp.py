"""The Auth API: `/v1/auth/send-otp` and `/v1/auth/verify-otp`. Its refusals also say `success: false`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal

import msgspec
from django.http import HttpRequest, HttpResponse
from msgspec import Meta, Struct
from rest_framework.request import Request

from messaging import verifying
from messaging.dialect import Problem
from messaging.dialects.startmessaging import errors, headers
from messaging.dialects.startmessaging.serializers import timestamp
from messaging.dialects.startmessaging.views import View
from messaging.drafting import Sender
from messaging.edge import json_response
from messaging.errors import Refusal, Refused
from messaging.idempotency import Key
from messaging.ids import from_base62, to_base62
from messaging.models import Channel, Verification
from messaging.verifying import Code, Outcome, Pace
from tokens.scopes import Scope

PACE = Pace(most=5, within=timedelta(minutes=10))
_PREFIX = "auth_"
_CHANNELS: Mapping[str, tuple[str, ...]] = {
    "sms": (Channel.SMS,),
    "whatsapp": (Channel.WHATSAPP,),
    "auto": (Channel.WHATSAPP, Channel.SMS),
}
_WORDS: Mapping[str, tuple[str, str]] = {
    "en": ("{code} is your verification code.", "{code} is your %s verification code."),
    "hi": ("{code} आपका सत्यापन कोड है।", "{code} आपका %s सत्यापन कोड है।"),
}


class SendOtp(Struct):
    """Whom to send a code to, and how."""

    phone: str
    channel: Literal["sms", "whatsapp", "auto"] = "sms"
    otp_length: Literal[4, 6, 8] = 6
    expiry_seconds: Annotated[int, Meta(ge=60, le=600)] = 300
    sender_name: Annotated[str, Meta(max_length=50)] | None = None
    locale: Literal["en", "hi"] = "en"
    metadata: dict[str, Any] | None = None


class VerifyOtp(Struct):
    """The code that was typed."""

    request_id: str
    otp: Annotated[str, Meta(max_length=16)]


def _code_of(problem: Problem) -> str | None:
    """Return this API's own code for a refusal that the rest of the vendor's API words otherwise."""
    if not isinstance(problem, Refused):
        return None
    why = problem.params.get("why")
    if problem.refusal == Refusal.RECIPIENT:
        return "UNSUPPORTED_COUNTRY" if why == "country" else "INVALID_PHONE"
    if problem.refusal == Refusal.NOT_PENDING:
        return "ALREADY_VERIFIED" if why == "verified" else "MAX_ATTEMPTS_EXCEEDED"
    return {
        Refusal.DEVICE_NOT_CONNECTED: "CHANNEL_UNAVAILABLE",
        Refusal.NOT_FOUND: "INVALID_REQUEST_ID",
    }.get(problem.refusal)


def answer(problem: Problem, request: HttpRequest) -> HttpResponse:
    """Word a refusal as the Auth API does."""
    response = errors.answer(problem, request)
    told = msgspec.json.decode(response.content)
    if code := _code_of(problem):
        told["error"]["code"] = code
        response.status_code = 400
    response.content = msgspec.json.encode({"success": False, **told})
    return response


class AuthView(View):
    needs: ClassVar[Mapping[str, Scope]] = {"POST": Scope.MESSAGES_SEND}
    answer = staticmethod(answer)

    def must_be_json(self, request: Request) -> None:
        if request._request.content_type != "application/json":
            raise Refused(Refusal.WRONG_TYPE, "The Content-Type must be application/json.", field="Content-Type")


class Send(AuthView):
    def post(self, request: Request) -> HttpResponse:
        self.must_be_json(request)
        asked = self.read(SendOtp)
        self.given = {"phone": asked.phone}
        if not asked.phone.startswith("+"):
            raise Refused(Refusal.RECIPIENT, "Write the number in E.164, such as +919876543210.", field="phone")
        named = (asked.sender_name or "").strip()
        plain, with_name = _WORDS[asked.locale]
        code = Code(
            to=asked.phone,
            channels=_CHANNELS[asked.channel],
            words=with_name % named.replace("{", "(").replace("}", ")") if named else plain,
            lifetime=timedelta(seconds=asked.expiry_seconds),
            pace=PACE,
            length=asked.otp_length,
            metadata=asked.metadata or {},
        )
        value = headers.request_id(request._request)
        key = Key("POST /v1/auth/send-otp", value, self.raw_body) if value else None
        try:
            sent = verifying.send(Sender.from_caller(self.caller, self.dialect), code, key=key)
        except Refused as refused:
            refused.field = "phone" if refused.field == "to" else refused.field
            raise
        told: dict[str, Any] = {
            "success": True,
            "request_id": _PREFIX + to_base62(sent.pk),
            "channel": sent.channel,
            "phone": sent.address,
            "expires_at": timestamp(sent.expires_at),
            "message": "OTP sent successfully",
        }
        if asked.channel == "auto":
            told["fallback_used"] = sent.channel != _CHANNELS["auto"][0]
        return json_response(told)


class Verify(AuthView):
    def post(self, request: Request) -> HttpResponse:
        self.must_be_json(request)
        asked = self.read(VerifyOtp)
        id = from_base62(asked.request_id.removeprefix(_PREFIX)) if asked.request_id.startswith(_PREFIX) else None
        found = verifying.find(self.caller, id or 0)
        return json_response(_told(found, verifying.check(found, asked.otp)))


def _told(found: Verification, outcome: Outcome) -> dict[str, Any]:
    if outcome is Outcome.VERIFIED:
        return {
            "success": True,
            "verified": True,
            "phone": found.address,
            "channel": found.channel,
            "metadata": found.metadata,
            "verified_at": timestamp(found.verified_at or found.created_at),
        }
    is_over = outcome is Outcome.OVER
    return {
        "success": True,
        "verified": False,
        "attempts_remaining": 0 if is_over else found.tries_left,
        "message": "The code has expired." if is_over else "The code is wrong.",
    }
