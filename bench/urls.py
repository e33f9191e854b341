"""The gateway's routes, `/api/empty`, which does nothing, and `/api/checked`, which only checks its token."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from accounts.addresses import client_address
from gateway.urls import urlpatterns as gateway_urlpatterns
from tokens import quotas, usage
from tokens.authentication import authenticate_token


def empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"{}", content_type="application/json")


def checked(request: HttpRequest) -> HttpResponse:
    """The empty view behind all that a token costs: digest, look-up, limits, note of its use."""
    secret = request.headers["Authorization"].removeprefix("Bearer ")
    address = client_address(request)
    caller = authenticate_token(secret, dialect="startmessaging", address=address)
    quotas.spend_request(caller)
    path = request.path_info
    usage.note_request(caller, method="GET", path=path, dialect="", status=200, reason="", address=address)
    return empty(request)


urlpatterns = [path("api/empty", empty), path("bench/empty", empty), path("api/checked", checked), *gateway_urlpatterns]
