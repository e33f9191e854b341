"""Posting calls again, one or those of a time, and giving up what waits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from accounts.audit import person
from accounts.permissions import MemberRequest
from accounts.roles import Can
from messaging.dashboard.tokens.pages import member_page
from messaging.dashboard.webhooks.forms import Range
from messaging.dashboard.webhooks.pages import find, find_call, show
from messaging.errors import Refused
from messaging.webhooks import endpoints, figures, replaying


@require_POST
@member_page(Can.MANAGE_WEBHOOKS)
def replay(request: MemberRequest, pk: int, call: int) -> HttpResponse:
    delivery = find_call(request, pk, call)
    replaying.replay(delivery, by=person(request))
    messages.success(request, "The call is on its way again, with the same event ID.")
    back = request.POST.get("next", "")
    if back and url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        return redirect(back)
    return redirect("webhook-call", pk=pk, call=call)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Can.MANAGE_WEBHOOKS)
def replay_range(request: MemberRequest, pk: int) -> HttpResponse:
    """Count the calls of a time, and post them again once that was seen."""
    endpoint = find(request, pk)
    context: dict[str, Any] = {"endpoint": endpoint, "title": str(endpoint)}
    if request.method != "POST":
        yesterday = timezone.localtime() - timedelta(days=1)
        return show(request, "replay", {**context, "form": Range(initial={"since": yesterday, "which": "lost"})})
    form = Range(request.POST)
    if form.is_valid():
        try:
            if "really" in request.POST:
                count = replaying.replay_range(endpoint, by=person(request), **form.chosen)
                messages.success(
                    request, f"{count} calls are on their way again." if count else "There was nothing to replay."
                )
                return redirect("webhook", pk=pk)
            return show(request, "replay", {**context, "form": form, "count": replaying.count(endpoint, **form.chosen)})
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.detail)
    return show(request, "replay", {**context, "form": form}, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Can.MANAGE_WEBHOOKS)
def drop(request: MemberRequest, pk: int) -> HttpResponse:
    """Give up what waits, for a receiver that wants to begin anew."""
    endpoint = find(request, pk)
    if request.method == "POST":
        count = endpoints.drop_waiting(endpoint, by=person(request))
        messages.success(request, f"{count} calls were dropped. They can be replayed for 30 days.")
        return redirect("webhook", pk=pk)
    waiting = figures.of([endpoint])[endpoint.pk].waiting
    return show(request, "drop", {"endpoint": endpoint, "title": str(endpoint), "waiting": waiting})
