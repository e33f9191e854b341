"""People and accounts for operators. What has rules is changed through the same verbs as in the dashboard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import BaseUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.db import models, transaction
from django.forms import ModelChoiceField, ModelForm, ModelMultipleChoiceField
from django.http import HttpRequest, HttpResponse

from accounts.audit import person, record
from accounts.models import Account, AuditEntry, Invitation, Membership, Plan, User
from accounts.opening import (
    NotPossible,
    change_role,
    join_account,
    remove_member,
    resume_account,
    revoke_invitation,
    suspend_account,
)
from accounts.roles import Role

# Libraries show these of their own accord: second-factor secrets, sessions, and groups that mean nothing here.
for shown in (Authenticator, UserSession, Group, EmailAddress):
    admin.site.unregister(shown)

admin.site.site_header = admin.site.site_title = f"{settings.GATEWAY_NAME} operators"

# Operators sign in where everybody does: the same limits and the same second factor.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # how allauth asks for it


class Kept(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable when it runs
    """Rows that are never deleted here: history hangs on them."""

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class ReadOnly(Kept):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


def _record(
    request: HttpRequest, obj: models.Model, form: ModelForm[Any], change: bool, account: Account | None = None
) -> None:
    """Write down what an operator made or changed, from what and to what; never a password."""
    if not change or form.changed_data:
        names = [name for name in form.changed_data if not name.startswith("password")]
        changes = {name: [_said(form, name, form.initial), _said(form, name, form.cleaned_data)] for name in names}
        action = f"{obj._meta.model_name}.{'changed' if change else 'made'}"
        by = person(request, proof="admin")
        record(account=account, actor=by, action=action, target=obj, changes=changes)


def _said(form: ModelForm[Any], name: str, values: Mapping[str, Any]) -> Any:
    """Return a field's value as an entry can say it; rows by what they are called."""
    value, field = values.get(name), form.fields[name]
    if isinstance(field, ModelMultipleChoiceField):
        return sorted(str(row) for row in value or ())
    if isinstance(field, ModelChoiceField) and not isinstance(value, models.Model):
        value = field.queryset.filter(pk=value).first() if value and field.queryset else None
    return str(value) if isinstance(value, models.Model) else value


class NewUser(BaseUserCreationForm):  # type: ignore[type-arg]  # not subscriptable when it runs
    class Meta:
        model = User
        fields = ("email",)

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()
        return email


class ChangedUser(UserChangeForm):  # type: ignore[type-arg]  # not subscriptable when it runs
    class Meta:
        model = User
        fields = "__all__"
        field_classes: ClassVar[dict[str, Any]] = {}


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg]  # not subscriptable when it runs
    """Read-only here; Memberships is where they change."""

    model = Membership
    fields = ("account", "user", "role", "created_at")
    readonly_fields = fields
    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(Kept, DjangoUserAdmin):  # type: ignore[type-arg]  # not subscriptable when it runs
    form = ChangedUser
    add_form = NewUser
    list_display = ("email", "name", "is_active", "is_staff", "date_joined", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser")
    search_fields = ("email", "name")
    ordering = ("email",)
    readonly_fields = ("date_joined", "last_login")
    inlines = (MembershipInline,)
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        ("May", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Times", {"fields": ("date_joined", "last_login")}),
    )
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("email", "password1", "password2")}),)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """An address changes on the person's own page, where it is verified; only superusers give rights."""
        fixed = self.readonly_fields + (("email",) if obj else ())
        rights = ("is_staff", "is_superuser", "groups", "user_permissions")
        return fixed if request.user.is_superuser else fixed + rights

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Whoever sets a superuser's password can become one."""
        is_above = obj is not None and obj.is_superuser and not request.user.is_superuser
        return super().has_change_permission(request, obj) and not is_above

    def save_model(self, request: HttpRequest, obj: User, form: ModelForm[User], change: bool) -> None:
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            if not change:
                EmailAddress.objects.create(user=obj, email=obj.email, verified=True, primary=True)
            _record(request, obj, form, change)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        with transaction.atomic():
            before = self.get_object(request, unquote(id))
            response = super().user_change_password(request, id, form_url)
            after = User.objects.filter(pk=before.pk).first() if before else None
            if before and after and before.password != after.password:
                record(account=None, actor=person(request, proof="admin"), action="user.password_set", target=after)
        return response


