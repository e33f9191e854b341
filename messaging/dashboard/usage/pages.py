"""The page, and the same as a file."""

from __future__ import annotations

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from accounts.permissions import MemberRequest, member_required
from accounts.roles import Can
from messaging import csv_text
from messaging.dashboard.chart import volume
from messaging.dashboard.usage import table
from messaging.dashboard.usage.asking import Asked
from messaging.dashboard.usage.limits import limits_of
from messaging.reporting import By


@require_GET
@member_required(Can.SEE)
def usage(request: MemberRequest) -> HttpResponse:
    account = request.membership.account
    asked = Asked(request.GET.dict(), account)
    by_day = asked.report(By.DAY)
    context = {
        "asked": asked,
        "total": by_day.total(),
        "chart": volume(by_day.each_day(), today=asked.today),
        "headings": table.HEADINGS,
        "rows": table.rows(asked.report()),
        "export": reverse("usage-export") + asked.url(),
        "limits": limits_of(account),
    }
    return render(request, "messaging/usage/usage.html", context)


@require_GET
@member_required(Can.SEE)
def export(request: MemberRequest) -> HttpResponseBase:
    """Answer with the page's table as CSV, a line at a time."""
    asked = Asked(request.GET.dict(), request.membership.account)
    lines = csv_text.lines(table.for_export(asked.report()))
    response = StreamingHttpResponse(lines, content_type=csv_text.CSV)
    name = f"usage-by-{asked.by}-{asked.first}-{asked.last}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response
