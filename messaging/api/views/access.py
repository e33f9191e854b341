"""The JWTs of an API login: seen, and ended. A login makes them itself, where its dialect has a way to."""

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from messaging.api.serializers import credentials as out
from messaging.api.serializers.lists import Paging
from messaging.api.views.base import find, show
from messaging.api.views.credentials import Credentials
from messaging.errors import Refusal, Refused
from tokens import issuing
from tokens.models import AccessToken


class OfLogin(Credentials):
    def access_tokens(self, login_id: str) -> QuerySet[AccessToken]:
        return AccessToken.objects.filter(login=find(self.logins(), login_id))


class AccessTokens(OfLogin):
    @extend_schema(
        operation_id="list_access_tokens",
        summary="List the access tokens (JWTs) of an API login",
        parameters=[Paging],
        responses=out.AccessTokenPage,
    )
    def get(self, request: Request, id: str) -> HttpResponse:
        return self.list_all(self.access_tokens(id), out.AccessTokenOut)


class RevokeAccess(OfLogin):
    @extend_schema(
        operation_id="revoke_access_token",
        summary="End an access token (JWT) and its refresh token for good",
        request=None,
        responses=out.AccessTokenOut,
    )
    def post(self, request: Request, id: str, jti: str) -> HttpResponse:
        access = self.access_tokens(id).filter(jti=jti).first()
        if access is None:
            raise Refused(Refusal.NOT_FOUND)
        issuing.revoke_access(self.caller.account, jti, **self.change)
        access.refresh_from_db()
        return show(out.AccessTokenOut, access)
