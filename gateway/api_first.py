"""API requests go straight to their view."""

from collections.abc import Callable
from threading import BoundedSemaphore
from typing import Any, cast

from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from messaging.dialect import is_api

Respond = Callable[[HttpRequest], HttpResponseBase]
_PATIENCE = 1.0  # seconds that a form waits for its turn


class Straight(BaseHandler):
    """Django's handler as if `MIDDLEWARE` were empty."""

    _view_middleware = _template_response_middleware = _exception_middleware = ()


class ApiFirst:
    """First in `MIDDLEWARE`: sessions, CSRF and pages' headers are nothing to a program with a token, and
    cost as much as the rest of an empty request. The admin and allauth still find their middleware where they
    look for it.
    """

    def __init__(self, get_response: Respond) -> None:
        self.through_middleware = get_response
        # Private in Django and so unknown to its stubs; a test pins the names.
        straight: Any = Straight()
        self.straight = cast(Respond, convert_exception_to_response(straight._get_response))
        self.posting = BoundedSemaphore(max(2, settings.GATEWAY_WEB_THREADS // 4))

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not is_api(request):
            return self._page(request)
        response = self.straight(request)
        response.headers["X-Content-Type-Options"] = "nosniff"
        # Django would log the path of every refusal, and an API's path may hold a phone number.
        response._has_been_logged = True  # type: ignore[attr-defined]  # private too; pinned by a test
        return response

    def _page(self, request: HttpRequest) -> HttpResponseBase:
        """Answer a page. Strangers may post to some, and a body that comes in drops holds a thread for as long: so
        at most a quarter of the threads wait for forms, and everything else is answered meanwhile.
        """
        if request.method in ("GET", "HEAD"):
            return self.through_middleware(request)
        if not self.posting.acquire(timeout=_PATIENCE):
            busy = "Too many forms are being sent at this moment. Try again in a few seconds."
            return HttpResponse(busy, status=503, content_type="text/plain", headers={"Retry-After": "5"})
        try:
            return self.through_middleware(request)
        finally:
            self.posting.release()
