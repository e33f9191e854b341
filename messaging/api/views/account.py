"""Devices, usage, and what the calling token is."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.db.models import QuerySet, Sum
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from accounts.models import Account
from messaging import routing
from messaging.api.serializers import account as out
from messaging.api.serializers.lists import Paging
from messaging.api.views.base import View, find, show
from messaging.models import Device, UsageDay
from tokens import quotas
from tokens.models import Token
from tokens.scopes import Scope

_COUNTS = ("accepted", "delivered", "failed", "received")


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


class Usage(View):
    needs: ClassVar[dict[str, Scope]] = {"GET": Scope.REPORTS_READ}

    @extend_schema(
        operation_id="usage",
        summary="Count messages by day, by token and by API",
        parameters=[out.Days],
        responses=out.UsageOut,
    )
    def get(self, request: Request) -> HttpResponse:
        asked = self.query(out.Days)
        rows = UsageDay.objects.filter(account=self.caller.account, day__range=(asked["first"], asked["last"]))
        by_token = _sums(rows, "token_ref")
        names = dict(
            Token.objects.filter(
                account=self.caller.account, pk__in=[row["token_ref"] for row in by_token]
            ).values_list("pk", "name")
        )
        for row in by_token:
            ref = row["token_ref"]
            row |= {"token_id": str(ref) if ref else None, "token_name": names.get(ref)}
        return show(out.UsageOut, {"days": _sums(rows, "day"), "tokens": by_token, "dialects": _sums(rows, "dialect")})


def _sums(rows: QuerySet[UsageDay], by: str) -> list[dict[str, Any]]:
    sums: Iterable[dict[str, Any]] = (
        rows.order_by(by).values(by).annotate(**{f"{name}_sum": Sum(name) for name in _COUNTS})
    )
    return [{by: row[by], **{name: row[f"{name}_sum"] for name in _COUNTS}} for row in sums]


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
