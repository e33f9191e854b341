"""`/messages`: send, list, read, cancel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from urllib.parse import quote

from django.http import HttpResponse
from rest_framework.request import Request

from accounts.models import Account
from messaging import sending
from messaging.dialects.smsgate import listing
from messaging.dialects.smsgate.sending import draft_of
from messaging.dialects.smsgate.serializers import Send, accepted, id_of, read_id, shown
from messaging.dialects.smsgate.views.base import View, listed
from messaging.drafting import Draft, Sender
from messaging.edge import json_response
from messaging.errors import Refusal, Refused
from messaging.idempotency import Key
from messaging.models import Message
from tokens.scopes import Scope

_MOST_KEY = 255


class Messages(View):
    needs: ClassVar[Mapping[str, Scope]] = {"GET": Scope.MESSAGES_LIST, "POST": Scope.MESSAGES_SEND}

    def get(self, request: Request) -> HttpResponse:
        return listed(*listing.page(self.caller.account, request._request.GET))

    def post(self, request: Request) -> HttpResponse:
        draft = draft_of(self.read(Send), self.caller, request._request.GET)
        sender = Sender.from_caller(self.caller, self.dialect)
        taken = sending.accept(sender, draft, key=self._key(draft, request))
        message, to = sending.first_of(self.caller.account, taken)
        response = json_response(accepted(message, to), status=202)
        response["Location"] = f"/api/3rdparty/v1/messages/{quote(id_of(message), safe='')}"
        if taken.is_repeat:
            response["Idempotent-Replay"] = "true"
        return response

    def _key(self, draft: Draft, request: Request) -> Key | None:
        """Return what makes a repeat: the message's own id, which may never be used again, or a header."""
        if draft.client_id:
            return Key(sending.OWN_IDS, draft.client_id, self.raw_body, lifetime=None)
        value = request._request.headers.get("Idempotency-Key")
        if value is None:
            return None
        if not 1 <= len(value) <= _MOST_KEY or not value.isprintable() or not value.isascii():
            detail = f"Idempotency-Key must have 1 to {_MOST_KEY} printable characters."
            raise Refused(Refusal.INVALID, detail, field="Idempotency-Key")
        return Key("POST smsgate messages", value, self.raw_body)


class OneMessage(View):
    needs: ClassVar[Mapping[str, Scope]] = {"GET": Scope.MESSAGES_READ, "DELETE": Scope.MESSAGES_CANCEL}

    def get(self, request: Request, id: str) -> HttpResponse:
        return json_response(shown(_find(self.caller.account, id)))

    def delete(self, request: Request, id: str) -> HttpResponse:
        message = sending.cancel(
            _find(self.caller.account, id), by=self.caller.actor(), is_sandbox=self.caller.is_sandbox
        )
        return json_response(shown(message))


def _find(account: Account, id: str) -> Message:
    """Return the message that its sender, or we, call so; raises Refused(NOT_FOUND)."""
    if message := sending.find_own(account, id):
        return message
    try:
        return sending.find(account, read_id(id) or 0)
    except Refused:
        raise Refused(Refusal.NOT_FOUND, "message not found") from None
