"""Tokens and logins for operators: to find, pause and end. Nothing here shows, makes or changes a secret."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Protocol

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.audit import Actor, person
from tokens import issuing
from tokens.errors import Denied
from tokens.issuing import Granting
from tokens.models import AccessToken, ApiLogin, Token


class Verb(Protocol):
    def __call__(self, credential: Any, /, *, by: Actor, grantor: Granting) -> object: ...


class ByState(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"
    states: ClassVar[dict[str, Callable[[], Q]]]

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, str]]:
        return [(state, state.capitalize()) for state in self.states]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.states.get(self.value() or "")
        return queryset.filter(chosen()) if chosen else queryset


def _expired() -> Q:
    return Q(revoked_at=None, expires_at__lte=timezone.now())


class ByTokenState(ByState):
    states = {
        "active": lambda: Q(revoked_at=None, paused_at=None) & ~_expired(),
        "paused": lambda: Q(revoked_at=None, paused_at__isnull=False) & ~_expired(),
        "expired": _expired,
        "revoked": lambda: Q(revoked_at__isnull=False),
    }


class ByLoginState(ByState):
    states = {"active": lambda: Q(revoked_at=None), "revoked": lambda: Q(revoked_at__isnull=False)}


class ByAccessState(ByState):
    states = {
        "active": lambda: Q(revoked_at=None, expires_at__gt=timezone.now()),
        "expired": _expired,
        "revoked": lambda: Q(revoked_at__isnull=False),
    }


class Reading(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable when it runs
    """What is read here, and changed by actions alone."""

    list_select_related = ("account",)
    list_per_page = 50
    show_full_result_count = False
    actions: Sequence[str] = ["revoke"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Actions ask for the permission to change, although there is no form."""
        return super().has_change_permission(request)

    def operate(self, request: HttpRequest, chosen: QuerySet[Any], verb: Verb, done: str) -> None:
        """Apply a verb of `issuing` to each chosen row, as the operator."""
        by = person(request, proof="admin")
        count = 0
        for credential in chosen:
            try:
                verb(credential, by=by, grantor=None)
                count += 1
            except Denied as denied:
                self.message_user(request, f"{credential}: {denied}", level="warning")
        self.message_user(request, f"{done} {count}.")


@admin.register(Token)
class TokenAdmin(Reading):
    list_display = ("name", "account", "type", "masked", "state", "last_used_at", "expires_at")
    list_filter = ("type", ByTokenState)
    search_fields = ("name", "account__name", "lookup__startswith")
    search_help_text = "A name, an account, or how the key begins."
    actions = ["revoke", "pause", "resume"]
    fields = (
        "name", "account", "type", "masked", "state", "scopes", "networks", "dialects", "requests_per_second",
        "created_by", "created_at", "secret_made_at", "overlap_until", "expires_at", "paused_at", "revoked_at",
        "deleted_at", "last_used_at", "last_used_address",
    )  # fmt: skip

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Token], search_term: str
    ) -> tuple[QuerySet[Token], bool]:
        """Take a masked key as the pages show it: what stands before the dots is looked for."""
        return super().get_search_results(request, queryset, search_term.partition("•")[0])

    @admin.action(description="Revoke", permissions=["operate"])
    def revoke(self, request: HttpRequest, chosen: QuerySet[Token]) -> None:
        self.operate(request, chosen, issuing.revoke_token, "Revoked")

    @admin.action(description="Pause", permissions=["operate"])
    def pause(self, request: HttpRequest, chosen: QuerySet[Token]) -> None:
        self.operate(request, chosen, issuing.pause_token, "Paused")

    @admin.action(description="Resume", permissions=["operate"])
    def resume(self, request: HttpRequest, chosen: QuerySet[Token]) -> None:
        self.operate(request, chosen, issuing.resume_token, "Resumed")


@admin.register(ApiLogin)
class ApiLoginAdmin(Reading):
    list_display = ("name", "account", "username", "state", "last_used_at")
    list_filter = (ByLoginState,)
    search_fields = ("name", "account__name", "username")
    fields = (
        "name", "account", "username", "state", "created_by", "created_at", "secret_made_at", "revoked_at",
        "last_used_at", "last_used_address",
    )  # fmt: skip

    @admin.action(description="Revoke", permissions=["operate"])
    def revoke(self, request: HttpRequest, chosen: QuerySet[ApiLogin]) -> None:
        self.operate(request, chosen, issuing.revoke_login, "Revoked")


def _revoke_access(access: AccessToken, /, *, by: Actor, grantor: Granting) -> object:
    return issuing.revoke_access(access.account, access.jti, by=by, grantor=grantor)


@admin.register(AccessToken)
class AccessTokenAdmin(Reading):
    list_select_related = ("login__account",)
    list_display = ("jti", "login", "account", "state", "created_at", "expires_at", "last_used_at")
    list_filter = (ByAccessState,)
    search_fields = ("jti", "login__username", "login__account__name")
    fields = (
        "jti", "login", "account", "state", "scopes", "created_at", "expires_at", "refresh_expires_at",
        "refresh_used_at", "revoked_at", "last_used_at", "last_used_address",
    )  # fmt: skip

    @admin.action(description="Revoke", permissions=["operate"])
    def revoke(self, request: HttpRequest, chosen: QuerySet[AccessToken]) -> None:
        self.operate(request, chosen, _revoke_access, "Revoked")
