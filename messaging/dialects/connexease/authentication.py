"""`Authorization: Bearer <API key>`: no header and a header of another form are told apart."""

from __future__ import annotations

import logging

from django.http import HttpRequest

from accounts.addresses import client_address
from messaging.errors import Refusal, Refused
from tokens.authentication import Caller, authenticate_token
from tokens.errors import Denial, Denied

log = logging.getLogger(__name__)
FAILED, CORRUPT = "AUTH_004", "AUTH_005"
_NO_SENSE = (ValueError, TypeError, LookupError, AttributeError)  # what a stored row that makes no sense raises


def identify(request: HttpRequest) -> Caller:
    """Return who is asking.

    Raises Denied, or Refused(INTERNAL) with the vendor's `code` among its params where a key could not be looked
    up (AUTH_004) or what is stored of it makes no sense (AUTH_005).
    """
    try:
        return _caller_of(request)
    except Denied:
        raise
    except Exception as error:
        log.exception("a key could not be checked")
        code = CORRUPT if isinstance(error, _NO_SENSE) else FAILED
        raise Refused(Refusal.INTERNAL, params={"code": code}) from error


def _caller_of(request: HttpRequest) -> Caller:
    header = request.META.get("HTTP_AUTHORIZATION")
    if header is None:
        raise Denied(Denial.MISSING)
    scheme, _, secret = header.strip().partition(" ")
    if scheme.lower() != "bearer" or not secret:
        raise Denied(Denial.MALFORMED)
    return authenticate_token(secret.strip(), dialect="connexease", address=client_address(request))
