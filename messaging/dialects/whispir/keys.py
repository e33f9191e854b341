"""`/keys`: the account's tokens. One that is made here is for this API, and can do what the caller's own can."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpResponse
from rest_framework.request import Request

from accounts.models import AuditEntry
from messaging.dialects.whispir import authentication, fields, times
from messaging.dialects.whispir.plain import PlainView
from messaging.dialects.whispir.serializers import read_uuid, render_id, render_uuid
from messaging.dialects.whispir.views import Item
from messaging.errors import Refusal, Refused
from tokens import issuing
from tokens.authentication import Caller
from tokens.errors import Denial, Denied
from tokens.issuing import Changes
from tokens.models import Token
from tokens.scopes import Scope

TYPE = "basic"
KIND = "key"


class KeyView(PlainView):
    needs: ClassVar[Mapping[str, Scope]] = {
        "GET": Scope.TOKENS_LIST,
        "POST": Scope.TOKENS_MANAGE,
        "PUT": Scope.TOKENS_MANAGE,
        "DELETE": Scope.TOKENS_MANAGE,
    }

    def rows(self) -> QuerySet[Token]:
        """The account's tokens that are not revoked, with when something was last done to them."""
        entries = AuditEntry.objects.filter(account=OuterRef("account"), target_type="token", target_id=OuterRef("pk"))
        changed = Subquery(entries.order_by("-pk").values("at")[:1])
        mine = Token.objects.for_account(self.caller.account).filter(revoked_at=None)
        return mine.select_related("account").annotate(changed_at=changed)

    def one(self, id: str) -> Token:
        found = self.rows().filter(pk=read_uuid(KIND, id) or 0).first()
        if found is None:
            raise Refused(Refusal.NOT_FOUND, "There is no such key.")
        return found

    def shown(self, token: Token, secret: str | None = None) -> Item:
        """Return the key; its secret is whole only where it was made just now."""
        changed: datetime = getattr(token, "changed_at", None) or token.created_at
        return {
            "id": render_uuid(KIND, token.pk),
            "type": TYPE,
            "description": token.name,
            "secret": secret or token.masked.replace("•", "*"),
            "enabled": token.paused_at is None,
            "createdTime": times.with_offset(token.created_at),
            "lastModifiedTime": times.with_offset(changed),
        }

    def uri(self, token: Token) -> str:
        return self.root_url("keys", render_uuid(KIND, token.pk))

    def check_type(self) -> None:
        fields.choice(self.payload, "type", (TYPE,), usual=TYPE)

    @property
    def change(self) -> dict[str, Any]:
        return {"by": self.caller.actor(), "grantor": self.caller}


class Keys(KeyView):
    def get(self, request: Request) -> HttpResponse:
        return self.respond({"keys": [self.shown(token) for token in self.rows()]})

    def post(self, request: Request) -> HttpResponse:
        self.check_type()
        name = fields.text(self.payload, "description", required=True)
        made, secret = issuing.create_token(
            account=self.caller.account, name=name, **_same_as(self.caller), **self.change
        )
        ids = {
            "userId": render_id(self.caller.login.pk) if self.caller.login else None,
            "clientId": render_uuid(KIND, self.caller.token.pk) if self.caller.token else None,
            "accountId": render_id(self.caller.account.pk),
        }
        return self.created({**self.shown(made, secret), **ids}, self.uri(made))


class OneKey(KeyView):
    def get(self, request: Request, id: str) -> HttpResponse:
        return self.respond(self.shown(self.one(id)))

    def put(self, request: Request, id: str) -> HttpResponse:
        """Rename the key, pause it or let it work again; what is not given stays, and so does the secret."""
        token = self.one(id)
        self.check_type()
        name = fields.text(self.payload, "description")
        is_enabled = fields.flag(self.payload, "enabled", usual=token.paused_at is None)
        try:
            if name:
                issuing.change_token(token, **Changes(name=name), **self.change)
            (issuing.resume_token if is_enabled else issuing.pause_token)(token, **self.change)
        except Denied as denied:
            raise _about_another(denied) from None
        return self.nothing()

    def delete(self, request: Request, id: str) -> HttpResponse:
        issuing.delete_token(self.one(id), **self.change)
        return self.nothing()


def _same_as(caller: Caller) -> dict[str, Any]:
    """Return what a key has that can do what the caller's can, in this API alone."""
    token = caller.token
    limits = ("type", "scopes", "networks", "expires_at", "requests_per_second")
    return {name: getattr(token, name) for name in limits if token} | {"dialects": [authentication.NAME]}


def _about_another(denied: Denied) -> Denied | Refused:
    """Return that a key was revoked meanwhile as what it is: not the caller's own, which would be another answer."""
    if denied.denial is Denial.REVOKED:
        return Refused(Refusal.NOT_FOUND, "This key was revoked.")
    return denied
