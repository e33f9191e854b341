"""Whispir's words for no: the old gateway's for the key and its limits, an error object for the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from messaging.dialect import Problem
from messaging.dialects.whispir.authentication import SignInDenied
from messaging.dialects.whispir.language import Form, Names, form_of_answer, write
from messaging.dialects.whispir.language.media_types import vendor
from messaging.errors import Refusal, Refused
from tokens.errors import Denial, Denied

_NAMES = Names("error")


class Word(NamedTuple):
    """A status, and `errorText`; without a text of its own it is the status's."""

    status: int
    text: str = ""
    gateway_code: str = ""  # the old gateway answers, not the application
    gateway_detail: str = ""  # in place of what that code usually says


_INACTIVE = Word(403, "Developer Inactive", "ERR_403_DEVELOPER_INACTIVE")
_FORBIDDEN = Word(403)
_UNPROCESSABLE = Word(422)
TEXTS = {
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    415: "Unsupported Media Type",
    500: "Internal Server Error",
    501: "Not Implemented",
    503: "Service Unavailable",
}
_DETAILS = {  # of the old gateway's headers
    "ERR_403_DEVELOPER_INACTIVE": "Account Inactive",
    "ERR_403_DEVELOPER_OVER_QPS": "Account Over Queries Per Second Limit",
    "ERR_403_DEVELOPER_OVER_QPD": "Account Over Queries Per Day Limit",
}

WORDS: Mapping[Denial | Refusal, Word] = {
    Denial.MISSING: _INACTIVE,
    Denial.MALFORMED: _INACTIVE,
    Denial.UNKNOWN: _INACTIVE,
    Denial.REVOKED: _INACTIVE,
    Denial.EXPIRED: _INACTIVE,
    Denial.PAUSED: _INACTIVE,
    Denial.ACCOUNT_SUSPENDED: _INACTIVE,
    Denial.DIALECT: _INACTIVE,
    Denial.ADDRESS: Word(401),
    Denial.READ_ONLY: _FORBIDDEN,
    Denial.SCOPE: _FORBIDDEN,
    Denial.GRANT: _FORBIDDEN,
    Denial.ROLE: _FORBIDDEN,
    Denial.PLAN: _FORBIDDEN,
    Denial.TOKEN_LIMIT: _UNPROCESSABLE,
    Denial.RATE_LIMITED: Word(403, "Developer Over Qps", "ERR_403_DEVELOPER_OVER_QPS"),
    Denial.DAILY_LIMIT: Word(403, "Developer Over Rate", "ERR_403_DEVELOPER_OVER_QPD"),
    Denial.MONTHLY_LIMIT: Word(
        403, "Developer Over Rate", "ERR_403_DEVELOPER_OVER_QPD", "Account Over Queries Per Month Limit"
    ),
    Denial.BROADCAST_LIMIT: Word(403, "Developer Over Rate", "ERR_403_DEVELOPER_OVER_QPD"),
    Refusal.BAD_BODY: Word(400),
    Refusal.WRONG_TYPE: Word(415),
    Refusal.TOO_LARGE: Word(413),
    Refusal.NOT_FOUND: Word(404),
    Refusal.METHOD: Word(405),
    Refusal.INTERNAL: Word(500),
    Refusal.NOT_OFFERED: Word(501),
    Refusal.BUSY: Word(503),
    Refusal.BALANCE: Word(402),
    Refusal.WEBHOOK_URL: Word(400),
    Refusal.WEBHOOK_SILENT: Word(400),
    Refusal.REQUIRED: _UNPROCESSABLE,
    Refusal.INVALID: _UNPROCESSABLE,
    Refusal.TOO_LONG: _UNPROCESSABLE,
    Refusal.KIND: _UNPROCESSABLE,
    Refusal.RECIPIENT: _UNPROCESSABLE,
    Refusal.OPTED_OUT: _UNPROCESSABLE,
    Refusal.DEVICE_UNKNOWN: _UNPROCESSABLE,
    Refusal.DEVICE_NOT_CONNECTED: _UNPROCESSABLE,
    Refusal.MEDIA_TOO_LARGE: _UNPROCESSABLE,
    Refusal.MEDIA_FORMAT: _UNPROCESSABLE,
    Refusal.IN_THE_PAST: _UNPROCESSABLE,
    Refusal.TEMPLATE_UNKNOWN: _UNPROCESSABLE,
    Refusal.TEMPLATE_UNUSABLE: _UNPROCESSABLE,
    Refusal.OUTSIDE_WINDOW: _UNPROCESSABLE,
    Refusal.EXISTS: _UNPROCESSABLE,
    Refusal.NOT_PENDING: _UNPROCESSABLE,
    Refusal.DEVICE_CONNECTED: _UNPROCESSABLE,
    Refusal.DUPLICATE_ID: Word(409),
    Refusal.KEY_REUSED: Word(409),
    Refusal.KEY_IN_USE: Word(409),
}


