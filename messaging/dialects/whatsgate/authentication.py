"""A token in the header `Access-Token`, without a scheme word, and nowhere else."""

from django.http import HttpRequest

from accounts.addresses import client_address
from tokens.authentication import Caller, authenticate_token


def identify_bearer(request: HttpRequest) -> Caller:
    """Return who is asking where the protocol wants `Authorization: Bearer`; raises Denied."""
    scheme, _, secret = request.META.get("HTTP_AUTHORIZATION", "").strip().partition(" ")
    given = secret.strip() if scheme.lower() == "bearer" else None
    return authenticate_token(given, dialect="whatsgate", address=client_address(request))


def identify(request: HttpRequest) -> Caller:
    """Return who is asking; raises Denied."""
    secret = request.META.get("HTTP_ACCESS_TOKEN")
    return authenticate_token(secret, dialect="whatsgate", address=client_address(request))
