"""Settings → Security: from where the account's credentials may be used, and who changed what."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from accounts.addresses import client_address
from accounts.audit import person
from accounts.models import Account, AuditEntry
from accounts.networks import is_allowed
from accounts.permissions import MemberRequest, must_be_allowed
from accounts.roles import Can
from accounts.securing import set_networks
from accounts.sudo import ask_for_proof
from messaging.dashboard.tokens import history
from messaging.dashboard.tokens.forms import Networks
from messaging.dashboard.tokens.pages import member_page, show
from tokens import authentication

_ENTRIES = 50


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Can.SEE)
def security(request: MemberRequest) -> HttpResponse:
    account, address = request.membership.account, client_address(request)
    if request.method != "POST":
        form = Networks(address=address, initial={"networks": "\n".join(account.allowed_networks)})
        return _page(request, form)
    must_be_allowed(request.membership, Can.MANAGE_ACCOUNT)
    form = Networks(request.POST, address=address)
    if not form.is_valid():
        return _page(request, form, status=422)
    if asked := ask_for_proof(request):
        return asked
    set_networks(account, form.cleaned_data["networks"], by=person(request), grantor=request.membership)
    authentication.forget()
    _say(request, account, address)
    return redirect("settings-security")


def _say(request: MemberRequest, account: Account, address: str) -> None:
    if is_allowed(address, account.allowed_networks):
        messages.success(request, "The address list is saved.")
    else:
        text = f"The list is saved. Your own address, {address}, is not on it: requests you make from here are refused."
        messages.warning(request, text)


def _page(request: MemberRequest, form: Networks, *, status: int = 200) -> HttpResponse:
    account, address = request.membership.account, client_address(request)
    context = {
        "form": form,
        "address": address,
        "is_outside": not is_allowed(address, account.allowed_networks),
        "history": history.lines(AuditEntry.objects.filter(account=account)[:_ENTRIES]),
        "may_manage": request.membership.may(Can.MANAGE_ACCOUNT),
    }
    return show(request, "security", context, status=status)
