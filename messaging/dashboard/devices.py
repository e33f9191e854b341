"""Devices."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.permissions import MemberRequest, member_required
from accounts.roles import Can


@require_GET
@member_required(Can.SEE)
def devices(request: MemberRequest) -> HttpResponse:
    return render(request, "messaging/devices.html")
