"""Settings → People: who works in the account, and who is invited."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_ratelimit.core import get_usage

from accounts.audit import person
from accounts.forms import Invite, RoleChoice
from accounts.models import Account, Invitation
from accounts.opening import NotPossible, change_role, invite, remove_member, revoke_invitation
from accounts.permissions import MemberRequest, member_required, must_be_allowed
from accounts.roles import Can
from accounts.sudo import recently_proved

logger = logging.getLogger(__name__)

INVITATIONS = "30/h"  # for each person: every one of them is a mail to a stranger


@require_GET
@member_required(Can.SEE)
def people(request: MemberRequest) -> HttpResponse:
    return _page(request, Invite(grantor=request.membership))


def _page(request: MemberRequest, form: Invite, *, link: str = "", status: int = 200) -> HttpResponse:
    account, me = request.membership.account, request.membership
    manages = me.may(Can.MANAGE_PEOPLE)
    context = {
        "members": account.memberships.select_related("user"),
        "invitations": _pending(account) if manages else (),
        "form": form,
        "link": link,
        "me": me,
        "manages": manages,
        "manages_owners": me.may(Can.MANAGE_OWNERS),
    }
    return render(request, "accounts/people.html", context, status=status)


def _pending(account: Account) -> QuerySet[Invitation]:
    return account.invitations.usable().select_related("invited_by").order_by("-pk")


@require_POST
@never_cache
@member_required(Can.MANAGE_PEOPLE)
@recently_proved
def invite_person(request: MemberRequest) -> HttpResponse:
    """Invite by e-mail; the answer shows the link this once."""
    form = Invite(request.POST, grantor=request.membership)
    if not form.is_valid():
        return _page(request, form, status=422)
    account, grantor, email = request.membership.account, request.membership, form.cleaned_data["email"]
    usage = get_usage(request, group="invite", key="user", rate=INVITATIONS, increment=True)
    if usage and usage["should_limit"]:
        is_counted = usage["time_left"] >= 0
        why = "You invited many people within an hour." if is_counted else "Invitations cannot be counted now."
        form.add_error(None, f"{why} Try again {'later' if is_counted else 'in a moment'}.")
        return _page(request, form, status=429 if is_counted else 503)
    try:
        made, secret = invite(account=account, email=email, role=form.chosen(), by=person(request), grantor=grantor)
    except NotPossible as refusal:
        form.add_error("email", str(refusal))
        return _page(request, form, status=422)
    link = settings.GATEWAY_URL + reverse("invitation-link", args=[secret])
    _send(request, made, link)
    return _page(request, Invite(grantor=grantor), link=link)


def _send(request: MemberRequest, invitation: Invitation, link: str) -> None:
    context = {"invitation": invitation, "link": link, "product_name": settings.GATEWAY_NAME}
    try:
        get_adapter().send_mail("accounts/mail/invitation", invitation.email, context)
    except OSError as error:  # smtplib's errors are of this kind too
        logger.warning("an invitation's mail was not sent: %s", type(error).__name__)
        messages.warning(request, "The mail server did not take the mail. Hand the link over yourself.")


@require_POST
@member_required(Can.MANAGE_PEOPLE)
def revoke(request: MemberRequest, pk: int) -> HttpResponse:
    pending = get_object_or_404(_pending(request.membership.account), pk=pk)
    with _refusals_shown(request):
        revoke_invitation(pending, by=person(request), grantor=request.membership)
    return redirect("settings-people")


@require_POST
@member_required(Can.MANAGE_PEOPLE)
@recently_proved
def give_role(request: MemberRequest, pk: int) -> HttpResponse:
    member = get_object_or_404(request.membership.account.memberships, pk=pk)
    form = RoleChoice(request.POST, grantor=request.membership)
    if form.is_valid():
        with _refusals_shown(request):
            change_role(member, form.chosen(), by=person(request), grantor=request.membership)
    else:
        messages.error(request, "Your role cannot give that role.")
    return redirect("settings-people")


@require_http_methods(["GET", "POST"])
@member_required(Can.SEE)
@recently_proved
def remove(request: MemberRequest, pk: int) -> HttpResponse:
    """Ask, then take a member out; people without the right to manage others may still leave."""
    member = get_object_or_404(request.membership.account.memberships, pk=pk)
    if member.pk != request.membership.pk:
        must_be_allowed(request.membership, Can.MANAGE_PEOPLE)
    if request.method == "GET":
        return render(request, "accounts/remove_member.html", {"member": member, "me": request.membership})
    with _refusals_shown(request):
        remove_member(member, by=person(request), grantor=request.membership)
    return redirect("settings-people")


@contextmanager
def _refusals_shown(request: MemberRequest) -> Iterator[None]:
    """Turn a refused change into a message on the next page."""
    try:
        yield
    except NotPossible as refusal:
        messages.error(request, str(refusal))
