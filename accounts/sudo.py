"""Asking for the password or passkey again before something that matters.

A proof (signing in, or proving it again) counts for `ACCOUNT_REAUTHENTICATION_TIMEOUT` seconds. A form posted
without one is kept in the session, and goes on by itself once the person has proved who they are.
"""

import time
from collections.abc import Callable
from copy import copy
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar
from urllib.parse import urlencode

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import STATE_SESSION_KEY, did_recently_reauthenticate
from allauth.core.internal.httpkit import serialize_request
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}

P = ParamSpec("P")
R = TypeVar("R", bound=HttpRequest)
View = Callable[Concatenate[R, P], HttpResponseBase]


def has_recent_proof(request: HttpRequest) -> bool:
    """True if the person signed in, or proved it again, within the last 15 minutes.

    Also true for somebody who has neither password nor passkey: there is nothing to ask them for.
    """
    records = get_authentication_records(request, request.user)
    since = time.time() - app_settings.REAUTHENTICATION_TIMEOUT
    return bool(records and records[-1]["at"] > since) or did_recently_reauthenticate(request)


def ask_for_proof(request: HttpRequest) -> HttpResponse | None:
    """Return the redirect to the page that asks, having kept the posted form; None if no proof is missing."""
    if has_recent_proof(request):
        return None
    if request.method == "POST":
        request.session[STATE_SESSION_KEY] = {"request": serialize_request(_as_plain_form(request))}
    ways = get_adapter().get_reauthentication_methods(request.user)
    page = ways[0]["url"] if ways else reverse("account_login")
    # Only the path: allauth goes on with a kept form where its path equals `next`; its query is kept with it.
    target = f"{page}?{urlencode({'next': request.path})}"
    if "HX-Request" in request.headers:
        return HttpResponseClientRedirect(target)
    return HttpResponseRedirect(target)


def _as_plain_form(request: HttpRequest) -> HttpRequest:
    """Return the request as a browser without htmx would have posted it: its answer will be a whole page."""
    plain = copy(request)
    plain.META = {name: value for name, value in request.META.items() if not name.startswith("HTTP_HX_")}
    return plain


def recently_proved(view: View[R, P]) -> View[R, P]:
    """Let only people with a recent proof post to a view; reading it needs none.

    Works on functions, and through `method_decorator` on a class; goes below `member_required`.
    """

    @wraps(view)
    def asking(request: R, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if request.method not in SAFE_METHODS and (asked := ask_for_proof(request)):
            return asked
        return view(request, *args, **kwargs)

    return asking
