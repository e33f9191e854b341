"""WhatsGate's words for no: two that name the token and nothing else, and Laravel's for the rest."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse

from messaging.dialect import Problem
from messaging.edge import json_response
from messaging.errors import Refusal, Refused
from tokens.errors import Denial


@dataclass(frozen=True, slots=True)
class Word:
    """`text` may name `{field}`, `{detail}` (the core's sentence about the field) and the refusal's params."""

    status: int
    text: str
    field: str = ""  # the vendor's field, where the core names none
    is_bare: bool = False  # only `message`, without `success`


_INVALID_TOKEN = Word(403, "invalid Access-Token", is_bare=True)
_NOT_ALLOWED = Word(403, "this Access-Token may not do this")
_NOT_CONNECTED = Word(400, "device is not connected")
_INVALID = Word(422, "{detail}")

WORDS: Mapping[Denial | Refusal, Word] = {
    Denial.MISSING: Word(403, "an Access-Token is required", is_bare=True),
    Denial.MALFORMED: _INVALID_TOKEN,
    Denial.UNKNOWN: _INVALID_TOKEN,
    Denial.REVOKED: _INVALID_TOKEN,
    Denial.EXPIRED: _INVALID_TOKEN,
    Denial.ACCOUNT_SUSPENDED: _INVALID_TOKEN,
    Denial.PAUSED: _NOT_ALLOWED,
    Denial.ADDRESS: _NOT_ALLOWED,
    Denial.DIALECT: _NOT_ALLOWED,
    Denial.READ_ONLY: _NOT_ALLOWED,
    Denial.SCOPE: _NOT_ALLOWED,
    Denial.BROADCAST_LIMIT: Word(429, "Too Many Attempts."),
    Denial.PLAN: Word(403, "Your plan does not include API access"),
    Denial.TOKEN_LIMIT: _NOT_ALLOWED,
    Denial.GRANT: _NOT_ALLOWED,
    Denial.ROLE: _NOT_ALLOWED,
    Denial.RATE_LIMITED: Word(429, "Too Many Attempts."),
    Denial.DAILY_LIMIT: Word(400, "insufficient balance"),
    Denial.MONTHLY_LIMIT: Word(400, "insufficient balance"),
    Refusal.BAD_BODY: Word(400, "Invalid JSON body"),
    Refusal.WRONG_TYPE: Word(415, "Unsupported media type"),
    Refusal.TOO_LARGE: Word(413, "Payload too large"),
    Refusal.NOT_FOUND: Word(404, "{detail}"),
    Refusal.METHOD: Word(405, "Method not allowed"),
    Refusal.INTERNAL: Word(500, "Server Error"),
    Refusal.NOT_OFFERED: Word(501, "{detail}"),
    Refusal.BUSY: Word(503, "Service Unavailable"),
    Refusal.REQUIRED: Word(422, "The {field} field is required."),
    Refusal.INVALID: _INVALID,
    Refusal.TOO_LONG: Word(422, "The {field} may not be greater than {limit} characters."),
    Refusal.KIND: Word(422, "The selected type is invalid.", "type"),
    Refusal.RECIPIENT: Word(422, "Invalid phone number format", "phone"),
    Refusal.OPTED_OUT: Word(422, "This phone number has opted out", "phone"),
    Refusal.DEVICE_UNKNOWN: Word(422, "The selected {field} is invalid.", "sender_device"),
    Refusal.DEVICE_NOT_CONNECTED: _NOT_CONNECTED,
    Refusal.MEDIA_TOO_LARGE: Word(422, "The media may not be greater than {limit} bytes.", "media"),
    Refusal.MEDIA_FORMAT: Word(422, "The media must be a file of type: {formats}.", "media"),
    Refusal.IN_THE_PAST: _INVALID,
    Refusal.WEBHOOK_URL: _INVALID,
    Refusal.WEBHOOK_SILENT: _INVALID,
    Refusal.TEMPLATE_UNKNOWN: _INVALID,
    Refusal.TEMPLATE_UNUSABLE: _INVALID,
    Refusal.OUTSIDE_WINDOW: _INVALID,
    Refusal.BALANCE: Word(400, "insufficient balance"),
    Refusal.KEY_REUSED: Word(422, "This Idempotency-Key was used with another request."),
    Refusal.KEY_IN_USE: Word(409, "The first request with this Idempotency-Key is still under way."),
    Refusal.DUPLICATE_ID: _INVALID,
    Refusal.EXISTS: _INVALID,
    Refusal.NOT_PENDING: _INVALID,
    Refusal.DEVICE_CONNECTED: Word(400, "device is already connected"),
}

# The core's fields by the names that requests have here; all others are called alike.
_WHOLE = {"to": "phone", "device": "sender_device"}
_LAST = {"body": "message", "link": "media", "data": "media", "mime": "media"}


def answer(problem: Problem, request: HttpRequest) -> HttpResponse:
    """Return the refusal as WhatsGate words it."""
    word = WORDS[problem.refusal if isinstance(problem, Refused) else problem.denial]
    field = (_field(problem.field) if isinstance(problem, Refused) else "") or word.field
    message = word.text.format_map(_params(problem, field))
    body: dict[str, Any] = {"message": message} if word.is_bare else {"success": False, "message": message}
    if word.status == 422 and field:
        body["errors"] = {field: [message]}
    response = json_response(body, word.status)
    if not isinstance(problem, Refused) and problem.retry_after and word.status == 429:
        response["Retry-After"] = str(problem.retry_after)
    return response


def _field(path: str | None) -> str:
    """Return the vendor's name of the core's field; none for a place that has no name."""
    if not path:
        return ""
    last = path.rpartition(".")[2]
    name = _WHOLE.get(path) or _LAST.get(last, last)
    return name if re.fullmatch(r"\w+", name) else ""


class _Params(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""


def _params(problem: Problem, field: str) -> _Params:
    spaced = field.replace("_", " ") or "request"
    params = _Params(field=spaced, detail=problem.detail or "The given data was invalid.")
    if isinstance(problem, Refused):
        if problem.field and problem.detail.startswith(problem.field):
            params["detail"] = f"The {spaced}{problem.detail.removeprefix(problem.field)}"
        params |= {name: _plain(value) for name, value in problem.params.items()}
    return params


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
