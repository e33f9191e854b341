"""What a dashboard view may ask of the person before it: sign-in, an account, a role."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from accounts.models import Account, Membership, User
from accounts.roles import Can, Role

P = ParamSpec("P")


class MemberRequest(HttpRequest):
    """A request behind `member_required`: somebody is signed in and works in an account."""

    user: User
    membership: Membership


View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]
MemberView = Callable[Concatenate[MemberRequest, P], HttpResponseBase]


def member_required(action: Can) -> Callable[[MemberView[P]], View[P]]:
    """Let a view be used by members whose role may do `action`.

    Others are led to sign-in, told that they are in no account, or told whom to ask.
    """

    def decorate(view: MemberView[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            membership: Membership | None = getattr(request, "membership", None)
            if not membership:
                may_open = settings.GATEWAY_SIGNUP == "open"
                return render(request, "accounts/no_account.html", {"may_open": may_open}, status=403)
            must_be_allowed(membership, action)
            return view(cast("MemberRequest", request), *args, **kwargs)

        return guarded

    return decorate


def must_be_allowed(membership: Membership, action: Can) -> None:
    """Raise PermissionDenied, naming an owner to ask, unless the member's role may do `action`."""
    if not membership.may(action):
        raise PermissionDenied(f"Ask {_owner_of(membership.account)} (owner).")


def _owner_of(account: Account) -> str:
    owner = account.memberships.filter(role=Role.OWNER).select_related("user").first()
    return owner.user.get_full_name() if owner else "an operator"
