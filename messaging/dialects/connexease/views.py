"""`/v1/wa/message`: send, read and list."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from messaging import edge, numbers, sending
from messaging.content import META_KINDS
from messaging.dialect import Problem
from messaging.dialects.connexease import authentication, limits, queries
from messaging.dialects.connexease.errors import answer
from messaging.dialects.connexease.serializers import Send, read_id, render_id, said, sent, shown, timestamps
from messaging.drafting import Draft, Sender
from messaging.edge import Edge, json_response
from messaging.errors import Refusal, Refused
from messaging.models import Message
from tokens import quotas
from tokens.authentication import Caller
from tokens.errors import Denial, Denied
from tokens.scopes import Scope


class View(Edge):
    dialect = "connexease"

    left: limits.Left | None = None

    def identify(self, request: HttpRequest) -> Caller:
        return authentication.identify(request)

    def identify_and_limit(self, http: HttpRequest) -> None:
        super().identify_and_limit(http)
        if self.remaining:
            self.left = limits.spend(self.caller, self.remaining.remaining)

    def refuse(self, problem: Problem) -> HttpResponse:
        if self.left is None and getattr(self, "caller", None):
            is_spent = isinstance(problem, Denied) and problem.denial is Denial.RATE_LIMITED
            plan_left = 0 if is_spent else quotas.rate_of(self.caller)
            self.left = limits.peek(self.caller, self.remaining.remaining if self.remaining else plan_left)
        response = answer(problem, self.request._request)
        if response.status_code == 405:
            response["Allow"] = ", ".join(self.allowed_methods)
        return response

    def finish(self, response: HttpResponseBase) -> None:
        if self.left:
            for name, value in self.left.headers().items():
                response[name] = value


class Messages(View):
    needs: ClassVar[Mapping[str, Scope]] = {"GET": Scope.MESSAGES_LIST, "POST": Scope.MESSAGES_SEND}

    def get(self, request: Request) -> HttpResponse:
        """List the account's messages, the newest first; `before` is the id that the last page ended with."""
        query = request._request.GET
        limit = queries.page_size(query)
        messages = Message.objects.for_account(self.caller.account)
        if (before := query.get("before")) is not None:
            messages = messages.filter(pk__lt=_known(before, field="before"))
        found = list(messages.select_related("device").prefetch_related("recipients")[: limit + 1])
        page = [shown(message) for message in found[:limit]]
        return _success({"messages": page, "before": page[-1]["id"] if len(found) > limit else None})

    def post(self, request: Request) -> HttpResponse:
        http = request._request
        is_fake, is_lite = queries.flag(http.GET, "is_fake"), queries.flag(http.GET, "mmlite")
        key = queries.idempotency_key(http, self.raw_body)
        asked = self.read(Send)
        draft, sender = _draft(asked, is_lite=is_lite), Sender.from_caller(self.caller, self.dialect)
        if is_fake:
            sending.rehearse(sender, draft)
            return _success(said(f"wamid.FAKE_{time.time_ns()}"))
        taken = sending.accept(sender, draft, key=key)
        number = numbers.msisdn(asked.to, region=self.caller.account.default_region)
        response = _success(sent(render_id(taken.first_id), to=asked.to, number=number))
        if taken.is_repeat:
            response["Idempotent-Replay"] = "true"
        return response


class OneMessage(View):
    needs: ClassVar[Mapping[str, Scope]] = {"GET": Scope.MESSAGES_READ}

    def get(self, request: Request, message_id: str) -> HttpResponse:
        message = sending.find(self.caller.account, _known(message_id))
        prefetch_related_objects([message], "recipients", "timeline")
        return _success({**shown(message), "timestamps": timestamps(message)})


class NotFound(edge.NotFound, View):
    """Any other path."""


def _success(data: Mapping[str, Any]) -> HttpResponse:
    return json_response({"isSuccess": True, "data": data})


def _known(text: str, *, field: str = "") -> int:
    """Return the id; raises Refused for what is none of ours."""
    id = read_id(text)
    if id is not None:
        return id
    if field:
        raise Refused(Refusal.INVALID, f"{field} must be a message's id.", field=field)
    raise Refused(Refusal.NOT_FOUND, "There is no such message.")


def _draft(asked: Send, *, is_lite: bool) -> Draft:
    """Return what the core takes; raises Refused for a kind that Meta has not."""
    if asked.type not in META_KINDS:
        raise Refused(Refusal.KIND, f"type must be one of {', '.join(META_KINDS)}.", field="type")
    context = {
        "reply_to": asked.context.message_id if asked.context else "",
        "biz_opaque_callback_data": asked.biz_opaque_callback_data,
        "mmlite": is_lite,
    }
    return Draft(
        to=[asked.to],
        kind=asked.type,
        body=getattr(asked, asked.type),  # of whatever form: the core checks it
        context={name: value for name, value in context.items() if value},
    )
