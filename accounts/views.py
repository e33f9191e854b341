"""Arriving: the first owner, invitations; and two choices of the session: the account and the theme."""

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from accounts import first_run
from accounts.addresses import client_address
from accounts.audit import person
from accounts.forms import AccountName, FirstOwner
from accounts.middleware import SESSION_KEY
from accounts.models import Membership, User
from accounts.opening import NotPossible, accept_invitation, open_account
from accounts.signing_up import INVITATION_KEY, keep_invitation, kept_invitation

THEMES = {"light", "dark"}
YEAR = 365 * 24 * 60 * 60


@never_cache
@sensitive_post_parameters("password")
def first_owner(request: HttpRequest, token: str) -> HttpResponse:
    """Let the person who started the installation become its owner and operator."""
    if not first_run.is_usable(token):
        return render(request, "accounts/first_owner_over.html", status=410)
    form = FirstOwner(request.POST or None)
    if form.is_valid():
        try:
            user = first_run.create_owner(**form.cleaned_data, address=client_address(request) or None)
        except NotPossible:
            return render(request, "accounts/first_owner_over.html", status=410)
        return _sign_in(request, user)
    return render(request, "accounts/first_owner.html", {"form": form})


def _sign_in(request: HttpRequest, user: User) -> HttpResponse:
    login = Login(user=user, email=user.email)
    response: HttpResponse = perform_password_login(request, {"email": user.email}, login)
    return response


@require_GET
@never_cache
def invitation_link(request: HttpRequest, secret: str) -> HttpResponse:
    """Keep the invitation in the session, so that its secret stays out of every further address."""
    keep_invitation(request, secret)
    return redirect("invitation")


@never_cache
def invitation(request: HttpRequest) -> HttpResponse:
    """Show where an invitation leads; a signed-in person joins by posting."""
    invited = kept_invitation(request)
    if invited is None:
        return render(request, "accounts/invitation_over.html", status=410)
    if request.method == "POST" and isinstance(request.user, User):
        try:
            joined = accept_invitation(invited, user=request.user, by=person(request))
        except NotPossible as refusal:
            return render(request, "accounts/invitation_over.html", {"reason": str(refusal)}, status=409)
        del request.session[INVITATION_KEY]
        request.session[SESSION_KEY] = joined.account_id
        return redirect(settings.LOGIN_REDIRECT_URL)
    closed = settings.GATEWAY_SIGNUP == "closed"
    return render(request, "accounts/invitation.html", {"invitation": invited, "signup_closed": closed})


@require_POST
@login_required
def open_own_account(request: HttpRequest) -> HttpResponse:
    """Give a person who is in no account one of their own."""
    form = AccountName(request.POST)
    may_open = settings.GATEWAY_SIGNUP == "open" and not getattr(request, "membership", None)
    if may_open and form.is_valid() and isinstance(request.user, User):
        open_account(user=request.user, name=form.cleaned_data["name"], by=person(request))
    return redirect(settings.LOGIN_REDIRECT_URL)


@require_POST
@login_required
def switch_account(request: HttpRequest) -> HttpResponse:
    """Work in another of one's accounts from now on."""
    asked = request.POST.get("account", "")
    mine = Membership.objects.filter(user=person(request).user)
    chosen = {str(member.account_id): member.account_id for member in mine}
    if asked not in chosen:
        raise Http404
    request.session[SESSION_KEY] = chosen[asked]
    return redirect(settings.LOGIN_REDIRECT_URL)


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Keep light or dark in a cookie for a year; anything else follows the device again."""
    response = HttpResponseRedirect(_safe_next(request))
    theme = request.POST.get("theme")
    if theme in THEMES:
        secure = settings.SESSION_COOKIE_SECURE
        response.set_cookie("theme", theme, max_age=YEAR, samesite="Lax", secure=secure, httponly=True)
    else:
        response.delete_cookie("theme", samesite="Lax")
    return response


def _safe_next(request: HttpRequest) -> str:
    asked = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    return asked if is_ours else settings.LOGIN_REDIRECT_URL
