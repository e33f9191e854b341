"""Registering, changing, pausing and deleting an endpoint."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts.audit import person
from accounts.permissions import MemberRequest
from accounts.roles import Can
from messaging.dashboard.tokens import once
from messaging.dashboard.tokens.pages import member_page
from messaging.dashboard.webhooks.forms import WebhookForm
from messaging.dashboard.webhooks.pages import find_own, show
from messaging.errors import Refused
from messaging.models import WebhookEndpoint
from messaging.webhooks import endpoints, figures, format
from messaging.webhooks.format import Format


@sensitive_post_parameters("secret", "headers")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member_page(Can.MANAGE_WEBHOOKS)
def new(request: MemberRequest) -> HttpResponse:
    """Register an endpoint in the format that the address names. Sent again, the form makes no second one."""
    known = _chosen(request)
    if request.method != "POST":
        return _page(request, WebhookForm(account=request.membership.account, known=known), known)
    if made := once.made_with(request):
        return redirect("webhook", pk=made)
    form = WebhookForm(request.POST, account=request.membership.account, known=known)
    if form.is_valid():
        try:
            endpoint, _ = endpoints.create(
                form.account, by=person(request), format=known.name, secret=form.chosen_secret(), **form.asked()
            )
        except Refused as refused:
            form.show(refused)
        else:
            once.remember(request, endpoint.pk)
            messages.success(request, "The webhook is there. Send it an example, and copy its secret below.")
            return redirect("webhook", pk=endpoint.pk)
    return _page(request, form, known, status=422)


def _chosen(request: MemberRequest) -> Format:
    asked = request.GET.get("format", "")
    return format.found().get(asked) or format.found()[format.STANDARD]


def _page(request: MemberRequest, form: WebhookForm, known: Format, *, status: int = 200) -> HttpResponse:
    formats = [
        {"url": f"?{urlencode({'format': each.name})}", "label": each.label, "current": each.name == known.name}
        for each in format.found().values()
    ]
    action = f"{reverse('webhook-new')}?{urlencode({'format': known.name})}"
    context = {"form": form, "known": known, "formats": formats, "action": action, "once": once.word()}
    return show(request, "new", context, status=status)


@sensitive_post_parameters("headers")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member_page(Can.MANAGE_WEBHOOKS)
def edit(request: MemberRequest, pk: int) -> HttpResponse:
    endpoint = find_own(request, pk)
    known = format.found().get(endpoint.format) or format.found()[format.STANDARD]
    posted = request.POST if request.method == "POST" else None
    form = WebhookForm(posted, account=endpoint.account, known=known, endpoint=endpoint)
    if posted is not None and form.is_valid():
        try:
            endpoints.change(endpoint, by=person(request), **form.asked())
        except Refused as refused:
            form.show(refused)
        else:
            messages.success(request, "The webhook is changed.")
            return redirect("webhook", pk=pk)
    context = {"form": form, "known": known, "endpoint": endpoint, "title": str(find_own(request, pk))}
    return show(request, "edit", context, status=422 if form.is_bound else 200)


@require_POST
@member_page(Can.MANAGE_WEBHOOKS)
def pause(request: MemberRequest, pk: int) -> HttpResponse:
    endpoints.pause(find_own(request, pk), by=person(request))
    messages.success(request, "The webhook is paused. What happens meanwhile waits for it.")
    return redirect("webhook", pk=pk)


@require_POST
@member_page(Can.MANAGE_WEBHOOKS)
def resume(request: MemberRequest, pk: int) -> HttpResponse:
    endpoints.resume(find_own(request, pk), by=person(request))
    messages.success(request, "The webhook is on. It begins with what waited.")
    return redirect("webhook", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Can.MANAGE_WEBHOOKS)
def delete(request: MemberRequest, pk: int) -> HttpResponse:
    endpoint = find_own(request, pk)
    if request.method == "POST":
        endpoints.remove(endpoint, by=person(request))
        messages.success(request, f"The webhook {endpoint} is deleted.")
        return redirect("webhooks")
    return show(request, "delete", _about(endpoint))


def _about(endpoint: WebhookEndpoint) -> dict[str, Any]:
    return {"endpoint": endpoint, "title": str(endpoint), "waiting": figures.of([endpoint])[endpoint.pk].waiting}
