"""The vendor's older SMS API: `/otp/send`, `/otp/verify` and `/messages/{id}`, with `X-API-Key` and camelCase.

It answers below the vendor's own folder and on a host of its own alone: other vendors have the same paths.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Annotated, Any, ClassVar
from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponse
from msgspec import Meta, Struct
from rest_framework.request import Request

from accounts.addresses import client_address
from messaging import sending, timeline, verifying
from messaging.dialect import Problem
from messaging.dialects.startmessaging import errors
from messaging.dialects.startmessaging.serializers import timestamp
from messaging.dialects.startmessaging.views import View
from messaging.drafting import Sender
from messaging.edge import json_response
from messaging.errors import Refusal, Refused
from messaging.idempotency import Key
from messaging.ids import LARGEST
from messaging.models import Channel, Message
from messaging.states import State
from messaging.verifying import Code, Outcome, Pace
from tokens.authentication import Caller, authenticate_token
from tokens.scopes import Scope

PACE = Pace(most=3, within=timedelta(minutes=5))
_LIFETIME = timedelta(minutes=5)
STATES: Mapping[State, str] = {
    State.ACCEPTED: "queued",
    State.PROCESSING: "initiated",
    State.SENT: "sent",
    State.DELIVERED: "delivered",
    State.READ: "delivered",
    State.FAILED: "failed",
    State.EXPIRED: "failed",
    State.CANCELLED: "failed",
    State.RECEIVED: "delivered",
}


def render_uuid(id: int) -> str:
    """Write a 63-bit id as a UUID of version 8 (RFC 9562): 48 bits, 12 after the version, 3 after the variant."""
    high, middle, low = id >> 15, id >> 3 & 0xFFF, id & 0b111
    return str(UUID(int=high << 80 | 0x8 << 76 | middle << 64 | 0b10 << 62 | low << 59))


def read_uuid(text: str) -> int | None:
    """Return the id that `render_uuid` wrote so, None for any other text."""
    try:
        value = UUID(text).int
    except ValueError:
        return None
    id = value >> 80 << 15 | (value >> 64 & 0xFFF) << 3 | value >> 59 & 0b111
    return id if 0 < id <= LARGEST and render_uuid(id) == text else None


class Variables(Struct):
    """What the words of the message are filled with."""

    otp: Annotated[str, Meta(pattern=r"^[0-9]{4,6}\Z")] | None = None
    appName: Annotated[str, Meta(max_length=50)] | None = None  # noqa: N815  the vendor's name


class SendCode(Struct, rename="camel"):
    """Whom to send a code to; without one of the caller's own a code is made."""

    phone_number: str
    template_id: Annotated[str, Meta(max_length=128)] | None = None
    variables: Variables | None = None
    idempotency_key: Annotated[str, Meta(min_length=1, max_length=128)] | None = None


class VerifyCode(Struct, rename="camel"):
    """The code that was typed."""

    request_id: str
    otp_code: Annotated[str, Meta(max_length=16)]


def answer(problem: Problem, request: HttpRequest) -> HttpResponse:
    """Word a refusal as this API does."""
    response = errors.answer(problem, request)
    error = msgspec.json.decode(response.content)["error"]
    told = {"success": False, **_envelope(response.status_code)} | {n: error[n] for n in ("code", "message")}
    if "retry_after" in error:
        told["retryAfter"] = error["retry_after"]
    told["error"] = told.pop("code")
    response.content = msgspec.json.encode(told)
    return response


class SmsView(View):
    answer = staticmethod(answer)

    def identify(self, request: HttpRequest) -> Caller:
        secret = request.META.get("HTTP_X_API_KEY")
        return authenticate_token(secret, dialect=self.dialect, address=client_address(request))


def _envelope(status: int) -> dict[str, Any]:
    return {"statusCode": status, "requestId": f"req_{token_hex(6)}", "timestamp": timestamp(datetime.now(UTC))}


def _told(data: dict[str, Any], status: int = 200) -> HttpResponse:
    return json_response({"success": True, **_envelope(status), "data": data}, status=status)


class Send(SmsView):
    needs: ClassVar[Mapping[str, Scope]] = {"POST": Scope.MESSAGES_SEND}

    def post(self, request: Request) -> HttpResponse:
        asked = self.read(SendCode)
        self.given = {"phoneNumber": asked.phone_number}
        variables = asked.variables or Variables()
        named = (variables.appName or "").strip().replace("{", "(").replace("}", ")")
        code = Code(
            to=asked.phone_number,
            channels=(Channel.SMS,),
            words=f"{{code}} is your {named} code." if named else "{code} is your verification code.",
            lifetime=_LIFETIME,
            pace=PACE,
            own=variables.otp or "",
            metadata={"template_id": asked.template_id} if asked.template_id else {},
        )
        # The vendor compares the number alone: the same key for another one is refused.
        value = asked.idempotency_key
        key = Key("POST /otp/send", value, asked.phone_number.encode("utf-8", "surrogatepass")) if value else None
        try:
            sent = verifying.send(Sender.from_caller(self.caller, self.dialect), code, key=key)
        except Refused as refused:
            refused.field = "phoneNumber" if refused.field in ("to", "phone") else refused.field
            raise
        told = {
            "otpRequestId": render_uuid(sent.pk),
            "messageId": render_uuid(sent.message_ref or 0),
            "status": STATES[State.ACCEPTED],
        }
        return _told(told, status=201)


class Verify(SmsView):
    needs: ClassVar[Mapping[str, Scope]] = {"POST": Scope.MESSAGES_SEND}

    def post(self, request: Request) -> HttpResponse:
        asked = self.read(VerifyCode)
        found = verifying.find(self.caller, read_uuid(asked.request_id) or 0)
        outcome = verifying.check(found, asked.otp_code)
        left = {} if outcome is Outcome.VERIFIED else {"attemptsRemaining": found.tries_left}
        return _told({"verified": outcome is Outcome.VERIFIED, **left})


class OneMessage(SmsView):
    needs: ClassVar[Mapping[str, Scope]] = {"GET": Scope.MESSAGES_READ}

    def get(self, request: Request, message_id: str) -> HttpResponse:
        id = read_uuid(message_id)
        if id is None:
            raise Refused(Refusal.NOT_FOUND, "There is no such message.")
        return _told(_shown(sending.find(self.caller.account, id)))


def _shown(message: Message) -> dict[str, Any]:
    status = STATES[State(message.state)]
    delivered = next((moment.at for moment in timeline.of(message) if moment.event in ("delivered", "read")), None)
    failed = next((row for row in message.recipients.all() if row.error), None)
    return {
        "messageId": render_uuid(message.pk),
        "status": status,
        "deliveredAt": timestamp(delivered) if delivered else None,
        "error": (failed.error_detail or failed.error) if failed else None,
    }