def answer(problem: Problem, request: HttpRequest, *, form: Form | None = None) -> HttpResponse:
    """Return the refusal in this form, or in the one that the request asks for."""
    word = Word(401) if isinstance(problem, SignInDenied) else WORDS[_kind(problem)]
    if word.gateway_code:
        is_missing = isinstance(problem, Denied) and problem.denial is Denial.MISSING
        if is_missing and settings.GATEWAY_WHISPIR_FORBIDDEN_IN_JSON:
            return HttpResponse('{"message":"Forbidden"}', status=403, content_type="application/json")
        return _from_gateway(word, problem)
    if word.status == 413:
        limit = problem.params.get("limit", 0) if isinstance(problem, Refused) else 0
        text = f"HTTP content length exceeded {limit} bytes."
        return HttpResponse(text, status=413, content_type="text/plain")
    response = _object(word, problem, form or _form(request))
    if word.status == 401:
        response["WWW-Authenticate"] = 'Basic realm="Whispir"'
    return response


def is_from_gateway(problem: Problem) -> bool:
    """True if the old gateway answers, and not the application."""
    return not isinstance(problem, SignInDenied) and bool(WORDS[_kind(problem)].gateway_code)


def _kind(problem: Problem) -> Refusal | Denial:
    return problem.denial if isinstance(problem, Denied) else problem.refusal


def _form(request: HttpRequest) -> Form:
    try:
        return form_of_answer(request.headers.get("Accept", ""), request.headers.get("Content-Type", ""), "message")
    except Refused:
        return vendor("message", "xml")


def _object(word: Word, problem: Problem, form: Form) -> HttpResponse:
    """The 422 says why in `errorText`; a refusal for lack of permission says nothing more than that."""
    detail = "" if isinstance(problem, Denied) else problem.detail
    text = detail if word.status == 422 and detail else word.text or TEXTS.get(word.status, "Unprocessable Entity")
    payload: dict[str, Any] = {"errorSummary": detail, "errorText": text, "errorDetail": detail, "link": []}
    body = write(payload, _NAMES, is_xml=form.is_xml)
    return HttpResponse(body, status=word.status, content_type=form.media_type)


def _from_gateway(word: Word, problem: Problem) -> HttpResponse:
    """Answer as the gateway before the application did: a heading, and what happened in headers.

    `Retry-After` stands on refusals that end by waiting, and on no other 403: clients take it for a reason to wait.
    """
    response = HttpResponse(f"<h1>{word.text}</h1>", status=word.status, content_type="text/xml")
    detail = word.gateway_detail or _DETAILS[word.gateway_code]
    response["X-Mashery-Error-Code"] = word.gateway_code
    if word is _INACTIVE:
        response["X-Error-Detail-Header"] = detail
        return response
    response["X-Error-Code"] = word.gateway_code
    response["X-Error-Detail"] = response["X-Mashery-Error-Detail"] = detail
    response["Retry-After"] = str(getattr(problem, "retry_after", None) or 1)
    return response
