"""`/auth/token`: JWTs for API logins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request

from accounts.addresses import client_address
from messaging.dialects.smsgate import authentication, times
from messaging.dialects.smsgate.serializers import NewToken
from messaging.dialects.smsgate.views.base import View, done
from messaging.edge import json_response
from messaging.errors import Refusal, Refused
from tokens import issuing
from tokens.authentication import Caller
from tokens.jwt import Issued
from tokens.scopes import Scope


class TokenView(View):
    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if authentication.is_local():
            raise Refused(Refusal.NOT_OFFERED, "token service disabled, contact your administrator")
        super().initial(request, *args, **kwargs)


class Tokens(TokenView):
    needs: ClassVar[Mapping[str, Scope]] = {"POST": Scope.TOKENS_MANAGE}

    def post(self, request: Request) -> HttpResponse:
        asked = self.read(NewToken)
        issued = issuing.issue_access(self.caller, scopes=asked.scopes, ttl=asked.ttl, by=self.caller.actor())
        return _answer(issued)


class Refresh(TokenView):
    """Its credential is the refresh token itself."""

    def identify(self, request: HttpRequest) -> Caller:
        """Return the caller of any other credential, none of which may do this; raises Denied."""
        caller = super().identify(request)
        caller.require(Scope.TOKENS_REFRESH)
        return caller

    def identify_and_limit(self, http: HttpRequest) -> None:
        scheme, self.refresh_token = authentication.credential(http)
        if scheme != "bearer":
            super().identify_and_limit(http)
        elif http.method not in self.allowed_methods:
            raise Refused(Refusal.METHOD, f"{http.method} is not allowed here.")

    def take_body(self, http: HttpRequest) -> None:
        """Wait for no body: none is needed, and whoever asks may be anybody still."""
        self.raw_body = b""

    def post(self, request: Request) -> HttpResponse:
        http = request._request
        return _answer(issuing.refresh_access(self.refresh_token, dialect=self.dialect, address=client_address(http)))


class OneToken(TokenView):
    needs: ClassVar[Mapping[str, Scope]] = {"DELETE": Scope.TOKENS_MANAGE}

    def delete(self, request: Request, jti: str) -> HttpResponse:
        account, actor = self.caller.account, self.caller.actor()
        issuing.revoke_access(account, jti, by=actor, grantor=self.caller)
        return done()


def _answer(issued: Issued) -> HttpResponse:
    """Show the pair, in both spellings that clients know."""
    pair = {
        "token_type": "Bearer",
        "access_token": issued.access_jwt,
        "refresh_token": issued.refresh_jwt,
        "expires_at": times.whole_seconds(issued.access.expires_at),
    }
    camel = {
        "tokenType": pair["token_type"],
        "accessToken": pair["access_token"],
        "refreshToken": pair["refresh_token"],
        "expiresAt": pair["expires_at"],
    }
    response = json_response({"id": issued.access.jti, **pair, **camel}, status=201)
    response["Cache-Control"] = "no-store"
    return response
