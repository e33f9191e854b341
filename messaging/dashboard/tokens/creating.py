"""Making a token, and showing its secret this once."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.addresses import client_address
from accounts.audit import person
from accounts.permissions import MemberRequest
from accounts.roles import Can
from accounts.sudo import ask_for_proof, has_recent_proof
from messaging import content
from messaging.dashboard.tokens import once
from messaging.dashboard.tokens.curl import commands
from messaging.dashboard.tokens.pages import find, find_manageable, may_manage, member_page, show
from messaging.dashboard.tokens.preview import Preview
from messaging.dashboard.tokens.token_form import TokenForm
from messaging.dashboard.tokens.wording import TYPES
from messaging.dashboard.wording import STATES
from messaging.models import Message
from tokens import issuing
from tokens.errors import Denied
from tokens.models import Token, TokenRequest
from tokens.scopes import KeyType


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member_page(Can.MANAGE_TEST_TOKENS)
def new(request: MemberRequest) -> HttpResponse:
    """Make a token; the answer to the form shows its secret. Sent again, the form makes no second one."""
    membership, address = request.membership, client_address(request)
    if request.method != "POST":
        empty = TokenForm(membership=membership, address=address)
        filled = empty.prefilled(request.GET)
        return _form(request, TokenForm(membership=membership, address=address, initial=filled))
    if made := once.made_with(request):
        return redirect("token-shown", pk=made)
    form = TokenForm(request.POST, membership=membership, address=address)
    if not form.is_valid():
        return _form(request, form, status=422)
    type = form.cleaned_data["type"]
    if type == KeyType.PRODUCTION and (asked := ask_for_proof(request)):
        return asked
    try:
        token, secret = issuing.create_token(
            account=membership.account, type=type, by=person(request), grantor=membership, **form.asked()
        )
    except Denied as denied:
        form.add_error(None, denied.detail)
    except ValidationError as error:
        form.add_error(None, error.messages)
    else:
        once.remember(request, token.pk)
        return reveal(request, token, secret)
    return _form(request, form, status=422)


def _form(request: MemberRequest, form: TokenForm, *, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "preview": Preview.asked(form if form.is_bound else form.posted()),
        "once": once.word(),
        "asks_for_proof": not has_recent_proof(request),
        "lacks_production": not request.membership.may(Can.MANAGE_TOKENS),
        "live": form.account.tokens.live().count(),
        "most": form.account.plan.max_tokens,
    }
    return show(request, "new", context, status=status)


@require_POST
@member_page(Can.MANAGE_TEST_TOKENS)
def summary(request: MemberRequest, pk: int | None = None) -> HttpResponse:
    """Say what the form would make, while it is being filled in."""
    token = find(request, pk) if pk else None
    address = client_address(request)
    form = TokenForm(request.POST, membership=request.membership, address=address, token=token)
    return show(request, "preview", {"preview": Preview.asked(form)})


def reveal(request: MemberRequest, token: Token, secret: str) -> HttpResponse:
    """Show a secret. It is in this answer, which no cache may keep (`never_cache`), and nowhere else."""
    context = {
        "token": token,
        "secret": secret,
        "type": TYPES[token.type],
        "preview": Preview.of(token),
        "commands": commands(token.account, token.dialects),
        "first": None,
    }
    return show(request, "reveal", context)


@require_GET
@member_page(Can.SEE)
def shown(request: MemberRequest, pk: int) -> HttpResponse:
    """What is left of the page that showed a secret once."""
    token = find(request, pk)
    return show(request, "shown", {"token": token, "may_manage": may_manage(request.membership, token)})


@dataclass(frozen=True, slots=True)
class First:
    """The first thing that came with a new secret: the latest request, and the message if one was accepted."""

    request: TokenRequest
    message: Message | None

    def context(self) -> dict[str, Any]:
        found: dict[str, Any] = {"first": self}
        if self.message:
            found["state"] = STATES[self.message.state]
            found["text"] = content.summary(self.message.kind, self.message.content)
        return found


@require_GET
@member_page(Can.SEE)
def first_request(request: MemberRequest, pk: int) -> HttpResponse:
    """Answer the page that waits for a new secret's first request; nothing where nothing has changed."""
    token = find_manageable(request, pk)
    latest = token.requests.filter(at__gte=token.secret_made_at).first()
    if latest is None or request.GET.get("seen") == str(latest.pk):
        return HttpResponse(status=204)
    mine = Message.objects.for_account(token.account).filter(token=token).made_between(token.secret_made_at)
    first = First(latest, mine.order_by("pk").first())
    return show(request, "first", {"token": token, **first.context()})
