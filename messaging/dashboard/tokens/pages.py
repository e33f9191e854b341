"""What the pages about credentials share: finding a token, asking for a role, showing times in the account's zone."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from accounts.models import Membership
from accounts.permissions import MemberRequest, member_required, must_be_allowed
from accounts.roles import Can
from tokens import issuing
from tokens.errors import Denied
from tokens.models import Token

_LARGEST = 2**63 - 1
P = ParamSpec("P")
View = Callable[Concatenate[MemberRequest, P], HttpResponseBase]


def member_page(action: Can) -> Callable[[View[P]], Callable[Concatenate[HttpRequest, P], HttpResponseBase]]:
    """Let a view be used by members whose role may do `action`; its times are those of their account's zone."""

    def decorate(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @wraps(view)
        def in_zone(request: MemberRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            with timezone.override(request.membership.account.zone):
                return view(request, *args, **kwargs)

        return member_required(action)(in_zone)

    return decorate


def show(request: MemberRequest, template: str, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    return render(request, f"messaging/tokens/{template}.html", context, status=status)


def find(request: MemberRequest, pk: int) -> Token:
    """Return a token of the member's account; raises Http404 for any other."""
    mine = Token.objects.for_account(request.membership.account).select_related("account__plan", "created_by")
    return get_object_or_404(mine, pk=min(pk, _LARGEST))


def find_manageable(request: MemberRequest, pk: int) -> Token:
    """Return a token that the member may change; raises PermissionDenied where their role does not reach."""
    token = find(request, pk)
    if not issuing.may_grant(request.membership, token.type):
        must_be_allowed(request.membership, Can.MANAGE_TOKENS)
    return token


def may_manage(membership: Membership, token: Token) -> bool:
    return issuing.may_grant(membership, token.type)


@contextmanager
def refusals_shown(request: MemberRequest) -> Iterator[None]:
    """Turn a refused change into a message on the next page."""
    try:
        yield
    except Denied as denied:
        messages.error(request, denied.detail)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
