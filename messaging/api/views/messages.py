"""Sending, listing, reading and cancelling messages."""

from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from messaging import ids, numbers, sending, timeline
from messaging.api import bodies, examples
from messaging.api.schema import IDEMPOTENCY_KEY, reference
from messaging.api.serializers import messages as out
from messaging.api.views.base import View, read_id, show
from messaging.drafting import MOST_RECIPIENTS, Sender
from messaging.edge import json_response
from messaging.errors import Refusal, Refused
from messaging.idempotency import Key
from messaging.models import Message
from tokens.scopes import Scope

MOST_KEY = 255


class Sending(View):
    """What the two sending routes share."""

    space: ClassVar[str]

    def key(self) -> Key | None:
        """Return the request's idempotency key; raises Refused."""
        value = self.request.META.get("HTTP_IDEMPOTENCY_KEY")
        if value is None:
            return None
        if not 1 <= len(value) <= MOST_KEY or not value.isprintable() or not value.isascii():
            raise Refused(Refusal.INVALID, f"A key has 1 to {MOST_KEY} printable characters.", field="Idempotency-Key")
        return Key(space=self.space, value=value, body=self.body_mark)

    @property
    def body_mark(self) -> bytes:
        """What tells the request's body from another."""
        return self.raw_body

    def sender(self) -> Sender:
        return Sender.from_caller(self.caller, self.dialect)

    @staticmethod
    def answer(accepted: sending.Accepted, payload: Any) -> HttpResponse:
        response = json_response(payload, status=202)
        if accepted.is_repeat:
            response.headers["Idempotent-Replay"] = "true"
        return response


class Messages(Sending):
    needs: ClassVar[dict[str, Scope]] = {"GET": Scope.MESSAGES_LIST, "POST": Scope.MESSAGES_SEND}
    space = "POST /api/v1/messages"

    @extend_schema(
        operation_id="send_message",
        summary="Send a message",
        description="It is committed before the answer. A repeat with the same `Idempotency-Key` and body within "
        "24 hours gets the first answer again, with the header `Idempotent-Replay: true`.",
        parameters=[IDEMPOTENCY_KEY],
        request={"application/json": reference(bodies.Message)},
        responses={202: out.Accepted},
        examples=examples.SEND,
    )
    def post(self, request: Request) -> HttpResponse:
        asked = self.read(bodies.Message)
        try:
            draft = asked.draft(self.caller.account)
            accepted = sending.accept(self.sender(), draft, key=self.key())
        except Refused as refused:
            raise bodies.in_our_words(refused) from None
        id = accepted.first_id
        response = self.answer(accepted, out.accepted(id, ids.time_of(id)))
        response.headers["Location"] = f"/api/v1/messages/{id}"
        return response

    @extend_schema(
        operation_id="list_messages", summary="List messages", parameters=[out.Filter], responses=out.MessagePage
    )
    def get(self, request: Request) -> HttpResponse:
        asked = self.query(out.Filter)
        rows = Message.objects.for_account(self.caller.account).prefetch_related("recipients")
        rows = rows.made_between(asked.get("since"), asked.get("until"))
        for name in ("state", "direction", "channel", "dialect"):
            if name in asked:
                rows = rows.filter(**{name: asked[name]})
        if "device" in asked:
            rows = rows.filter(device=read_id(asked["device"]))
        if "to" in asked:
            rows = rows.filter(recipients__address=self._number(asked["to"]))
        return self.page(rows, out.MessageOut, asked)

    def _number(self, text: str) -> str:
        try:
            return numbers.msisdn(text, region=self.caller.account.default_region)
        except Refused:
            return text  # an address that is no number: a short code, a name


class Bulk(Sending):
    needs: ClassVar[dict[str, Scope]] = {"POST": Scope.MESSAGES_SEND}
    space = "POST /api/v1/messages/bulk"

    @extend_schema(
        operation_id="send_messages",
        summary="Send many messages",
        description=f"Up to {bodies.MOST_MESSAGES} messages, {MOST_RECIPIENTS} recipients in all: accepted "
        "together or not at all. An error's `field` says which message it is about, such as `messages.3.to`.",
        parameters=[IDEMPOTENCY_KEY],
        request={"application/json": reference(bodies.Messages)},
        responses={202: out.AcceptedTogether},
        examples=examples.SEND_MANY,
    )
    def post(self, request: Request) -> HttpResponse:
        drafts = self.read(bodies.Messages).drafts(self.caller.account)
        try:
            accepted = sending.accept_many(self.sender(), drafts, key=self.key())
        except Refused as refused:
            place = refused.params.get("place")
            if place is None:
                raise
            raise bodies.placed(bodies.in_our_words(refused), place) from None
        return self.answer(accepted, {"count": accepted.count, "ids": [str(id) for id in accepted.ids]})


class OneMessage(View):
    needs: ClassVar[dict[str, Scope]] = {"GET": Scope.MESSAGES_READ}

    @extend_schema(operation_id="read_message", summary="Read a message", responses=out.MessageOut)
    def get(self, request: Request, id: str) -> HttpResponse:
        return show(out.MessageOut, sending.find(self.caller.account, read_id(id)))


class Cancel(View):
    needs: ClassVar[dict[str, Scope]] = {"POST": Scope.MESSAGES_CANCEL}

    @extend_schema(
        operation_id="cancel_message",
        summary="Cancel a message that still waits",
        request=None,
        responses=out.MessageOut,
    )
    def post(self, request: Request, id: str) -> HttpResponse:
        message = sending.find(self.caller.account, read_id(id))
        return show(out.MessageOut, sending.cancel(message, by=self.caller.actor(), is_sandbox=self.caller.is_sandbox))


class Timeline(View):
    needs: ClassVar[dict[str, Scope]] = {"GET": Scope.MESSAGES_READ}

    @extend_schema(operation_id="message_timeline", summary="What happened to a message", responses=out.TimelineOut)
    def get(self, request: Request, id: str) -> HttpResponse:
        message = sending.find(self.caller.account, read_id(id))
        return json_response({"items": out.MomentOut(timeline.of(message), many=True).data})
