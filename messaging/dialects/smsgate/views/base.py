"""What all views have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from messaging import edge
from messaging.dialect import Problem
from messaging.dialects.smsgate import authentication, errors
from messaging.edge import json_response
from messaging.errors import Refusal, Refused
from tokens.authentication import Caller

Body = TypeVar("Body")
_JSON = "application/json"


class View(edge.Edge):
    dialect = authentication.NAME
    is_limited = False  # the vendor limits no credential's requests; the account's limit holds, and that of messages

    def identify(self, request: HttpRequest) -> Caller:
        return authentication.caller_of(request)

    def refuse(self, problem: Problem) -> HttpResponse:
        return errors.answer(problem, self.request._request)

    def finish(self, response: HttpResponseBase) -> None:
        if response.status_code == 405:
            response["Allow"] = ", ".join(self.allowed_methods)

    def read(self, type: type[Body]) -> Body:
        """Return the JSON body as that msgspec type; raises Refused, also where it is not sent as JSON."""
        if self.request._request.content_type != _JSON:
            raise Refused(Refusal.WRONG_TYPE, f"The Content-Type must be {_JSON}.", field="Content-Type")
        return super().read(type)


class NotFound(View):
    """A path that the API does not have: known to be so by those alone who may ask."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.caller = self._who = self.identify(request._request)
        raise Refused(Refusal.NOT_FOUND, "There is nothing at this path.")


def listed(rows: Sequence[dict[str, Any]], total: int) -> HttpResponse:
    """Answer with one page of a list, and how many there are on all of them."""
    response = json_response(rows)
    response["X-Total-Count"] = str(total)
    return response


def done() -> HttpResponse:
    """Answer that something is gone."""
    return HttpResponse(status=204)