@admin.register(Account)
class AccountAdmin(Kept):
    list_display = ("name", "plan", "time_zone", "suspended_at", "created_at")
    list_filter = ("plan", ("suspended_at", admin.EmptyFieldListFilter))
    search_fields = ("name", "memberships__user__email")
    fields = (
        "name",
        "plan",
        "time_zone",
        "default_region",
        "strict_numbers",
        "strict_templates",
        "wallet",
        "allowed_networks",
        "suspended_at",
        "created_at",
    )
    # What a form showed is compared with, not what messages have left of it meanwhile.
    formfield_overrides = {models.DecimalField: {"show_hidden_initial": True}}
    readonly_fields = ("allowed_networks", "suspended_at", "created_at")
    inlines = (MembershipInline,)
    actions = ("suspend", "resume")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Account, form: ModelForm[Account], change: bool) -> None:
        with transaction.atomic():
            obj.save(update_fields=form.changed_data)
            _record(request, obj, form, change, account=obj)

    @admin.action(description="Suspend: refuse every credential", permissions=["change"])
    def suspend(self, request: HttpRequest, queryset: models.QuerySet[Account]) -> None:
        for account in queryset:
            suspend_account(account, by=person(request, proof="admin"))

    @admin.action(description="Resume", permissions=["change"])
    def resume(self, request: HttpRequest, queryset: models.QuerySet[Account]) -> None:
        for account in queryset:
            resume_account(account, by=person(request, proof="admin"))


@admin.register(Plan)
class PlanAdmin(Kept):
    list_display = (
        "name",
        "requests_per_second",
        "account_requests_per_second",
        "messages_per_day",
        "messages_per_month",
        "max_tokens",
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Plan | None = None) -> tuple[str, ...]:
        return ("code",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Plan, form: ModelForm[Plan], change: bool) -> None:
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            _record(request, obj, form, change)


@admin.register(Membership)
class MembershipAdmin(Kept):
    list_display = ("user", "account", "role", "created_at")
    list_filter = ("role",)
    list_select_related = ("user", "account")
    search_fields = ("user__email", "account__name")
    autocomplete_fields = ("user", "account")
    fields = ("user", "account", "role")
    actions = ("remove",)

    def get_readonly_fields(self, request: HttpRequest, obj: Membership | None = None) -> tuple[str, ...]:
        return ("user", "account") if obj else ()

    def save_model(self, request: HttpRequest, obj: Membership, form: ModelForm[Membership], change: bool) -> None:
        by, role = person(request, proof="admin"), Role(obj.role)
        try:
            if change:
                change_role(obj, role, by=by, grantor=None)
            else:
                obj.pk = join_account(user=obj.user, account=obj.account, role=role, by=by).pk
        except NotPossible as refusal:
            messages.error(request, str(refusal))

    @admin.action(description="Remove from the account", permissions=["change"])
    def remove(self, request: HttpRequest, queryset: models.QuerySet[Membership]) -> None:
        for member in queryset:
            try:
                remove_member(member, by=person(request, proof="admin"), grantor=None)
            except NotPossible as refusal:
                messages.error(request, f"{member}: {refusal}")


@admin.register(Invitation)
class InvitationAdmin(ReadOnly):
    list_display = ("email", "account", "role", "invited_by", "expires_at", "accepted_at")
    list_select_related = ("account", "invited_by")
    search_fields = ("email", "account__name")
    fields = ("email", "account", "role", "invited_by", "created_at", "expires_at", "accepted_at")
    actions = ("revoke",)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.delete_invitation")

    @admin.action(description="Revoke", permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: models.QuerySet[Invitation]) -> None:
        for invitation in queryset.filter(accepted_at=None):
            revoke_invitation(invitation, by=person(request, proof="admin"), grantor=None)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly):
    list_display = ("at", "actor_label", "proof", "address", "action", "target_label", "account")
    list_select_related = ("account",)
    list_filter = ("action", "proof", "target_type")
    search_fields = ("actor_label", "target_label", "account__name")
    date_hierarchy = "at"
    fields = (
        "at",
        "account",
        "actor",
        "actor_label",
        "proof",
        "address",
        "action",
        "target_type",
        "target_id",
        "target_label",
        "changes",
    )
