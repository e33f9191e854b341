"""Ending a token for good."""

from collections.abc import Callable

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from accounts.audit import person
from accounts.permissions import MemberRequest
from accounts.roles import Can
from accounts.sudo import recently_proved
from messaging.dashboard.tokens.forms import TypedName
from messaging.dashboard.tokens.pages import find_manageable, member_page, refusals_shown, show
from messaging.dashboard.tokens.using import recent_use
from tokens import issuing
from tokens.models import Token


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Can.MANAGE_TEST_TOKENS)
@recently_proved
def revoke(request: MemberRequest, pk: int) -> HttpResponse:
    """Ask for the token's name, then end it. Its page stays."""
    token = find_manageable(request, pk)
    if token.revoked_at:
        return redirect("token", pk=pk)
    return _end(request, token, "revoke", issuing.revoke_token)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Can.MANAGE_TEST_TOKENS)
@recently_proved
def delete(request: MemberRequest, pk: int) -> HttpResponse:
    """Ask, for a token that still works by its name, then hide it; messages and audit entries stay."""
    return _end(request, find_manageable(request, pk), "delete", issuing.delete_token)


def _end(request: MemberRequest, token: Token, page: str, verb: Callable[..., Token]) -> HttpResponse:
    form = TypedName(request.POST if request.method == "POST" else None, expected=token.name)
    is_confirmed = request.method == "POST" and (token.revoked_at is not None or form.is_valid())
    if not is_confirmed:
        context = {"token": token, "form": form, "recent": recent_use(token)}
        return show(request, page, context, status=422 if form.is_bound else 200)
    with refusals_shown(request):
        verb(token, by=person(request), grantor=request.membership)
    return redirect("tokens") if token.deleted_at else redirect("token", pk=token.pk)
