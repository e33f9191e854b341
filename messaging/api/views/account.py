"""Devices, the account, and what the calling token is."""

from collections.abc import Mapping
from typing import ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from accounts.changing import change_settings
from accounts.models import Account
from messaging import routing
from messaging.api import examples
from messaging.api.serializers import account as out
from messaging.api.serializers.lists import Paging
from messaging.api.views.base import View, find, show
from messaging.models import Device
from tokens import authentication, quotas
from tokens.errors import Denial, Denied
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


class Settings(View):
    needs: ClassVar[Mapping[str, Scope]] = {"GET": Scope.SETTINGS_READ, "PATCH": Scope.SETTINGS_WRITE}

    @extend_schema(operation_id="read_account", summary="Read the account", responses=out.AccountOut)
    def get(self, request: Request) -> HttpResponse:
        return show(out.AccountOut, _read(self.caller.account))

    @extend_schema(
        operation_id="change_account",
        summary="Change the account's settings",
        description="A sandbox token changes none.",
        request=out.AccountChange,
        responses=out.AccountOut,
        examples=examples.CHANGE_ACCOUNT,
    )
    def patch(self, request: Request) -> HttpResponse:
        if self.caller.is_sandbox:
            raise Denied(Denial.SCOPE, "A sandbox token changes nothing that is real.")
        asked = self.asked(out.AccountChange)
        account = change_settings(self.caller.account, by=self.caller.actor(), **asked)
        authentication.forget()
        return show(out.AccountOut, account)


class Me(View):
    @extend_schema(operation_id="me", summary="What this token is and may do", responses=out.MeOut)
    def get(self, request: Request) -> HttpResponse:
        caller = self.caller
        return show(
            out.MeOut,
            {
                "account": _read(caller.account),
                "token": caller.token,
                "scopes": sorted(caller.scopes),
                "requests_per_second": quotas.rate_of(caller),
            },
        )


def _read(account: Account) -> Account:
    """Return the account as it is now; the caller's may be a second old."""
    return Account.objects.select_related("plan").get(pk=account.pk)
