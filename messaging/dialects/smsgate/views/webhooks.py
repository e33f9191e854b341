"""`/webhooks`: where events are posted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from messaging import webhooks
from messaging.dialects.smsgate import phones
from messaging.dialects.smsgate.hooks import USUAL
from messaging.dialects.smsgate.serializers import NewWebhook, render_device
from messaging.dialects.smsgate.views.base import View, done
from messaging.edge import json_response
from messaging.models import WebhookEndpoint
from tokens.scopes import Scope


class Webhooks(View):
    needs: ClassVar[Mapping[str, Scope]] = {"GET": Scope.WEBHOOKS_LIST, "POST": Scope.WEBHOOKS_WRITE}

    def get(self, request: Request) -> HttpResponse:
        mine = webhooks.registered(self.caller.account, self.dialect).select_related("device")
        return json_response([_shown(endpoint) for endpoint in mine])

    def post(self, request: Request) -> HttpResponse:
        asked = self.read(NewWebhook)
        account, device_id = self.caller.account, asked.device_id or asked.device
        endpoint = webhooks.register(
            account,
            origin=self.dialect,
            client_id=asked.id or "",
            url=asked.url,
            events=[asked.event],
            device=phones.find(account, device_id) if device_id else None,
            by=self.caller.actor(),
        )
        return json_response(_shown(endpoint), status=201)


class OneWebhook(View):
    needs: ClassVar[Mapping[str, Scope]] = {"DELETE": Scope.WEBHOOKS_DELETE}

    def delete(self, request: Request, id: str) -> HttpResponse:
        webhooks.unregister(self.caller.account, origin=self.dialect, client_id=id, by=self.caller.actor())
        return done()


def _shown(endpoint: WebhookEndpoint) -> dict[str, Any]:
    return {
        "id": endpoint.client_id,
        "deviceId": render_device(endpoint.device) or None,
        "url": endpoint.url,
        "event": next(iter(endpoint.events), USUAL[0]),  # none: our own API gave it all
    }
