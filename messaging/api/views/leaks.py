"""Secrets that somebody found, in the form in which GitHub's secret scanning reports them."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django_ratelimit.core import get_usage
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from accounts.addresses import client_address
from accounts.audit import Actor
from messaging.alerting import leaks, signatures
from messaging.api import errors, examples
from messaging.api.serializers import alerts as out
from messaging.api.views.base import View
from messaging.dialect import Problem
from messaging.edge import json_response
from messaging.errors import Refusal, Refused
from tokens import crypto
from tokens.authentication import storable_address
from tokens.errors import Denial, Denied

MOST = 10_000  # secrets in one report
A_MINUTE = 30  # reports of one address that nobody signed
_KEY, _SIGNATURE = "HTTP_GITHUB_PUBLIC_KEY_IDENTIFIER", "HTTP_GITHUB_PUBLIC_KEY_SIGNATURE"
_UNSIGNED = errors.Word(401, "bad_signature", "The signature is not this body's.")


class Leak(msgspec.Struct):
    token: str
    type: Annotated[str, msgspec.Meta(max_length=255)] = ""
    url: str | None = None
    source: str | None = None


_REPORT: Any = Annotated[list[Leak], msgspec.Meta(max_length=MOST)]


class Leaks(View):
    """Needs no credential: whoever has the secret could do worse than report it."""

    @extend_schema(
        operation_id="report_leaks",
        summary="Report secrets that were found in public",
        description=(
            "Takes what GitHub's secret scanning sends to its partners, and answers as it asks them to. GitHub's "
            "signature in `Github-Public-Key-Identifier` and `Github-Public-Key-Signature` is checked; without it an "
            f"address may send {A_MINUTE} reports a minute. Each token that still works raises an alert in its "
            "account, which may pause it."
        ),
        auth=[{}],  # type: ignore[list-item]  # OpenAPI's way to say that none is needed
        request=out.LeakIn(many=True),
        responses=out.LeakOut(many=True),
        examples=examples.REPORT_LEAKS,
    )
    def post(self, request: Request) -> HttpResponse:
        found: list[Leak] = self.read(_REPORT)
        reports = [leaks.Report(each.token, each.url or "", each.source or "") for each in found]
        ours = leaks.report(reports, by=self._reporter(request._request))
        return json_response([_answer(each, is_ours=is_ours) for each, is_ours in zip(found, ours, strict=True)])

    def identify_and_limit(self, http: HttpRequest) -> None:
        if http.method not in self.allowed_methods:
            raise Refused(Refusal.METHOD, f"{http.method} is not allowed here.")
        if not _is_signed(http):
            self._limit(http)

    def take_body(self, http: HttpRequest) -> None:
        super().take_body(http)
        if _is_signed(http) and not self._has_good_signature(http):
            self._limit(http)
            raise Denied(Denial.UNKNOWN, _UNSIGNED.message)

    def refuse(self, problem: Problem) -> HttpResponse:
        is_unsigned = isinstance(problem, Denied) and problem.denial == Denial.UNKNOWN
        return errors.answer(problem, _UNSIGNED if is_unsigned else None)

    def _has_good_signature(self, http: HttpRequest) -> bool:
        key, signature = http.META.get(_KEY, ""), http.META.get(_SIGNATURE, "")
        try:
            return bool(key and signature) and signatures.is_good(self.raw_body, key=key, signature=signature)
        except signatures.Unreadable:
            raise Refused(Refusal.BUSY, "The keys that sign reports cannot be read now. Try again later.") from None

    @staticmethod
    def _limit(http: HttpRequest) -> None:
        """Count a report that nobody signed; raises Denied (RATE_LIMITED)."""
        rate = (A_MINUTE, 60)
        usage = get_usage(http, group="leaks", key="ip", rate=rate, increment=True)
        if usage["should_limit"]:
            detail = f"Over {A_MINUTE} reports a minute from one address."
            raise Denied(Denial.RATE_LIMITED, detail, retry_after=max(1, usage["time_left"]))

    @staticmethod
    def _reporter(http: HttpRequest) -> Actor:
        label = "GitHub secret scanning" if _is_signed(http) else "A report of a leak"
        return Actor(label=label, proof="report", address=storable_address(client_address(http)))


def _is_signed(http: HttpRequest) -> bool:
    return signatures.is_checked() and (_KEY in http.META or _SIGNATURE in http.META)


def _answer(leak: Leak, *, is_ours: bool) -> dict[str, Any]:
    label = "true_positive" if is_ours else "false_positive"
    return {"token_hash": crypto.digest(leak.token), "token_type": leak.type, "label": label}
