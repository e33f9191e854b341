"""Pages for which a limit had to be checked while the counters do not answer."""

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tokens.quotas import Unanswered

log = logging.getLogger(__name__)


class TryAgain:
    """Lets nothing through that could not be counted, and says when to come back."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Unanswered):
            return None
        log.warning("the counters of limits do not answer, so that a form was refused")
        response = render(request, "503.html", status=503)
        response.headers["Retry-After"] = "5"
        response._has_been_logged = True  # type: ignore[attr-defined]  # Django's line would hold the path
        return response
