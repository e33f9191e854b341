"""`POST /mcp/whatsgate` with the token as a Bearer, and the manifest that tells where it is."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from messaging.dialects.whatsgate import authentication
from messaging.dialects.whatsgate.mcp import protocol
from messaging.dialects.whatsgate.mcp.resources import resources
from messaging.dialects.whatsgate.mcp.tools import TOOLS
from messaging.dialects.whatsgate.serializers import MOST_MEDIA
from messaging.dialects.whatsgate.views import View
from messaging.edge import MIB, json_response
from tokens.authentication import Caller

ENDPOINT = "/mcp/whatsgate"


class Mcp(View):
    largest_body = MOST_MEDIA // 3 * 4 + MIB  # a tool may be given media as base64

    def identify(self, request: HttpRequest) -> Caller:
        return authentication.identify_bearer(request)

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if request.method == "GET" and "text/html" in request.headers.get("Accept", ""):
            return HttpResponseRedirect(f"{settings.GATEWAY_URL}/docs/mcp")
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: Request) -> HttpResponse:
        reply = protocol.answer(self, self.raw_body, request._request.headers)
        if reply.body is None:
            return HttpResponse(status=reply.status)
        return json_response(reply.body, status=reply.status)


class Manifest(View):
    """What there is, for whoever asks: no token is needed."""

    def identify_and_limit(self, http: HttpRequest) -> None:
        self._who = None

    def take_body(self, http: HttpRequest) -> None:
        """Wait for no body of anybody's."""
        self.raw_body = b""

    def get(self, request: Request) -> HttpResponse:
        return json_response(
            {
                **protocol.server_info(),
                "endpoint": settings.GATEWAY_URL + ENDPOINT,
                "transport": "streamable-http",
                "protocolVersions": [*protocol.HANDSHAKE, protocol.STATELESS],
                "authentication": {"type": "bearer", "header": "Authorization: Bearer <token>"},
                "setup": f"{settings.GATEWAY_URL}/tokens/",
                "tools": [tool.listed() for tool in TOOLS.values()],
                "resources": [resource.listed() for resource in resources().values()],
            }
        )
