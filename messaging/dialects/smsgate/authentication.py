"""`Authorization: Basic` with an API login, or `Bearer` with a JWT that was issued to one."""

from __future__ import annotations

import binascii
from base64 import b64decode

from django.conf import settings
from django.http import HttpRequest

from accounts.addresses import client_address
from tokens.authentication import Caller, authenticate_access, authenticate_login
from tokens.errors import Denial, Denied

NAME = "smsgate"


def caller_of(request: HttpRequest) -> Caller:
    """Return who is asking; raises Denied."""
    scheme, secret = credential(request)
    if scheme == "basic":
        return login_of(request, secret)
    if scheme != "bearer":
        raise Denied(Denial.MALFORMED)
    if is_local():
        raise Denied(Denial.UNKNOWN, "This server takes no access tokens.")
    return authenticate_access(secret, dialect=NAME, address=client_address(request))


def credential(request: HttpRequest) -> tuple[str, str]:
    """Return the scheme, in lower case, and what stands after it; raises Denied(MISSING)."""
    header = request.META.get("HTTP_AUTHORIZATION", "").strip()
    if not header:
        raise Denied(Denial.MISSING)
    scheme, _, secret = header.partition(" ")
    return scheme.lower(), secret.strip()


def login_of(request: HttpRequest, encoded: str) -> Caller:
    """Return the caller behind `user:password` in base64; raises Denied."""
    try:
        username, colon, password = b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise Denied(Denial.MALFORMED) from None
    if not colon:
        raise Denied(Denial.MALFORMED)
    return authenticate_login(username, password, dialect=NAME, address=client_address(request))


def is_local() -> bool:
    """True where this API is as a phone's own local server has it: without access tokens."""
    return bool(settings.GATEWAY_SMSGATE_MODE == "local")
