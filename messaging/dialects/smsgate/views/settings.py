"""`/settings`: what the account's phones are told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from messaging import phones
from messaging.dialects.smsgate.settings import read_settings
from messaging.dialects.smsgate.views.base import View
from messaging.edge import json_response
from tokens.scopes import Scope


class Settings(View):
    needs: ClassVar[Mapping[str, Scope]] = {
        "GET": Scope.SETTINGS_READ,
        "PATCH": Scope.SETTINGS_WRITE,
        "PUT": Scope.SETTINGS_WRITE,
    }

    def get(self, request: Request) -> HttpResponse:
        return json_response(phones.settings_of(self.caller.account))

    def patch(self, request: Request) -> HttpResponse:
        return self._change(is_whole=False)

    def put(self, request: Request) -> HttpResponse:
        return self._change(is_whole=True)

    def _change(self, *, is_whole: bool) -> HttpResponse:
        wanted = read_settings(self.read(dict[str, Any]))
        return json_response(
            phones.change_settings(self.caller.account, wanted, is_whole=is_whole, by=self.caller.actor())
        )
