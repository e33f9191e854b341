"""Devices, and what the calling token is."""

from typing import ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from accounts.models import Account
from messaging import routing
from messaging.api.serializers import account as out
from messaging.api.serializers.lists import Paging
from messaging.api.views.base import View, find, show
from messaging.models import Device
from tokens import quotas
from tokens.scopes import Scope


class Devices(View):
    needs: ClassVar[dict[str, Scope]] = {"GET": Scope.DEVICES_LIST}

    @extend_schema(operation_id="list_devices", summary="List devices", parameters=[Paging], responses=out.DevicePage)
    def get(self, request: Request) -> HttpResponse:
        routing.sandbox(self.caller.account)
        return self.list_all(Device.objects.for_account(self.caller.account), out.DeviceOut)


class OneDevice(View):
    needs: ClassVar[dict[str, Scope]] = {"GET": Scope.DEVICES_LIST}

    @extend_schema(operation_id="read_device", summary="Read a device", responses=out.DeviceOut)
    def get(self, request: Request, id: str) -> HttpResponse:
        return show(out.DeviceOut, find(Device.objects.for_account(self.caller.account), id))


class Me(View):
    @extend_schema(operation_id="me", summary="What this token is and may do", responses=out.MeOut)
    def get(self, request: Request) -> HttpResponse:
        caller = self.caller
        return show(
            out.MeOut,
            {
                "account": Account.objects.select_related("plan").get(pk=caller.account.pk),
                "token": caller.token,
                "scopes": sorted(caller.scopes),
                "requests_per_second": quotas.rate_of(caller),
            },
        )
