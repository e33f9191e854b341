"""`/users`: the people of the account. They are invited, changed and removed in the dashboard; here they are shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import Case, F, QuerySet, Value, When
from django.db.models.functions import Left, Length, Reverse, Right, StrIndex
from django.http import HttpResponse
from rest_framework.request import Request

from accounts.models import User
from messaging.dialects.whispir.kept import Kept, Listed, Single
from messaging.dialects.whispir.language import Names
from messaging.dialects.whispir.serializers import render_id
from messaging.dialects.whispir.views import Item
from tokens.errors import Denial, Denied
from tokens.scopes import Scope

_ACTIVE = ("A", "ACTIVE")
_NAMES: Mapping[str, Any] = {  # each made of those before it; who has no name is called as their e-mail begins
    "called": Case(When(name="", then=Left("email", StrIndex("email", Value("@")) - 1)), default="name"),
    "blank": StrIndex(Reverse("called"), Value(" ")),  # from the end; 0 where there is none
    "first": Case(When(blank=0, then="called"), default=Left("called", Length("called") - F("blank"))),
    "last": Case(When(blank__gt=1, then=Right("called", F("blank") - 1)), default=Value("")),
}


class UserView(Kept[User]):
    kind = "user"
    names = Names("user", "users", "users")
    needs: ClassVar[Mapping[str, Scope]] = {"GET": Scope.SETTINGS_READ}
    path = "users"
    called = "user"
    order = ("pk",)
    searchable: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(("username", "workemailaddress1"), "email"),
        "firstname": "first",
        "lastname": "last",
        "companyname": "company",
        "workmobilephone1": "mobile",
    }

    def rows(self) -> QuerySet[User]:
        """The people who may sign in; those of another status are not shown, whatever is asked for."""
        asked = self.asked("status").upper()
        account = self.caller.account
        mine = User.objects.filter(memberships__account=account, is_active=True).annotate(**_NAMES)
        mine = mine.annotate(company=Value(account.name), mobile=Value(""))  # what is the same for all is searched too
        return mine if not asked or asked in _ACTIVE else mine.none()

    def uri(self, row: User) -> str:
        return self.root_url(self.path, render_id(row.pk))

    def brief(self, row: User) -> Item:
        return {
            "id": render_id(row.pk),
            "firstName": getattr(row, "first", ""),
            "lastName": getattr(row, "last", ""),
            "companyName": self.caller.account.name,
            "workEmailAddress1": row.email,
            "workMobilePhone1": "",
            "link": self.links(row, update="updateUser", delete="deleteUser"),
        }

    def whole(self, row: User) -> Item:
        told = dict(self.brief(row))
        link = told.pop("link")
        account = self.caller.account
        return {
            **told,
            "userName": row.email,
            "timezone": account.time_zone,
            "workCountry": account.default_region,
            "status": "ACTIVE",
            "link": link,
        }

    def refuse_change(self) -> HttpResponse:
        raise Denied(Denial.ROLE, "People are invited, changed and removed in the dashboard.")


class Users(Listed[User], UserView):
    def post(self, request: Request, **of: Any) -> HttpResponse:
        return self.refuse_change()

    def delete(self, request: Request, **of: Any) -> HttpResponse:
        """Never: this would be everybody."""
        return self.refuse_change()


class UsersOfWorkspace(Listed[User], UserView):
    """All people of an account are in all of its workspaces."""

    def post(self, request: Request, **of: Any) -> HttpResponse:
        return self.refuse_change()


class OneUser(Single[User], UserView):
    def put(self, request: Request, id: str, **of: Any) -> HttpResponse:
        return self.refuse_change()

    def delete(self, request: Request, id: str, **of: Any) -> HttpResponse:
        return self.refuse_change()
