"""How our own API says no: `{"error": {"code", "message", "field"?, "retry_after"?}}`.

400 is a body that cannot be read, 422 one that can and asks for what cannot be.
"""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse

from messaging.dialect import Problem
from messaging.edge import json_response
from messaging.errors import Refusal, Refused
from tokens.errors import Denial, Denied


@dataclass(frozen=True, slots=True)
class Word:
    """A status and a code, and what to say where the core said nothing in particular."""

    status: int
    code: str
    message: str


WORDS: dict[Refusal | Denial, Word] = {
    Refusal.BAD_BODY: Word(400, "invalid_json", "The body is not valid JSON."),
    Refusal.WRONG_TYPE: Word(415, "unsupported_media_type", "Send JSON, with Content-Type: application/json."),
    Refusal.TOO_LARGE: Word(413, "too_large", "The body is too large."),
    Refusal.NOT_FOUND: Word(404, "not_found", "There is no such thing in this account."),
    Refusal.METHOD: Word(405, "method_not_allowed", "This method is not allowed here."),
    Refusal.INTERNAL: Word(500, "internal", "Something broke on our side."),
    Refusal.NOT_OFFERED: Word(501, "not_offered", "This is not available here."),
    Refusal.BUSY: Word(503, "busy", "Too much is waiting already."),
    Refusal.REQUIRED: Word(422, "required", "This field is required."),
    Refusal.INVALID: Word(422, "invalid", "This field has a wrong value."),
    Refusal.TOO_LONG: Word(422, "too_long", "This text is too long."),
    Refusal.KIND: Word(422, "unknown_type", "There is no such type of message."),
    Refusal.RECIPIENT: Word(422, "invalid_recipient", "This number cannot be written to."),
    Refusal.OPTED_OUT: Word(422, "opted_out", "This person wrote STOP."),
    Refusal.DEVICE_UNKNOWN: Word(422, "unknown_device", "There is no such device."),
    Refusal.DEVICE_NOT_CONNECTED: Word(422, "device_not_connected", "This device is not linked."),
    Refusal.MEDIA_TOO_LARGE: Word(422, "media_too_large", "This file is too large."),
    Refusal.MEDIA_FORMAT: Word(422, "media_format", "Files of this format cannot be sent."),
    Refusal.IN_THE_PAST: Word(422, "in_the_past", "This time has passed."),
    Refusal.WEBHOOK_URL: Word(400, "webhook_url", "This address cannot be called."),
    Refusal.WEBHOOK_SILENT: Word(422, "webhook_silent", "This address did not answer the challenge."),
    Refusal.TEMPLATE_UNKNOWN: Word(422, "unknown_template", "There is no such template."),
    Refusal.TEMPLATE_UNUSABLE: Word(422, "template_unusable", "This template cannot be used now."),
    Refusal.OUTSIDE_WINDOW: Word(422, "outside_window", "This person has not written for 24 hours: send a template."),
    Refusal.BALANCE: Word(402, "empty_wallet", "The account's wallet is empty."),
    Refusal.KEY_REUSED: Word(409, "idempotency_key_reused", "This key came with another body before."),
    Refusal.KEY_IN_USE: Word(409, "idempotency_key_in_use", "The first request with this key is still under way."),
    Refusal.DUPLICATE_ID: Word(409, "duplicate_id", "This id is taken."),
    Refusal.EXISTS: Word(409, "exists", "There is one of this name already."),
    Refusal.NOT_PENDING: Word(409, "not_pending", "The message is no longer waiting."),
    Refusal.DEVICE_CONNECTED: Word(409, "device_connected", "The device is linked already."),
    Denial.MISSING: Word(401, "missing_token", "Send a token: Authorization: Bearer <token>."),
    Denial.MALFORMED: Word(401, "malformed_token", "The header's form is Authorization: Bearer <token>."),
    Denial.UNKNOWN: Word(401, "unknown_token", "There is no such token, or its secret was replaced."),
    Denial.REVOKED: Word(401, "revoked_token", "This token was revoked."),
    Denial.EXPIRED: Word(401, "expired_token", "This token has expired."),
    Denial.PAUSED: Word(403, "paused_token", "This token is paused."),
    Denial.ACCOUNT_SUSPENDED: Word(403, "account_suspended", "This account is suspended."),
    Denial.ADDRESS: Word(403, "address_not_allowed", "This token may not be used from your address."),
    Denial.DIALECT: Word(403, "api_not_allowed", "This token is not accepted in this API."),
    Denial.READ_ONLY: Word(403, "read_only_token", "A read-only token changes nothing."),
    Denial.SCOPE: Word(403, "missing_scope", "The token lacks a permission."),
    Denial.RATE_LIMITED: Word(429, "rate_limited", "Too many requests."),
    Denial.DAILY_LIMIT: Word(429, "daily_limit", "Today's messages are used up."),
    Denial.MONTHLY_LIMIT: Word(429, "monthly_limit", "This month's messages are used up."),
    Denial.BROADCAST_LIMIT: Word(429, "broadcast_limit", "Today's broadcasts are used up."),
    Denial.PLAN: Word(403, "plan", "The plan does not include this."),
    Denial.TOKEN_LIMIT: Word(409, "token_limit", "The plan allows no more live tokens."),
    Denial.GRANT: Word(403, "grant_too_wide", "A token gives at most what it has itself."),
    Denial.ROLE: Word(403, "role", "Your role may not do this."),
}
ENDED = Word(409, "ended", "What was revoked stays as it is.")  # Denial.REVOKED, said of what is being changed


def word_of(problem: Problem) -> Word:
    return WORDS[problem.denial if isinstance(problem, Denied) else problem.refusal]


def answer(problem: Problem, word: Word | None = None) -> HttpResponse:
    """Answer no, in the words of the table unless others are given."""
    word = word or word_of(problem)
    error: dict[str, Any] = {"code": word.code, "message": problem.detail or word.message}
    if isinstance(problem, Refused) and problem.field:
        error["field"] = problem.field.replace("[", ".").replace("]", "")
    if isinstance(problem, Denied) and problem.retry_after:
        error["retry_after"] = problem.retry_after
    response = json_response({"error": error}, status=word.status)
    if "retry_after" in error:
        response.headers["Retry-After"] = str(error["retry_after"])
    if word.status == 401:
        asked = "Bearer" if word.code == "missing_token" else 'Bearer error="invalid_token"'
        response.headers["WWW-Authenticate"] = asked
    return response
