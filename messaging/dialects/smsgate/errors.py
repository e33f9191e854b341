"""SMSGate's word for every refusal: a status and one `message`. Its clients show the text and never parse it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse

from messaging.dialect import Problem
from messaging.edge import json_response
from messaging.errors import Refusal
from tokens.errors import Denial, Denied


class Word(NamedTuple):
    """`text` may name `{detail}`, the core's own sentence, and `{scope}`."""

    status: int
    text: str = "{detail}"


_UNAUTHORIZED = Word(401, "Unauthorized")
_BAD_REQUEST = Word(400)
_FORBIDDEN = Word(403)
_CONFLICT = Word(409)

WORDS: Mapping[Denial | Refusal, Word] = {
    Denial.MISSING: _UNAUTHORIZED,
    Denial.MALFORMED: _UNAUTHORIZED,
    Denial.UNKNOWN: _UNAUTHORIZED,
    Denial.REVOKED: _UNAUTHORIZED,
    Denial.EXPIRED: _UNAUTHORIZED,
    Denial.PAUSED: Word(403, "this credential is paused"),
    Denial.ACCOUNT_SUSPENDED: Word(403, "this account is suspended"),
    Denial.ADDRESS: Word(403, "requests from this address are not allowed"),
    Denial.DIALECT: Word(403, "this credential is not for this API"),
    Denial.READ_ONLY: Word(403, "scope required: {scope}"),
    Denial.SCOPE: Word(403, "scope required: {scope}"),
    Denial.GRANT: _FORBIDDEN,
    Denial.ROLE: _FORBIDDEN,
    Denial.PLAN: _FORBIDDEN,
    Denial.RATE_LIMITED: Word(429, "too many requests"),
    Denial.DAILY_LIMIT: Word(429, "daily limit of messages reached"),
    Denial.MONTHLY_LIMIT: Word(429, "monthly limit of messages reached"),
    Denial.BROADCAST_LIMIT: Word(429, "daily limit of broadcasts reached"),
    Denial.TOKEN_LIMIT: _CONFLICT,
    Refusal.BAD_BODY: _BAD_REQUEST,
    Refusal.WRONG_TYPE: _BAD_REQUEST,
    Refusal.TOO_LARGE: Word(413),
    Refusal.NOT_FOUND: Word(404),
    Refusal.METHOD: Word(405),
    Refusal.INTERNAL: Word(500, "failed to handle request"),
    Refusal.NOT_OFFERED: Word(501),
    Refusal.BUSY: Word(503, "queue limits exceeded: {detail}"),
    Refusal.REQUIRED: _BAD_REQUEST,
    Refusal.INVALID: _BAD_REQUEST,
    Refusal.TOO_LONG: _BAD_REQUEST,
    Refusal.KIND: _BAD_REQUEST,
    Refusal.RECIPIENT: Word(400, "invalid phone number: {detail}"),
    Refusal.OPTED_OUT: _BAD_REQUEST,
    Refusal.DEVICE_UNKNOWN: Word(400, "failed to select device: record not found"),
    Refusal.DEVICE_NOT_CONNECTED: Word(400, "failed to select device: {detail}"),
    Refusal.MEDIA_TOO_LARGE: _BAD_REQUEST,
    Refusal.MEDIA_FORMAT: _BAD_REQUEST,
    Refusal.IN_THE_PAST: _BAD_REQUEST,
    Refusal.WEBHOOK_URL: _BAD_REQUEST,
    Refusal.WEBHOOK_SILENT: _BAD_REQUEST,
    Refusal.TEMPLATE_UNKNOWN: _BAD_REQUEST,
    Refusal.TEMPLATE_UNUSABLE: _BAD_REQUEST,
    Refusal.OUTSIDE_WINDOW: _BAD_REQUEST,
    Refusal.BALANCE: Word(402),
    Refusal.KEY_REUSED: _CONFLICT,
    Refusal.KEY_IN_USE: _CONFLICT,
    Refusal.DUPLICATE_ID: Word(409, "message with the same ID already exists"),
    Refusal.EXISTS: _CONFLICT,
    Refusal.NOT_PENDING: Word(409, "failed to cancel message: message is not pending"),
    Refusal.DEVICE_CONNECTED: _CONFLICT,
}

_FIELDS = {"text.body": "textMessage.text", "data.data": "dataMessage.data", "data.port": "dataMessage.port"}
_TWICE = "phone numbers must be unique"  # the only other thing that is wrong with a list of good numbers


def answer(problem: Problem, request: HttpRequest) -> HttpResponse:
    """Word a refusal."""
    word = WORDS[problem.denial if isinstance(problem, Denied) else problem.refusal]
    scope = (problem.scope or "") if isinstance(problem, Denied) else ""
    response = json_response({"message": word.text.format(detail=_detail(problem), scope=scope)}, status=word.status)
    if isinstance(problem, Denied) and problem.retry_after is not None:
        response["Retry-After"] = str(problem.retry_after)
    return response


def _detail(problem: Problem) -> str:
    """Return the core's sentence, which says what field it is about in the words of this API."""
    detail = problem.detail or str(problem)
    if isinstance(problem, Denied) or not problem.field:
        return detail
    if (problem.refusal, problem.field) == (Refusal.INVALID, "to"):
        return _TWICE
    field = _FIELDS.get(problem.field, problem.field)
    if detail.startswith(problem.field):
        return field + detail.removeprefix(problem.field)
    return f"{field}: {detail}" if problem.refusal is Refusal.INVALID and field not in detail else detail
