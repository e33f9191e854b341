"""`/v1/messages`: send, read and list."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from messaging import edge, sending
from messaging.dialect import Problem
from messaging.dialects.startmessaging import headers, listing
from messaging.dialects.startmessaging.authentication import caller_of
from messaging.dialects.startmessaging.errors import answer
from messaging.dialects.startmessaging.links import require_https
from messaging.dialects.startmessaging.serializers import Send, accepted, read_id, read_media_id, shown
from messaging.drafting import Draft, Sender
from messaging.edge import Edge, json_response
from messaging.errors import Refusal, Refused
from messaging.idempotency import Key
from tokens import crypto, quotas
from tokens.authentication import Caller
from tokens.errors import Denial, Denied
from tokens.quotas import Remaining
from tokens.scopes import Scope

_LONGEST_VALUE = 64


class View(Edge):
    dialect = "startmessaging"

    answer = staticmethod(answer)
    given: Mapping[str, str] = {}  # what a refusal may repeat, by its field

    def identify(self, request: HttpRequest) -> Caller:
        return caller_of(request)

    def refuse(self, problem: Problem) -> HttpResponse:
        if isinstance(problem, Denied) and problem.denial is Denial.RATE_LIMITED:
            reset = int(time.time()) + (problem.retry_after or 1)
            self.remaining = Remaining(limit=quotas.rate_of(self.caller), remaining=0, reset=reset)
        elif isinstance(problem, Refused) and (value := self.given.get(problem.field or "")):
            problem.params["value"] = crypto.redact(value)[:_LONGEST_VALUE]
        response = self.answer(problem, self.request._request)
        if response.status_code == 405:
            response["Allow"] = ", ".join(self.allowed_methods)
        return response

    def finish(self, response: HttpResponseBase) -> None:
        request = self.request._request
        left = self.remaining or self._unspent()
        response["X-RateLimit-Limit"] = str(left.limit)
        response["X-RateLimit-Remaining"] = str(left.remaining)
        response["X-RateLimit-Reset"] = str(left.reset)
        if "HTTP_X_REQUEST_ID" in request.META:
            with suppress(Refused):
                response["X-Request-ID"] = headers.request_id(request)

    def _unspent(self) -> Remaining:
        """What to say of a request that was refused before it was counted: without a key nobody may ask anything."""
        caller = getattr(self, "caller", None)
        if caller is None:
            return Remaining(limit=0, remaining=0, reset=int(time.time()) + 1)
        return quotas.look(caller)


class Messages(View):
    needs: ClassVar[Mapping[str, Scope]] = {"GET": Scope.MESSAGES_LIST, "POST": Scope.MESSAGES_SEND}

    def get(self, request: Request) -> HttpResponse:
        self.given = request.query_params.dict()
        return json_response(listing.page(self.caller.account, self.given))

    def post(self, request: Request) -> HttpResponse:
        http = request._request
        if http.content_type != "application/json":
            raise Refused(Refusal.WRONG_TYPE, "The Content-Type must be application/json.", field="Content-Type")
        key = self._key(http)
        draft = self._draft(http, request_id=key.value if key else "")
        taken = sending.accept(Sender.from_caller(self.caller, self.dialect), draft, key=key)
        response = json_response(accepted(taken.first_id))
        if taken.is_repeat:
            response["X-Idempotent-Replay"] = "true"
        return response

    def _key(self, http: HttpRequest) -> Key | None:
        value = headers.request_id(http)
        return Key(space="POST /v1/messages", value=value, body=self.raw_body) if value else None

    def _draft(self, http: HttpRequest, *, request_id: str) -> Draft:
        webhook_url = headers.webhook_url(http)
        asked = self.read(Send)
        self.given = {"to": asked.to, "type": asked.type}
        body: Any = getattr(asked, asked.type, None)  # of whatever type: the core checks both
        require_https(asked.type, body)
        context = {
            "request_id": request_id,
            "webhook_url": webhook_url,
            "reply_to": asked.context.message_id if asked.context else "",
        }
        return Draft(
            to=[asked.to],
            kind=asked.type,
            body=body,
            read_media_id=read_media_id,
            context={name: value for name, value in context.items() if value},
        )


class OneMessage(View):
    needs: ClassVar[Mapping[str, Scope]] = {"GET": Scope.MESSAGES_READ}

    def get(self, request: Request, message_id: str) -> HttpResponse:
        id = read_id(message_id)
        if id is None:
            raise Refused(Refusal.NOT_FOUND, "There is no such message.")
        return json_response(shown(sending.find(self.caller.account, id)))


class NotFound(edge.NotFound, View):
    """Any other path."""
