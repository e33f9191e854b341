"""Changing a token that stays: its fields, its secret, pausing and resuming."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.addresses import client_address
from accounts.audit import person
from accounts.permissions import MemberRequest
from accounts.roles import Can
from accounts.sudo import recently_proved
from messaging.dashboard.tokens.creating import reveal
from messaging.dashboard.tokens.forms import Overlap
from messaging.dashboard.tokens.pages import find_manageable, member_page, refusals_shown, show
from messaging.dashboard.tokens.preview import Preview
from messaging.dashboard.tokens.token_form import TokenForm
from messaging.dashboard.tokens.using import recent_use
from tokens import issuing
from tokens.errors import Denied
from tokens.models import Token


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Can.MANAGE_TEST_TOKENS)
def edit(request: MemberRequest, pk: int) -> HttpResponse:
    token = find_manageable(request, pk)
    if token.revoked_at:
        return redirect("token", pk=pk)
    posted = request.POST if request.method == "POST" else None
    form = TokenForm(posted, membership=request.membership, address=client_address(request), token=token)
    if posted is not None and form.is_valid():
        try:
            issuing.change_token(token, by=person(request), grantor=request.membership, **form.asked())
        except Denied as denied:
            form.add_error(None, denied.detail)
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            return redirect("token", pk=pk)
    preview = Preview.asked(form if form.is_bound else form.posted())
    status = 422 if form.is_bound else 200
    return show(request, "edit", {"token": token, "form": form, "preview": preview}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member_page(Can.MANAGE_TEST_TOKENS)
@recently_proved
def regenerate(request: MemberRequest, pk: int) -> HttpResponse:
    """Give a token a new secret; the answer shows it. Sent again, the form makes no second one."""
    token = find_manageable(request, pk)
    if token.revoked_at:
        return redirect("token", pk=pk)
    if request.method != "POST":
        return show(request, "regenerate", asking(token))
    form = Overlap(request.POST)
    if not form.is_valid():
        return show(request, "regenerate", asking(token), status=422)
    if form.cleaned_data["made"] != token.secret_made_at.isoformat():
        return redirect("token-shown", pk=pk)
    try:
        secret = issuing.regenerate_token(token, overlap=form.chosen, by=person(request), grantor=request.membership)
    except Denied as denied:
        messages.error(request, denied.detail)
        return redirect("token", pk=pk)
    return reveal(request, token, secret)


def asking(token: Token) -> dict[str, Any]:
    """Return what the question shows, on its page and in its dialog."""
    return {"token": token, "made": token.secret_made_at.isoformat(), "recent": recent_use(token)}


def _change(request: MemberRequest, pk: int, verb: Callable[..., Token], said: str) -> HttpResponse:
    token = find_manageable(request, pk)
    with refusals_shown(request):
        verb(token, by=person(request), grantor=request.membership)
        messages.success(request, said)
    return redirect("token", pk=pk)


@require_POST
@member_page(Can.MANAGE_TEST_TOKENS)
def pause(request: MemberRequest, pk: int) -> HttpResponse:
    return _change(
        request, pk, issuing.pause_token, "The token is paused. Its requests are refused until you resume it."
    )


@require_POST
@member_page(Can.MANAGE_TEST_TOKENS)
def resume(request: MemberRequest, pk: int) -> HttpResponse:
    return _change(request, pk, issuing.resume_token, "The token works again.")


@require_POST
@member_page(Can.MANAGE_TEST_TOKENS)
def extend(request: MemberRequest, pk: int) -> HttpResponse:
    return _change(request, pk, issuing.extend_overlap, "The old secret works for 24 hours more.")


@require_POST
@member_page(Can.MANAGE_TEST_TOKENS)
def end(request: MemberRequest, pk: int) -> HttpResponse:
    return _change(request, pk, issuing.end_overlap, "The old secret has ended.")
