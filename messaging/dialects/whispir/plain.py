"""The newer parts of the vendor's API, which speak plain JSON whatever is asked for: keys and one-time codes."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from messaging.dialect import Problem
from messaging.dialects.whispir import errors
from messaging.dialects.whispir.language import Form, form_of_body, read
from messaging.dialects.whispir.views import View
from messaging.edge import Edge
from messaging.errors import Refusal, Refused

JSON = Form("json", "application/json")


def answer(problem: Problem, request: HttpRequest) -> HttpResponse:
    """Return the refusal in JSON, the old gateway's as it always is."""
    return errors.answer(problem, request, form=JSON)


class PlainView(View):
    """Takes and answers `application/json`."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        Edge.initial(self, request, *args, **kwargs)
        self.form = JSON
        http = request._request
        if self.raw_body and http.method in ("POST", "PUT"):
            if form_of_body(http.headers.get("Content-Type", "")).is_xml:
                raise Refused(Refusal.WRONG_TYPE, "The Content-Type must be application/json.")
            self.payload = read(self.raw_body, is_xml=False)

    def word(self, problem: Problem) -> HttpResponse:
        return answer(problem, self.request)

    def refuse(self, problem: Problem) -> HttpResponse:
        response = self.word(problem)
        if response.status_code == 405:
            response["Allow"] = ", ".join(self.allowed_methods)
        return response

    def finish(self, response: HttpResponseBase) -> None:
        super().finish(response)
        response["Cache-Control"] = "no-store"
