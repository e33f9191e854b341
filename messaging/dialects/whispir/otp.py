"""`/otp`: one-time codes by SMS. The key alone is asked for, and refusals have a form of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import ClassVar

from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request

from messaging import checked_ids, numbers, verifying, workspaces
from messaging.dialect import Problem
from messaging.dialects.whispir import authentication, errors, fields, times
from messaging.dialects.whispir.plain import PlainView
from messaging.dialects.whispir.plain import answer as plain_answer
from messaging.dialects.whispir.views import Item
from messaging.drafting import Sender
from messaging.edge import json_response
from messaging.errors import Refusal, Refused
from messaging.models import Channel, Verification
from messaging.verifying import Code, Outcome, Pace
from tokens.authentication import Caller
from tokens.errors import Denial, Denied
from tokens.scopes import Scope

SHORTEST, LONGEST = 6, 15  # digits
MOST_SECONDS = 86_400
TRIES = 5
PACE = Pace(most=5, within=timedelta(minutes=10))
WORDS = "{code} is your verification code."
_KIND = "otp"


class TooOften(Denied):
    """Raised where a number got too many codes, or too many wrong ones: not a limit of the key's."""


def answer(problem: Problem, request: HttpRequest) -> HttpResponse:
    """Word a refusal as these operations do; for the key, and its limits, the old gateway answers."""
    plain = plain_answer(problem, request)
    is_waiting = isinstance(problem, TooOften)
    if (errors.is_from_gateway(problem) and not is_waiting) or plain.status_code == 413:
        return plain
    status = 429 if is_waiting else 400 if plain.status_code == 422 else plain.status_code
    message = "Too Many Requests" if is_waiting else errors.TEXTS.get(status, errors.TEXTS[400])
    told = json_response({"status": status, "message": message, "detail": problem.detail or message}, status=status)
    for name in ("Retry-After", "WWW-Authenticate"):
        if name in plain:
            told[name] = plain[name]
    return told


@contextmanager
def _by_number() -> Iterator[None]:
    """Tell the limits of a number from those of a key."""
    try:
        yield
    except Denied as denied:
        if denied.denial is not Denial.RATE_LIMITED:
            raise
        raise TooOften(denied.denial, denied.detail, retry_after=denied.retry_after) from None


class OtpView(PlainView):
    needs: ClassVar[Mapping[str, Scope]] = {"POST": Scope.MESSAGES_SEND}

    def identify(self, request: HttpRequest) -> Caller:
        return authentication.holder_of_key(request)

    def word(self, problem: Problem) -> HttpResponse:
        return answer(problem, self.request)

    def shown(self, found: Verification) -> Item:
        id = checked_ids.write(_KIND, found.pk)
        return {
            "id": id,
            "channel": found.channel,
            "codeLength": found.metadata["codeLength"],
            "to": found.address,
            "expiresAt": times.to_milliseconds(found.expires_at),
            "status": "approved" if found.verified_at else "pending",
            "links": {"verify": self.root_url("otp", id, "verify-code")},
        }


class Send(OtpView):
    def post(self, request: Request) -> HttpResponse:
        given = self.payload
        self.workspace = self._workspace(fields.text(given, "workspaceId", required=True))
        workspaces.must_be_active(self.workspace)
        fields.choice(given, "channel", (Channel.SMS,))
        length = _number("codeLength", fields.text(given, "codeLength", required=True), SHORTEST, LONGEST)
        seconds = _number("expiresIn", fields.text(given, "expiresIn", required=True), 1, MOST_SECONDS)
        code = Code(
            to=fields.text(given, "to", required=True, most=64),
            channels=[Channel.SMS],
            words=WORDS,
            lifetime=timedelta(seconds=seconds),
            pace=PACE,
            length=length,
            tries=TRIES,
            workspace_id=self.workspace.pk if self.workspace else None,
            metadata={"codeLength": length},
        )
        with _by_number():
            shown = self.shown(verifying.send(Sender.from_caller(self.caller, self.dialect), code))
        return self.created(shown, shown["links"]["verify"])


class Verify(OtpView):
    def post(self, request: Request, id: str) -> HttpResponse:
        to = fields.text(self.payload, "to", required=True, most=64)
        typed = fields.text(self.payload, "code", required=True, most=64)
        account = self.caller.account
        found = verifying.find(self.caller, checked_ids.read(_KIND, id) or 0)
        if found.address != numbers.msisdn(to, region=account.default_region, strict=False):
            raise Refused(Refusal.NOT_FOUND, "There is no such code for this number.")
        try:
            with _by_number():
                outcome = verifying.check(found, typed)
        except Refused as refused:  # used, or tried too often
            raise Refused(Refusal.INVALID, refused.detail, field="code") from None
        if outcome is not Outcome.VERIFIED:
            why = "The code has expired." if outcome is Outcome.OVER else "The code is wrong."
            raise Refused(Refusal.INVALID, why, field="code")
        return self.respond(self.shown(found))


def _number(name: str, text: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
        raise Refused(Refusal.INVALID, f"{name} must be a whole number from {least} to {most:,}.", field=name)
    return int(text)
