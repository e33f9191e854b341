"""What the vendor names and this gateway does not do: refused as such, so that nobody takes it for a wrong address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from messaging.dialects.whispir.views import View
from messaging.errors import Refusal, Refused
from tokens.scopes import Scope


class Workflows(View):
    kind = "workflow"
    needs: ClassVar[Mapping[str, Scope]] = {"POST": Scope.SETTINGS_WRITE}

    def post(self, request: Request, **of: Any) -> HttpResponse:
        raise Refused(Refusal.NOT_OFFERED, "No workflows are run here.")


class Infohub(View):
    kind = "infohub-source"
    needs: ClassVar[Mapping[str, Scope]] = {"POST": Scope.SETTINGS_WRITE}

    def post(self, request: Request, **of: Any) -> HttpResponse:
        raise Refused(Refusal.NOT_OFFERED, "There is no information hub here.")
