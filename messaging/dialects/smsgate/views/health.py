"""`/health`: asked by anybody, with or without a credential."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from messaging.dialects.smsgate.views.base import View
from messaging.edge import json_response
from messaging.errors import Refusal, Refused
from messaging.health import what_is_wrong

RELEASE = 1  # of this API


class Open(View):
    """Asks for no credential."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if request.method not in self.allowed_methods:
            raise Refused(Refusal.METHOD, f"{request.method} is not allowed here.")


class Ready(Open):
    """Whether messages can be taken."""

    def get(self, request: Request) -> HttpResponse:
        reason = what_is_wrong()
        status = "fail" if reason else "pass"
        check = {
            "description": reason or "Database ping",
            "observedUnit": "failed pings",
            "observedValue": int(bool(reason)),
            "status": status,
        }
        return json_response(_said(status, {"db:ping": check}), status=503 if reason else 200)


class Live(Open):
    """Whether this process runs, whatever it cannot reach."""

    def get(self, request: Request) -> HttpResponse:
        return json_response(_said("pass", {}))


def _said(status: str, checks: dict[str, Any]) -> dict[str, Any]:
    return {"status": status, "version": f"{RELEASE}.0.0", "releaseId": RELEASE, "checks": checks}
