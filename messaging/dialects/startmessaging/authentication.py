"""`Authorization: Bearer <API key>`."""

from django.http import HttpRequest

from accounts.addresses import client_address
from tokens.authentication import Caller, authenticate_token
from tokens.errors import Denial, Denied


def caller_of(request: HttpRequest) -> Caller:
    """Return who is asking; raises Denied."""
    header = request.META.get("HTTP_AUTHORIZATION")
    if not header:
        raise Denied(Denial.MISSING)
    scheme, _, secret = header.strip().partition(" ")
    if scheme.lower() != "bearer" or not secret:
        raise Denied(Denial.MALFORMED)
    return authenticate_token(secret.strip(), dialect="startmessaging", address=client_address(request))
