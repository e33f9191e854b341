"""`/auth`: a JWT for an hour, in place of user name and password."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from messaging.dialects.whispir.authentication import SignInDenied
from messaging.dialects.whispir.language import Names
from messaging.dialects.whispir.views import View
from tokens import issuing
from tokens.authentication import Caller
from tokens.errors import Denial
from tokens.scopes import EVERYTHING, Scope

LIFETIME = timedelta(hours=1)


class SigningView(View):
    kind = "auth"
    names = Names("auth")

    def finish(self, response: HttpResponseBase) -> None:
        super().finish(response)
        response["Cache-Control"] = "no-store"


class Auth(SigningView):
    def identify(self, request: HttpRequest) -> Caller:
        """Return the caller by key and password; a JWT is not given for a JWT, or it would never end."""
        caller = super().identify(request)
        if caller.access:
            raise SignInDenied(Denial.MALFORMED, "Sign in with user name and password.", token=caller.token)
        return caller

    def post(self, request: Request) -> HttpResponse:
        """Give the login a JWT with what the key may do: whoever has the password may do at least that."""
        caller = self.caller
        scopes = [Scope.ALL] if caller.scopes == EVERYTHING else sorted(caller.scopes)
        alone = replace(caller, token=None)
        issued = issuing.issue_access(alone, scopes=scopes, ttl=int(LIFETIME.total_seconds()), by=caller.actor())
        response = self.respond({"token": issued.access_jwt, "link": []})
        response["Location"] = self.root_url("auth", "verify")
        return response


class Verify(SigningView):
    def identify(self, request: HttpRequest) -> Caller:
        caller = super().identify(request)
        if caller.access is None:
            raise SignInDenied(Denial.MALFORMED, "There is no token to verify.", token=caller.token)
        return caller

    def get(self, request: Request) -> HttpResponse:
        """The token works: nobody comes here without."""
        return HttpResponse(status=200, content_type=self.form.media_type)
