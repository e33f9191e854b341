"""Showing a signing secret to whoever has just proved who they are, and replacing it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from accounts.audit import person
from accounts.permissions import MemberRequest
from accounts.roles import Can
from accounts.sudo import recently_proved
from messaging.dashboard.tokens.pages import member_page
from messaging.dashboard.webhooks.forms import Overlap
from messaging.dashboard.webhooks.pages import find_own, show
from messaging.errors import Refused
from messaging.webhooks import endpoints, format, keyring
from messaging.webhooks.format import Format


@require_POST
@never_cache
@member_page(Can.MANAGE_WEBHOOKS)
@recently_proved
@sensitive_variables()
def reveal(request: MemberRequest, pk: int) -> HttpResponse:
    endpoint = find_own(request, pk)
    back = reverse("webhook", args=[pk])
    secrets = keyring.readable(endpoint)
    return show(request, "secret", {"title": str(endpoint), "back": back, "secrets": secrets})


@sensitive_post_parameters("secret")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member_page(Can.MANAGE_WEBHOOKS)
@recently_proved
def rotate(request: MemberRequest, pk: int) -> HttpResponse:
    """Give the endpoint a new secret; its page shows it to whoever asks."""
    endpoint = find_own(request, pk)
    known = format.found().get(endpoint.format)
    form = Overlap(request.POST if request.method == "POST" else None)
    context = {"title": str(endpoint), "form": form, "known": known, "back": reverse("webhook", args=[pk])}
    if request.method != "POST":
        return show(request, "rotate", context)
    if form.is_valid():
        try:
            overlap = keyring.OVERLAPS[form.CHOICES.index(form.cleaned_data["overlap"])]
            chosen = form.cleaned_data["secret"] or None
            endpoints.rotate(endpoint, by=person(request), overlap=overlap, secret=chosen)
        except Refused as refused:
            form.add_error("secret", refused.detail)
        else:
            messages.success(request, "The webhook has a new secret.")
            return redirect("webhook", pk=pk)
    return show(request, "rotate", context, status=422)


@require_POST
@never_cache
@member_page(Can.MANAGE_WEBHOOKS)
@recently_proved
@sensitive_variables()
def signing(request: MemberRequest, name: str) -> HttpResponse:
    """Show the account's own secret for a format."""
    known = _known(name)
    secrets = keyring.readable_signing(request.membership.account, known)
    return show(request, "secret", {"title": known.label, "back": reverse("webhooks"), "secrets": secrets})


@sensitive_post_parameters("secret")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member_page(Can.MANAGE_WEBHOOKS)
@recently_proved
def rotate_signing(request: MemberRequest, name: str) -> HttpResponse:
    known = _known(name)
    form = Overlap(request.POST if request.method == "POST" else None)
    context = {"title": known.label, "form": form, "known": known, "back": reverse("webhooks")}
    if request.method != "POST":
        return show(request, "rotate", context)
    if form.is_valid():
        try:
            overlap = keyring.OVERLAPS[form.CHOICES.index(form.cleaned_data["overlap"])]
            chosen = form.cleaned_data["secret"] or None
            account = request.membership.account
            endpoints.rotate_signing(account, known.name, by=person(request), overlap=overlap, secret=chosen)
        except Refused as refused:
            form.add_error("secret", refused.detail)
        else:
            messages.success(request, f"Calls of {known.label} are signed with a new secret.")
            return redirect("webhooks")
    return show(request, "rotate", context, status=422)


def _known(name: str) -> Format:
    """Return a format whose calls are signed with a secret of the account's; raises Http404."""
    known = format.found().get(name)
    if known is None or not known.new_secret():
        raise Http404
    return known
