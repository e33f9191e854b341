"""The lean view that every API of ours is made of: one credential, one typed body, one core call, one answer.

It is DRF's `APIView` with nothing switched on that these routes do not use, so that a request costs about as
much as a plain view; documents and tests see an ordinary DRF view.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any, ClassVar, TypeVar

import msgspec
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.addresses import client_address
from messaging import json_text, turns
from messaging.dialect import Problem
from messaging.errors import Refusal, Refused
from tokens import quotas, usage
from tokens.authentication import Caller
from tokens.errors import Denied
from tokens.quotas import Remaining
from tokens.scopes import Scope

log = logging.getLogger(__name__)
MIB = 1024 * 1024
Body = TypeVar("Body")
_encode = msgspec.json.Encoder().encode
_PIECE = 64 * 1024
MOST_LEFT = 8 * MIB  # bytes that are read of a body that nobody wants
_PATIENCE = 0.02  # seconds that a request waits for a turn at that


def json_response(payload: Any, status: int = 200) -> HttpResponse:
    """Answer with JSON."""
    return HttpResponse(_encode(payload), status=status, content_type="application/json")


class Edge(APIView):
    """Base of all API views. A dialect's own base sets `dialect`, `identify` and `refuse`."""

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()
    http_method_names = ["get", "post", "put", "patch", "delete", "head"]  # DRF's OPTIONS would tell more than we do

    dialect: ClassVar[str]
    needs: ClassVar[Mapping[str, Scope]] = {}  # the scope each method asks for
    largest_body: ClassVar[int] = MIB
    is_limited: ClassVar[bool] = True  # counts against the requests a second
    tells_quotas: ClassVar[bool] = False  # its answers say what is left of the day's and the month's messages

    caller: Caller
    remaining: Remaining | None = None
    raw_body = b""
    _who: Any = None  # whose use of a credential is noted, also when it is refused
    _reason = ""

    # What a dialect says in its own way
    def identify(self, request: HttpRequest) -> Caller:
        """Return who is asking; raises Denied."""
        raise NotImplementedError

    def refuse(self, problem: Problem) -> HttpResponse:
        """Word a refusal as the vendor would."""
        raise NotImplementedError

    def finish(self, response: HttpResponseBase) -> None:
        """Add what every answer carries, such as the headers of `self.remaining`."""

    # What a view uses
    def read(self, type: type[Body]) -> Body:
        """Return the JSON body as that msgspec type.

        Raises Refused: BAD_BODY for what is no JSON, REQUIRED or INVALID with the field's path for the rest.
        """
        return decode(self.raw_body, type)

    # The mechanism
    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        http = request._request
        self.identify_and_limit(http)
        if "%00" in http.META.get("QUERY_STRING", "") or "\0" in http.path_info:
            raise Refused(Refusal.INVALID, "A zero character cannot be part of a request.")
        has_body = is_chunked(http) or length_of(http)
        with turns.bodies.take(self._who.account.pk if self._who else None) if has_body else nullcontext():
            self.take_body(http)

    def identify_and_limit(self, http: HttpRequest) -> None:
        """Key, account, address, scope, rate limit: in this order."""
        self._who = None
        self.caller = self._who = self.identify(http)
        if http.method not in self.allowed_methods:
            raise Refused(Refusal.METHOD, f"{http.method} is not allowed here.")
        scope = self.needs.get("GET" if http.method == "HEAD" else http.method or "")
        if scope:
            self.caller.require(scope)
        self.remaining = quotas.spend_request(self.caller, limited=self.is_limited, looks_ahead=self.tells_quotas)

    def take_body(self, http: HttpRequest) -> None:
        """Have the body in `raw_body`, never reading more than the route's size; raises Refused(TOO_LARGE)."""
        if is_chunked(http):
            # Sent without a length, which Django takes for an empty body: read up to the end that the server saw.
            body: bytes = http.META["wsgi.input"].read(self.largest_body + 1)
            size = len(body)
        else:
            body, size = b"", length_of(http)
        if size > self.largest_body:
            raise too_large(self.largest_body)
        self.raw_body = body or (http.read() if size else b"")

    def handle_exception(self, exc: Exception) -> HttpResponse:  # type: ignore[override]  # not DRF's Response
        problem = problem_of(exc)
        if isinstance(problem, Denied):
            self._who = self._who or getattr(problem, "token", None)
        self._reason = problem.detail or str(problem)
        response = self.refuse(problem)
        response.exception = True  # type: ignore[attr-defined]  # DRF's own mark
        return response

    def finalize_response(  # type: ignore[override]  # any of Django's responses, not only DRF's
        self, request: Request, response: HttpResponseBase, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        http: HttpRequest = getattr(request, "_request", request)
        self.finish(response)
        if isinstance(response, HttpResponse):
            response.headers["Content-Length"] = str(len(response.content))
        if self._who is not None:
            usage.note_request(
                self._who,
                method=http.method or "",
                path=http.path_info,
                dialect=self.dialect,
                status=response.status_code,
                reason=self._reason,
                address=client_address(http),
            )
        if not self.raw_body:
            take_the_rest(http)
        return response

    def http_method_not_allowed(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        raise Refused(Refusal.METHOD, f"{request.method} is not allowed here.")


class NotFound(Edge):
    """A path that the dialect does not have: its own 404, whoever asks."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise Refused(Refusal.NOT_FOUND, "There is nothing at this path.")


def is_chunked(http: HttpRequest) -> bool:
    return "chunked" in http.META.get("HTTP_TRANSFER_ENCODING", "").lower()


def length_of(http: HttpRequest) -> int:
    """Return how long the body says it is; 0 where it does not say."""
    length = http.META.get("CONTENT_LENGTH") or ""
    return int(length) if length.isdecimal() else 0


def take_the_rest(http: HttpRequest) -> None:
    """Read what was not read of a body, and forget it.

    Clients write a request's head before its body. Where the answer is quicker than the body, the server hangs up
    after it: on the client's next request over the same connection, or while it still writes this one, so that it
    never sees the answer. A client that wants to be asked for its body is not asked, and very much is left alone.
    """
    length = 1 if is_chunked(http) else length_of(http)
    if not 0 < length <= MOST_LEFT or "HTTP_EXPECT" in http.META:
        return
    if not turns.rests.acquire(timeout=_PATIENCE):
        return
    source, left = http.META["wsgi.input"] if is_chunked(http) else http, MOST_LEFT
    try:
        while left > 0 and (piece := source.read(_PIECE)):
            left -= len(piece)
    except OSError:  # it hung up
        pass
    finally:
        turns.rests.release()


def too_large(limit: int) -> Refused:
    detail = f"The body may have at most {limit} bytes."
    return Refused(Refusal.TOO_LARGE, detail, params={"limit": limit})


def decode(raw: bytes, type: type[Body]) -> Body:
    """Return JSON as a msgspec type; raises Refused as `Edge.read` says."""
    try:
        body: Body = json_text.decode(raw, type)
    except msgspec.ValidationError as error:
        raise _invalid(str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(Refusal.BAD_BODY, f"The body is not valid JSON: {_first_line(error)}") from None
    if rb"\u0000" in raw and _has_nul(json_text.decode(raw)):
        raise Refused(Refusal.INVALID, "A zero character cannot be part of a text.")
    return body


def convert(value: Any, type: type[Body]) -> Body:
    """Return what was read from JSON as a msgspec type; raises Refused as `Edge.read` says."""
    try:
        return msgspec.convert(value, type=type)
    except msgspec.ValidationError as error:
        raise _invalid(str(error)) from None


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:200]


def _invalid(text: str) -> Refused:
    """Turn msgspec's “… - at `$.to[0]`” into a field and a sentence."""
    what, _, where = text.rpartition(" - at `$")
    path = where.rstrip("`").replace("[...]", "").lstrip(".") if what else ""
    what = what or text
    missing = what.removeprefix("Object missing required field `")
    if missing != what:
        field = f"{path}.{missing.rstrip('`')}".lstrip(".")
        return Refused(Refusal.REQUIRED, f"The field {field} is required.", field=field)
    unknown = what.removeprefix("Object contains unknown field `")
    if unknown != what:
        field = f"{path}.{unknown.rstrip('`')}".lstrip(".")
        return Refused(Refusal.INVALID, f"There is no field {field}.", field=field)
    return Refused(Refusal.INVALID, f"{what}.", field=path or None)


def _has_nul(value: Any) -> bool:
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str) and "\0" in item:
            return True
        if isinstance(item, dict):
            waiting += [*item.keys(), *item.values()]
        elif isinstance(item, list):
            waiting += item
    return False


def problem_of(error: Exception) -> Problem:
    """Return any exception as a Denied or Refused; what nobody foresaw is logged and becomes INTERNAL."""
    if isinstance(error, Denied | Refused):
        return error
    if isinstance(error, exceptions.ValidationError):
        return _first_complaint(error.detail)
    if isinstance(error, DjangoValidationError):
        return _first_complaint(error.message_dict if hasattr(error, "error_dict") else error.messages)
    for kind, refusal in _KNOWN.items():
        if isinstance(error, kind):
            return Refused(refusal, str(error))
    log.error("an API view broke: %s", type(error).__name__, exc_info=error)
    return Refused(Refusal.INTERNAL, "Something broke on our side.")


_KNOWN: dict[type[Exception], Refusal] = {
    exceptions.MethodNotAllowed: Refusal.METHOD,
    exceptions.UnsupportedMediaType: Refusal.WRONG_TYPE,
    exceptions.ParseError: Refusal.BAD_BODY,
    exceptions.NotFound: Refusal.NOT_FOUND,
    Http404: Refusal.NOT_FOUND,
    RequestDataTooBig: Refusal.TOO_LARGE,
    SuspiciousOperation: Refusal.BAD_BODY,  # more fields than Django reads
}


def _first_complaint(detail: Any, path: str = "") -> Refused:
    """Return the first of DRF's or Django's complaints, with the path of its field and whether it was missing."""
    while isinstance(detail, list | tuple) and detail:
        detail = next((part for part in detail if part), "")
    if isinstance(detail, dict) and detail:
        name, inner = next(iter(detail.items()))
        part = "" if name in ("non_field_errors", "__all__") else str(name)
        return _first_complaint(inner, ".".join(filter(None, (path, part))))
    refusal = Refusal.REQUIRED if getattr(detail, "code", "") in ("required", "null", "blank") else Refusal.INVALID
    return Refused(refusal, str(detail), field=path or None)
