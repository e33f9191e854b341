"""`/devices`: list and remove."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from messaging import devices, webhooks
from messaging.dialects.smsgate import phones
from messaging.dialects.smsgate.views.base import View, done
from messaging.edge import json_response
from messaging.errors import Refusal, Refused
from tokens.scopes import Scope


class Devices(View):
    needs: ClassVar[Mapping[str, Scope]] = {"GET": Scope.DEVICES_LIST}

    def get(self, request: Request) -> HttpResponse:
        return json_response([phones.shown(device) for device in phones.phones(self.caller.account)])


class OneDevice(View):
    needs: ClassVar[Mapping[str, Scope]] = {"DELETE": Scope.DEVICES_DELETE}

    def delete(self, request: Request, id: str) -> HttpResponse:
        try:
            device = phones.find(self.caller.account, id)
        except Refused:
            raise Refused(Refusal.NOT_FOUND, "device not found") from None
        account, actor = self.caller.account, self.caller.actor()
        devices.remove_device(device, by=actor)
        for endpoint in webhooks.registered(account, self.dialect).filter(device=device):
            webhooks.unregister(account, origin=self.dialect, client_id=endpoint.client_id, by=actor)
        return done()
