"""Who asks: `Authorization: Bearer <token>`."""

from django.http import HttpRequest

from accounts.addresses import client_address
from messaging.dialect import OWN_API
from tokens.authentication import Caller, authenticate_token
from tokens.errors import Denial, Denied


def identify(request: HttpRequest) -> Caller:
    """Return the token's caller; raises Denied."""
    header = request.META.get("HTTP_AUTHORIZATION", "")
    scheme, _, secret = header.partition(" ")
    if header and scheme.lower() != "bearer":
        raise Denied(Denial.MALFORMED)
    return authenticate_token(secret.strip() or None, dialect=OWN_API, address=client_address(request))
