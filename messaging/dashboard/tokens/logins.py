"""API logins: a generated user name and password, for programs that sign in with those."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts.audit import person
from accounts.permissions import MemberRequest, must_be_allowed
from accounts.roles import Can
from accounts.sudo import ask_for_proof, recently_proved
from messaging.dashboard.tokens import access, once
from messaging.dashboard.tokens.forms import LoginName
from messaging.dashboard.tokens.pages import member_page, refusals_shown, show
from tokens import issuing
from tokens.errors import Denied
from tokens.models import ApiLogin

_LARGEST = 2**63 - 1


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member_page(Can.SEE)
def logins(request: MemberRequest) -> HttpResponse:
    """List the logins; the answer to the form shows a new one's password this once."""
    if request.method != "POST":
        return _list(request, LoginName())
    must_be_allowed(request.membership, Can.MANAGE_TOKENS)
    if made := once.made_with(request):
        return redirect("login-shown", pk=made)
    form = LoginName(request.POST)
    if not form.is_valid():
        return _list(request, form, status=422)
    if asked := ask_for_proof(request):
        return asked
    membership = request.membership
    try:
        login, password = issuing.create_login(
            account=membership.account, name=form.cleaned_data["name"], by=person(request), grantor=membership
        )
    except (Denied, ValidationError) as refusal:
        form.add_error(None, str(refusal))
        return _list(request, form, status=422)
    once.remember(request, login.pk)
    return _reveal(request, login, password)


def _list(request: MemberRequest, form: LoginName, *, status: int = 200) -> HttpResponse:
    mine = ApiLogin.objects.filter(account=request.membership.account)
    context = {
        "rows": access.rows(sorted(mine, key=lambda login: login.revoked_at is not None)),
        "form": form,
        "once": once.word(),
        "may_manage": request.membership.may(Can.MANAGE_TOKENS),
    }
    return show(request, "logins", context, status=status)


def find_login(request: MemberRequest, pk: int) -> ApiLogin:
    """Return a login of the member's account; raises Http404 for any other."""
    mine = ApiLogin.objects.filter(account=request.membership.account).select_related("account")
    return get_object_or_404(mine, pk=min(pk, _LARGEST))


def _reveal(request: MemberRequest, login: ApiLogin, password: str) -> HttpResponse:
    return show(request, "login_reveal", {"login": login, "password": password})


@require_GET
@member_page(Can.SEE)
def shown(request: MemberRequest, pk: int) -> HttpResponse:
    """What is left of the page that showed a password once."""
    may_manage = request.membership.may(Can.MANAGE_TOKENS)
    return show(request, "login_shown", {"login": find_login(request, pk), "may_manage": may_manage})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member_page(Can.MANAGE_TOKENS)
@recently_proved
def renew(request: MemberRequest, pk: int) -> HttpResponse:
    """Ask, then give a login a new password and show it this once."""
    login = find_login(request, pk)
    if login.revoked_at:
        return redirect("logins")
    made = login.secret_made_at.isoformat()
    if request.method != "POST":
        return show(request, "login_renew", {"login": login, "made": made})
    if request.POST.get("made") != made:
        return redirect("login-shown", pk=pk)
    try:
        password = issuing.renew_login(login, by=person(request), grantor=request.membership)
    except Denied as denied:
        messages.error(request, denied.detail)
        return redirect("logins")
    return _reveal(request, login, password)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Can.MANAGE_TOKENS)
@recently_proved
def revoke(request: MemberRequest, pk: int) -> HttpResponse:
    """Ask, then end a login for good."""
    login = find_login(request, pk)
    if request.method != "POST":
        return show(request, "login_revoke", {"login": login})
    with refusals_shown(request):
        issuing.revoke_login(login, by=person(request), grantor=request.membership)
    return redirect("logins")


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Can.MANAGE_TOKENS)
@recently_proved
def revoke_access(request: MemberRequest, pk: int, jti: str) -> HttpResponse:
    """Ask, then end one JWT of a login and its refresh token."""
    login = find_login(request, pk)
    row = get_object_or_404(login.access_tokens.all(), jti=jti)
    if not row.is_live:
        return redirect("logins")
    if request.method != "POST":
        return show(request, "access_revoke", {"login": login, "access": row})
    with refusals_shown(request):
        issuing.revoke_access(login.account, jti, by=person(request), grantor=request.membership)
    return redirect("logins")
