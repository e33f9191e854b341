"""Connexease's error dictionary, the core's refusals in its words, and the envelope that all of them come in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse

from messaging.dialect import Problem
from messaging.dialects.connexease.authentication import CORRUPT, FAILED
from messaging.edge import json_response
from messaging.errors import Refusal, Refused
from tokens.errors import Denial, Denied


class Word(NamedTuple):
    """An entry of the dictionary. Without a description the core's own sentence stands; `says_why` adds it."""

    status: int
    code: str
    description: str = ""
    says_why: bool = False


GROUPS: Mapping[int, str] = {
    400: "BAD_REQUEST",
    401: "UNAUTHORIZED",
    402: "PAYMENT_REQUIRED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    409: "CONFLICT",
    413: "PAYLOAD_TOO_LARGE",
    429: "TOO_MANY_REQUESTS",
    500: "INTERNAL_SERVER_ERROR",
    501: "NOT_IMPLEMENTED",
    502: "BAD_GATEWAY",
    503: "SERVICE_UNAVAILABLE",
}

_UNKNOWN_KEY = Word(401, "AUTH_001", "API Key not found, invalid, or expired.")
_RATE = Word(429, "RATE_001", "Rate limit exceeded. Please try again later.")
_PAYLOAD = Word(400, "GW_001", "Invalid recipient or request payload.", says_why=True)
_UNREADABLE = Word(400, "GW_002")
_FORBIDDEN = Word(403, "GW_004")
_CONFLICT = Word(409, "GW_409")
UPSTREAM = Word(502, "GW_003")  # said of a message that failed after it was accepted

WORDS: Mapping[Denial | Refusal, Word] = {
    Denial.MISSING: Word(401, "AUTH_002", "Missing Authorization header."),
    Denial.MALFORMED: Word(401, "AUTH_003", 'Authorization header must be in "Bearer <token>" format.'),
    Denial.UNKNOWN: _UNKNOWN_KEY,
    Denial.REVOKED: _UNKNOWN_KEY,
    Denial.EXPIRED: _UNKNOWN_KEY,
    Denial.PAUSED: _UNKNOWN_KEY,
    Denial.ACCOUNT_SUSPENDED: _UNKNOWN_KEY,
    Denial.ADDRESS: Word(403, "GW_004", "This API Key may not be used from your address."),
    Denial.DIALECT: Word(403, "GW_004", "This API Key is not accepted by this API."),
    Denial.READ_ONLY: Word(403, "GW_004", "This API Key is read-only."),
    Denial.SCOPE: Word(403, "GW_004", "This API Key lacks a permission.", says_why=True),
    Denial.GRANT: _FORBIDDEN,
    Denial.ROLE: _FORBIDDEN,
    Denial.PLAN: _FORBIDDEN,
    Denial.TOKEN_LIMIT: _FORBIDDEN,
    Denial.RATE_LIMITED: _RATE,
    Denial.DAILY_LIMIT: _RATE,
    Denial.MONTHLY_LIMIT: _RATE,
    Denial.BROADCAST_LIMIT: _RATE,
    Refusal.BAD_BODY: _UNREADABLE,
    Refusal.WRONG_TYPE: _UNREADABLE,
    Refusal.REQUIRED: _UNREADABLE,
    Refusal.TOO_LARGE: Word(413, "GW_413"),
    Refusal.NOT_FOUND: Word(404, "GW_404"),
    Refusal.METHOD: Word(405, "GW_405"),
    Refusal.INTERNAL: Word(500, "SYS_001", "An unexpected error occurred."),
    Refusal.NOT_OFFERED: Word(501, "GW_501"),
    Refusal.BUSY: Word(503, "GW_503", "Too much is waiting already. Please try again later."),
    Refusal.INVALID: _PAYLOAD,
    Refusal.TOO_LONG: _PAYLOAD,
    Refusal.KIND: _PAYLOAD,
    Refusal.RECIPIENT: _PAYLOAD,
    Refusal.OPTED_OUT: _PAYLOAD,
    Refusal.MEDIA_TOO_LARGE: _PAYLOAD,
    Refusal.MEDIA_FORMAT: _PAYLOAD,
    Refusal.IN_THE_PAST: _PAYLOAD,
    Refusal.WEBHOOK_URL: _PAYLOAD,
    Refusal.WEBHOOK_SILENT: _PAYLOAD,
    Refusal.TEMPLATE_UNKNOWN: _PAYLOAD,
    Refusal.TEMPLATE_UNUSABLE: _PAYLOAD,
    Refusal.OUTSIDE_WINDOW: _PAYLOAD,
    Refusal.DEVICE_UNKNOWN: _FORBIDDEN,
    Refusal.DEVICE_NOT_CONNECTED: _FORBIDDEN,
    Refusal.BALANCE: Word(402, "BILL_001", "Insufficient balance."),
    Refusal.KEY_REUSED: _CONFLICT,
    Refusal.KEY_IN_USE: _CONFLICT,
    Refusal.DUPLICATE_ID: _CONFLICT,
    Refusal.EXISTS: _CONFLICT,
    Refusal.NOT_PENDING: _CONFLICT,
    Refusal.DEVICE_CONNECTED: _CONFLICT,
}
# Of what broke while a key was checked.
_OF_KEYS: Mapping[str, Word] = {
    FAILED: Word(500, FAILED, "Authentication service error."),
    CORRUPT: Word(500, CORRUPT, "Authentication data is corrupted."),
}
_SHOWN_PARAMS = ("limit", "formats")


def entry(word: Word, detail: str = "", params: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the object that says no: code, group, description and, where there are some, params."""
    said = " ".join(filter(None, (word.description, detail))) if word.says_why else word.description or detail
    shown = {"code": word.code, "group": GROUPS[word.status], "description": said or word.code}
    return shown | ({"params": dict(params)} if params else {})


def answer(problem: Problem, request: HttpRequest) -> HttpResponse:
    """Word a refusal."""
    word = _word_of(problem)
    errors = entry(word, problem.detail, _params(problem))
    response = json_response({"isSuccess": False, "errors": errors}, status=word.status)
    if word.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    if isinstance(problem, Denied) and word is _RATE:
        response["Retry-After"] = str(_wait(problem))
    return response


def _word_of(problem: Problem) -> Word:
    if isinstance(problem, Denied):
        return WORDS[problem.denial]
    return _OF_KEYS.get(problem.params.get("code", ""), WORDS[problem.refusal])


def _params(problem: Problem) -> dict[str, Any]:
    """Return what a program can read: of a limit which one and how long to wait, of a field its name and limit."""
    if isinstance(problem, Refused):
        named = {"field": problem.field} if problem.field else {}
        return named | {name: problem.params[name] for name in _SHOWN_PARAMS if name in problem.params}
    if WORDS[problem.denial] is not _RATE:
        return {}
    return {"limit_type": _limit_type(problem), "retry_after": f"{_wait(problem)}s"}


def _limit_type(denied: Denied) -> str:
    if denied.denial is not Denial.RATE_LIMITED:
        return "month" if denied.denial is Denial.MONTHLY_LIMIT else "day"
    return "sec" if _wait(denied) == 1 else "min"


def _wait(denied: Denied) -> int:
    return denied.retry_after or 1
