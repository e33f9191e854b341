"""Tokens and API logins, over the same verbs as the dashboard's and the admin's."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request

from messaging import dialect
from messaging.api import errors, examples
from messaging.api.serializers import credentials as out
from messaging.api.serializers.lists import Paging
from messaging.api.views.base import View, find, show
from messaging.dialect import Problem
from tokens import issuing
from tokens.errors import Denial, Denied
from tokens.models import ApiLogin, Token
from tokens.scopes import Scope

_OVERLAPS = dict(zip(out.OVERLAPS, issuing.OVERLAPS, strict=True))


class Credentials(View):
    """A token gives, and takes away, at most what it has itself."""

    needs: ClassVar[dict[str, Scope]] = {
        "GET": Scope.TOKENS_LIST,
        "POST": Scope.TOKENS_MANAGE,
        "PATCH": Scope.TOKENS_MANAGE,
        "DELETE": Scope.TOKENS_MANAGE,
    }

    @property
    def change(self) -> dict[str, Any]:
        """Who makes a change, for every verb."""
        return {"by": self.caller.actor(), "grantor": self.caller}

    def refuse(self, problem: Problem) -> HttpResponse:
        is_about_another = isinstance(problem, Denied) and problem.denial is Denial.REVOKED and hasattr(self, "caller")
        return errors.answer(problem, errors.ENDED if is_about_another else None)

    def tokens(self) -> QuerySet[Token]:
        return Token.objects.for_account(self.caller.account).select_related("account")

    def logins(self) -> QuerySet[ApiLogin]:
        return ApiLogin.objects.filter(account=self.caller.account).select_related("account")


class Tokens(Credentials):
    @extend_schema(operation_id="list_tokens", summary="List tokens", parameters=[Paging], responses=out.TokenPage)
    def get(self, request: Request) -> HttpResponse:
        return self.list_all(self.tokens(), out.TokenOut)

    @extend_schema(
        operation_id="create_token",
        summary="Create a token",
        description="The answer is the only one that ever holds its secret.",
        request=out.TokenIn,
        examples=examples.CREATE_TOKEN,
        responses={201: out.TokenWithSecret},
    )
    def post(self, request: Request) -> HttpResponse:
        asked = self.asked(out.TokenIn)
        known = dialect.names()
        token, secret = issuing.create_token(account=self.caller.account, known_dialects=known, **asked, **self.change)
        response = show(out.TokenOut, token, status=201, secret=secret)
        response.headers["Location"] = f"/api/v1/tokens/{token.pk}"
        return response


class OneToken(Credentials):
    @extend_schema(operation_id="read_token", summary="Read a token", responses=out.TokenOut)
    def get(self, request: Request, id: str) -> HttpResponse:
        return show(out.TokenOut, find(self.tokens(), id))

    @extend_schema(
        operation_id="change_token",
        summary="Rename a token or change what it may do",
        request=out.TokenChange,
        examples=examples.CHANGE_TOKEN,
        responses=out.TokenOut,
    )
    def patch(self, request: Request, id: str) -> HttpResponse:
        token = find(self.tokens(), id)
        asked = self.asked(out.TokenChange, partial=True)
        issuing.change_token(token, known_dialects=dialect.names(), **asked, **self.change)
        return show(out.TokenOut, token)

    @extend_schema(
        operation_id="delete_token",
        summary="Revoke a token and take it off the lists",
        description="Its messages and its history stay.",
        responses={204: None},
    )
    def delete(self, request: Request, id: str) -> HttpResponse:
        issuing.delete_token(find(self.tokens(), id), **self.change)
        return HttpResponse(status=204)


class Regenerate(Credentials):
    @extend_schema(
        operation_id="regenerate_token",
        summary="Give a token a new secret",
        description="The old one ends now, or works for 24 hours or 7 days more.",
        request=out.Overlap,
        examples=examples.REGENERATE_TOKEN,
        responses=out.TokenWithSecret,
    )
    def post(self, request: Request, id: str) -> HttpResponse:
        token = find(self.tokens(), id)
        overlap = self.asked(out.Overlap)["overlap"] if self.raw_body else "now"
        secret = issuing.regenerate_token(token, overlap=_OVERLAPS[overlap], **self.change)
        return show(out.TokenOut, token, secret=secret)


class TokenVerb(Credentials):
    """One change of a token that needs nothing but its id."""

    verb: ClassVar[Callable[..., Token]]

    def post(self, request: Request, id: str) -> HttpResponse:
        token = find(self.tokens(), id)
        type(self).verb(token, **self.change)
        return show(out.TokenOut, token)


def _described(name: str, summary: str) -> Any:
    operation = extend_schema(operation_id=name, summary=summary, request=None, responses=out.TokenOut)
    return extend_schema_view(post=operation)


@_described("pause_token", "Refuse a token's requests for now")
class Pause(TokenVerb):
    verb = issuing.pause_token


@_described("resume_token", "Accept a paused token again")
class Resume(TokenVerb):
    verb = issuing.resume_token


@_described("revoke_token", "End a token for good")
class Revoke(TokenVerb):
    verb = issuing.revoke_token


class Logins(Credentials):
    @extend_schema(operation_id="list_logins", summary="List API logins", parameters=[Paging], responses=out.LoginPage)
    def get(self, request: Request) -> HttpResponse:
        return self.list_all(self.logins(), out.LoginOut)

    @extend_schema(
        operation_id="create_login",
        summary="Create an API login",
        description="A login may do everything, so only a token without limits can make one. The answer is the only "
        "one that ever holds its password.",
        request=out.LoginIn,
        examples=examples.CREATE_LOGIN,
        responses={201: out.LoginWithPassword},
    )
    def post(self, request: Request) -> HttpResponse:
        name = self.asked(out.LoginIn)["name"]
        login, password = issuing.create_login(account=self.caller.account, name=name, **self.change)
        return show(out.LoginOut, login, status=201, password=password)


class RenewLogin(Credentials):
    @extend_schema(
        operation_id="renew_login",
        summary="Give an API login a new password",
        request=None,
        responses=out.LoginWithPassword,
    )
    def post(self, request: Request, id: str) -> HttpResponse:
        login = find(self.logins(), id)
        password = issuing.renew_login(login, **self.change)
        login.refresh_from_db()
        return show(out.LoginOut, login, password=password)


class RevokeLogin(Credentials):
    @extend_schema(
        operation_id="revoke_login", summary="End an API login for good", request=None, responses=out.LoginOut
    )
    def post(self, request: Request, id: str) -> HttpResponse:
        login = find(self.logins(), id)
        issuing.revoke_login(login, **self.change)
        return show(out.LoginOut, login)
