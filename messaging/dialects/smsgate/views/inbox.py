"""`/inbox`: list, read again, download."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from messaging import media
from messaging.dialects.smsgate import inbox
from messaging.dialects.smsgate.views.base import View, listed
from messaging.edge import json_response
from tokens.scopes import Scope


class Inbox(View):
    needs: ClassVar[Mapping[str, Scope]] = {"GET": Scope.INBOX_LIST}

    def get(self, request: Request) -> HttpResponse:
        return listed(*inbox.page(self.caller.account, request._request.GET))


class Refresh(View):
    needs: ClassVar[Mapping[str, Scope]] = {"POST": Scope.INBOX_REFRESH}

    def post(self, request: Request) -> HttpResponse:
        asked = self.read(inbox.Refresh)
        inbox.refresh(self.caller.account, asked, telling=asked.telling)
        return json_response({}, status=202)


class Export(View):
    """The older call: it always tells webhooks, of one message at a time."""

    needs: ClassVar[Mapping[str, Scope]] = {"POST": Scope.MESSAGES_EXPORT}

    def post(self, request: Request) -> HttpResponse:
        inbox.refresh(self.caller.account, self.read(inbox.Refresh), telling="Individual")
        response = json_response({}, status=202)
        response["Deprecation"] = "true"
        return response


class Attachment(View):
    needs: ClassVar[Mapping[str, Scope]] = {"GET": Scope.INBOX_READ}

    def get(self, request: Request, id: str, part: str) -> HttpResponseBase:
        return media.served(inbox.find_attachment(self.caller.account, id, part))
