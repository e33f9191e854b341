"""The API key first, then who signs in: Basic with an API login, or the Bearer that `/auth` gave for one."""

from __future__ import annotations

import base64
import binascii
from dataclasses import replace

from django.conf import settings
from django.http import HttpRequest

from accounts.addresses import client_address
from tokens.authentication import Caller, authenticate_access, authenticate_login, authenticate_token
from tokens.errors import Denial, Denied

NAME = "whispir"
_HEADERS = ("HTTP_X_API_KEY", "HTTP_API_KEY")  # the second is a slip in the vendor's own document


class SignInDenied(Denied):
    """Raised for a wrong login beside a right key, which is another answer than a wrong key."""


def key_of(request: HttpRequest) -> str | None:
    """Return the API key from the header or the query; two that differ are none that could be right."""
    given = {request.META[name].strip() for name in _HEADERS if request.META.get(name)}
    given |= {value.strip() for value in request.GET.getlist("apikey") if value.strip()}
    if len(given) > 1:
        raise Denied(Denial.UNKNOWN)
    return next(iter(given), None)


def is_key_in_query(request: HttpRequest) -> bool:
    """True if the key came in the query alone, so that links must repeat it."""
    return bool(request.GET.get("apikey")) and not any(request.META.get(name) for name in _HEADERS)


def holder_of_key(request: HttpRequest) -> Caller:
    """Return whose key it is; raises Denied."""
    if settings.GATEWAY_WHISPIR_HTTPS_ONLY and not request.is_secure():
        raise Denied(Denial.SCOPE, "This API answers over https alone.")
    try:
        return authenticate_token(key_of(request), dialect=NAME, address=client_address(request))
    except Denied as denied:
        if denied.denial is not Denial.ADDRESS:
            raise
        raise _sign_in(denied) from None


def identify(request: HttpRequest) -> Caller:
    """Return the key's caller together with the login; raises Denied for the key, SignInDenied for the login."""
    holder = holder_of_key(request)
    try:
        login = _signed_in(request)
    except Denied as denied:
        raise _sign_in(denied, token=holder.token) from None
    if login.account.pk != holder.account.pk:
        raise SignInDenied(Denial.UNKNOWN, token=holder.token)
    return replace(holder, login=login.login, access=login.access)


def _sign_in(denied: Denied, token: object = None) -> SignInDenied:
    known = denied.token or token
    return SignInDenied(denied.denial, denied.detail, token=known)  # type: ignore[arg-type]  # a Token or None


def _signed_in(request: HttpRequest) -> Caller:
    scheme, _, credentials = request.META.get("HTTP_AUTHORIZATION", "").strip().partition(" ")
    address = client_address(request)
    if scheme.lower() == "bearer":
        return authenticate_access(credentials.strip() or None, dialect=NAME, address=address)
    return authenticate_login(*basic(scheme, credentials), dialect=NAME, address=address)


def basic(scheme: str, credentials: str) -> tuple[str, str]:
    """Return user name and password; raises Denied for what is no Basic credential."""
    if not scheme:
        raise Denied(Denial.MISSING)
    try:
        text = base64.b64decode(credentials.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        text = ""
    username, colon, password = text.partition(":")
    if scheme.lower() != "basic" or not colon:
        raise Denied(Denial.MALFORMED)
    return username, password
