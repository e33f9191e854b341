"""What the pages about webhooks share: finding an endpoint and its calls."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from accounts.permissions import MemberRequest
from accounts.roles import Can
from messaging.ids import LARGEST
from messaging.models import WebhookDelivery, WebhookEndpoint


def show(request: MemberRequest, template: str, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """Render one of these pages, which all know whether the member may change anything."""
    may = {"may_manage": request.membership.may(Can.MANAGE_WEBHOOKS)}
    return render(request, f"messaging/webhooks/{template}.html", {**may, **context}, status=status)


def find(request: MemberRequest, pk: int) -> WebhookEndpoint:
    """Return an endpoint of the member's account, the hosts that requests name among them; raises Http404."""
    mine = WebhookEndpoint.objects.filter(account=request.membership.account, removed_at=None)
    return get_object_or_404(mine.select_related("account", "device", "token"), pk=min(pk, LARGEST))


def find_own(request: MemberRequest, pk: int) -> WebhookEndpoint:
    """Return an endpoint that somebody registered; raises Http404."""
    mine = WebhookEndpoint.objects.for_account(request.membership.account)
    return get_object_or_404(mine.select_related("account", "device", "token"), pk=min(pk, LARGEST))


def find_call(request: MemberRequest, pk: int, call: int) -> WebhookDelivery:
    endpoint = find(request, pk)
    rows = WebhookDelivery.objects.filter(endpoint=endpoint).select_related("event", "endpoint__account")
    return get_object_or_404(rows, pk=min(call, LARGEST))
