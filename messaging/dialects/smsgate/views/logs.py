"""`/logs`: the account's own log, as the gateway keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from accounts import journal
from accounts.models import JournalEntry
from messaging.dialects.smsgate import query
from messaging.dialects.smsgate.times import timestamp
from messaging.dialects.smsgate.views.base import View
from messaging.edge import json_response
from tokens.scopes import Scope

MOST = 1000  # the vendor has no pages here


class Logs(View):
    needs: ClassVar[Mapping[str, Scope]] = {"GET": Scope.LOGS_READ}

    def get(self, request: Request) -> HttpResponse:
        since, until = query.between(request._request.GET)
        entries = journal.entries(self.caller.account, since=since, until=until, limit=MOST)
        return json_response([_shown(entry) for entry in entries])


def _shown(entry: JournalEntry) -> dict[str, Any]:
    return {
        "id": entry.pk,
        "priority": entry.priority,
        "module": entry.module,
        "message": entry.message,
        "context": {name: str(value) for name, value in entry.context.items()},  # texts, for typed clients
        "createdAt": timestamp(entry.at),
    }
