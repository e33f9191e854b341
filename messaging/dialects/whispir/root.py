"""`GET /`: the company, with links to all there is; the vendor's way to try a connection."""

from __future__ import annotations

from typing import ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from messaging.dialects.whispir import links
from messaging.dialects.whispir.language import Names
from messaging.dialects.whispir.serializers import render_id
from messaging.dialects.whispir.views import View
from tokens.scopes import Scope


class Root(View):
    kind = "company"
    names = Names("company")
    needs: ClassVar = {"GET": Scope.MESSAGES_LIST}

    def get(self, request: Request) -> HttpResponse:
        account = self.caller.account
        return self.respond({"id": render_id(account.pk), "name": account.name, "link": list(links.of_company(self))})
