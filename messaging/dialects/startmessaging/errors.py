"""StartMessaging's word for every refusal, and the envelope that all of them come in."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from secrets import token_hex
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse

from messaging.dialect import Problem
from messaging.edge import json_response
from messaging.errors import Refusal
from tokens.errors import Denial, Denied

log = logging.getLogger(__name__)


class Word(NamedTuple):
    status: int
    code: str
    message: str = ""  # without one the core's own sentence stands


_BAD_KEY = Word(401, "INVALID_API_KEY", "The API key is missing, invalid or revoked.")
_BAD_REQUEST = Word(400, "INVALID_REQUEST")
_DISCONNECTED = Word(403, "WABA_DISCONNECTED")
_CONFLICT = Word(409, "CONFLICT")
_NOT_PERMITTED = "This API key does not have permission for this operation"

WORDS: Mapping[Denial | Refusal, Word] = {
    Denial.MISSING: _BAD_KEY,
    Denial.MALFORMED: _BAD_KEY,
    Denial.UNKNOWN: _BAD_KEY,
    Denial.REVOKED: _BAD_KEY,
    Denial.EXPIRED: Word(401, "EXPIRED_API_KEY", "The API key has expired."),
    Denial.PAUSED: Word(403, "INSUFFICIENT_PERMISSIONS", f"{_NOT_PERMITTED}: it is paused."),
    Denial.ACCOUNT_SUSPENDED: Word(403, "ACCOUNT_SUSPENDED", "This account is suspended."),
    Denial.ADDRESS: Word(403, "IP_NOT_ALLOWED", "Requests from this IP address are not allowed."),
    Denial.DIALECT: Word(403, "INSUFFICIENT_PERMISSIONS", f"{_NOT_PERMITTED}: it is not for this API."),
    Denial.READ_ONLY: Word(403, "INSUFFICIENT_PERMISSIONS", f"{_NOT_PERMITTED}: it is read-only."),
    Denial.SCOPE: Word(403, "INSUFFICIENT_PERMISSIONS", f"{_NOT_PERMITTED}."),
    Denial.GRANT: Word(403, "INSUFFICIENT_PERMISSIONS", f"{_NOT_PERMITTED}."),
    Denial.ROLE: Word(403, "INSUFFICIENT_PERMISSIONS", f"{_NOT_PERMITTED}."),
    Denial.RATE_LIMITED: Word(429, "RATE_LIMITED", "Rate limit exceeded."),
    Denial.DAILY_LIMIT: Word(429, "DAILY_LIMIT_REACHED", "Daily limit reached."),
    Denial.MONTHLY_LIMIT: Word(429, "MONTHLY_LIMIT_REACHED", "Monthly limit reached."),
    Denial.BROADCAST_LIMIT: Word(429, "BROADCAST_LIMIT", "Broadcast limit of the day reached."),
    Denial.PLAN: Word(403, "INSUFFICIENT_PERMISSIONS"),
    Denial.TOKEN_LIMIT: Word(409, "API_KEY_LIMIT_REACHED"),
    Refusal.BAD_BODY: _BAD_REQUEST,
    Refusal.WRONG_TYPE: _BAD_REQUEST,
    Refusal.TOO_LARGE: Word(413, "PAYLOAD_TOO_LARGE"),
    Refusal.NOT_FOUND: Word(404, "NOT_FOUND"),
    Refusal.METHOD: Word(405, "METHOD_NOT_ALLOWED"),
    Refusal.INTERNAL: Word(500, "INTERNAL_ERROR"),
    Refusal.NOT_OFFERED: Word(501, "NOT_AVAILABLE"),
    Refusal.BUSY: Word(503, "SERVICE_UNAVAILABLE"),
    Refusal.REQUIRED: _BAD_REQUEST,
    Refusal.INVALID: _BAD_REQUEST,
    Refusal.TOO_LONG: Word(400, "MESSAGE_TOO_LONG"),
    Refusal.KIND: Word(400, "INVALID_MESSAGE_TYPE"),
    Refusal.RECIPIENT: Word(400, "INVALID_RECIPIENT"),
    Refusal.OPTED_OUT: Word(400, "RECIPIENT_BLOCKED"),
    Refusal.DEVICE_UNKNOWN: _DISCONNECTED,
    Refusal.DEVICE_NOT_CONNECTED: _DISCONNECTED,
    Refusal.MEDIA_TOO_LARGE: Word(400, "MEDIA_TOO_LARGE"),
    Refusal.MEDIA_FORMAT: Word(400, "MEDIA_FORMAT_UNSUPPORTED"),
    Refusal.IN_THE_PAST: _BAD_REQUEST,
    Refusal.WEBHOOK_URL: Word(400, "INVALID_WEBHOOK_URL"),
    Refusal.WEBHOOK_SILENT: Word(400, "WEBHOOK_VERIFICATION_FAILED"),
    Refusal.TEMPLATE_UNKNOWN: Word(404, "TEMPLATE_NOT_FOUND"),
    Refusal.TEMPLATE_UNUSABLE: Word(400, "TEMPLATE_PAUSED"),
    Refusal.OUTSIDE_WINDOW: Word(400, "OUTSIDE_WINDOW"),
    Refusal.BALANCE: Word(402, "INSUFFICIENT_CREDITS"),
    Refusal.KEY_REUSED: Word(409, "IDEMPOTENCY_CONFLICT"),
    Refusal.KEY_IN_USE: Word(409, "REQUEST_IN_PROGRESS"),
    Refusal.DUPLICATE_ID: Word(409, "IDEMPOTENCY_CONFLICT"),
    Refusal.EXISTS: _CONFLICT,
    Refusal.NOT_PENDING: _CONFLICT,
    Refusal.DEVICE_CONNECTED: _CONFLICT,
}


def answer(problem: Problem, request: HttpRequest) -> HttpResponse:
    """Word a refusal. `params["value"]`, where a view knows it, is shown beside the field."""
    return worded(problem, WORDS)


def worded(problem: Problem, words: Mapping[Denial | Refusal, Word]) -> HttpResponse:
    word = words[problem.denial if isinstance(problem, Denied) else problem.refusal]
    error: dict[str, Any] = {"code": word.code, "message": word.message or problem.detail or word.code}
    if isinstance(problem, Denied):
        _say_what_helps(error, problem)
    elif problem.field:
        error["details"] = {"field": problem.field} | {k: v for k, v in problem.params.items() if k == "value"}
    error["request_id"] = f"req_{token_hex(6)}"
    if word.status >= 500:
        log.error("an answer of %s was given to request %s", word.code, error["request_id"])
    response = json_response({"error": error}, status=word.status)
    if word.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    if "retry_after" in error:
        response["Retry-After"] = str(error["retry_after"])
    return response


def _say_what_helps(error: dict[str, Any], denied: Denied) -> None:
    if denied.scope and denied.denial is Denial.SCOPE:
        error["message"] += f" It needs {denied.scope}."
    if denied.retry_after is not None:
        seconds = denied.retry_after
        error["message"] += f" Retry after {seconds} second{'' if seconds == 1 else 's'}."
        error["retry_after"] = seconds
