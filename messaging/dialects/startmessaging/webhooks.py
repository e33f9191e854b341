"""`/v1/webhooks`: the account's webhook, saved once its address has answered a challenge."""

from __future__ import annotations

from collections.abc import Mapping
from secrets import token_urlsafe
from typing import Annotated, Any, ClassVar
from urllib.parse import urlencode

from django.http import HttpResponse
from msgspec import Meta, Struct
from rest_framework.request import Request

from messaging import webhooks
from messaging.dialects.startmessaging.hooks import TIMEOUT, WORDS
from messaging.dialects.startmessaging.views import View
from messaging.edge import json_response
from messaging.errors import Refusal, Refused
from messaging.models import WebhookEndpoint
from messaging.webhooks.probing import probe
from tokens.errors import Denial, Denied
from tokens.scopes import Scope

STATUSES: Mapping[str, str] = {"active": "active", "failing": "failing", "paused": "paused", "off": "disabled"}
_ORIGIN, _ID = "startmessaging", "default"


class Webhook(Struct):
    """Where events are posted. Without a secret of its own the account's signing secret stays as it is."""

    url: Annotated[str, Meta(min_length=1, examples=["https://example.com/webhooks"])]
    secret: Annotated[str, Meta(min_length=8, max_length=255, pattern="^[!-~]*$")] | None = None
    events: list[str] | None = None


def shown(endpoint: WebhookEndpoint) -> dict[str, Any]:
    """Return the webhook without its secret, which is never answered."""
    return {"url": endpoint.url, "events": endpoint.events or list(WORDS), "status": STATUSES[endpoint.state]}


class TheWebhook(View):
    needs: ClassVar[Mapping[str, Scope]] = {
        "GET": Scope.WEBHOOKS_LIST,
        "PUT": Scope.WEBHOOKS_WRITE,
        "DELETE": Scope.WEBHOOKS_DELETE,
    }

    def get(self, request: Request) -> HttpResponse:
        return json_response(shown(self._mine()))

    def put(self, request: Request) -> HttpResponse:
        if request._request.content_type != "application/json":
            raise Refused(Refusal.WRONG_TYPE, "The Content-Type must be application/json.", field="Content-Type")
        self._refuse_sandbox()
        asked = self.read(Webhook)
        self.given = {"url": asked.url}
        account, by = self.caller.account, self.caller.actor()
        wanted = webhooks.checked(_ORIGIN, url=asked.url, events=asked.events or [])
        secret = asked.secret or webhooks.signing_secret(account, _ORIGIN)
        _challenge(wanted["url"], secret)
        if asked.secret:
            webhooks.set_signing_secret(account, _ORIGIN, asked.secret, by=by)
        return json_response(shown(webhooks.register(account, origin=_ORIGIN, client_id=_ID, by=by, **wanted)))

    def delete(self, request: Request) -> HttpResponse:
        self._refuse_sandbox()
        if not webhooks.unregister(self.caller.account, origin=_ORIGIN, client_id=_ID, by=self.caller.actor()):
            raise Refused(Refusal.NOT_FOUND, "There is no webhook.")
        return HttpResponse(status=204, content_type="application/json")

    def _mine(self) -> WebhookEndpoint:
        found = webhooks.registered(self.caller.account, _ORIGIN).filter(client_id=_ID).first()
        if found is None:
            raise Refused(Refusal.NOT_FOUND, "There is no webhook.")
        return found

    def _refuse_sandbox(self) -> None:
        if self.caller.is_sandbox:
            raise Denied(Denial.SCOPE, "A sandbox key changes no webhook.")


def _challenge(url: str, secret: str) -> None:
    """Have the address repeat a text; raises Refused: WEBHOOK_SILENT, or WEBHOOK_URL where it must not be asked."""
    text = token_urlsafe(16)
    query = urlencode({"hub.mode": "subscribe", "hub.challenge": text, "hub.verify_token": secret})
    asked = f"{url}{'&' if '?' in url else '?'}{query}"
    if probe(asked, timeout=TIMEOUT).strip() != text.encode():
        raise Refused(Refusal.WEBHOOK_SILENT, "It did not answer with hub.challenge.", field="url")
