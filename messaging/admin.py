"""Messages, devices and who they go to, for operators: what became of a message and why, never what it says."""

from __future__ import annotations

from django.contrib import admin
from django.core.paginator import Paginator
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

from accounts.audit import person
from messaging.devices import remove_device
from messaging.models import (
    Alert,
    AlertRule,
    Contact,
    Device,
    Incident,
    Message,
    MobileApp,
    Recipient,
    ResponseRule,
    Segment,
    StoredMessage,
    Template,
    TimelineEntry,
    Workspace,
)

_COUNTED_AT_MOST = 10_000


class Bounded(Paginator):  # type: ignore[type-arg]  # not subscriptable when it runs
    """Counts no further than anyone pages: a full count would read the whole table."""

    @cached_property
    def count(self) -> int:
        rows: QuerySet[Message] = self.object_list  # type: ignore[assignment]  # what the admin pages through
        return rows[:_COUNTED_AT_MOST].count()


class Reading(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable when it runs
    list_per_page = 50
    show_full_result_count = False
    paginator = Bounded

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class ReadingInline(admin.TabularInline):  # type: ignore[type-arg]  # not subscriptable when it runs
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class Recipients(ReadingInline):
    model = Recipient
    fields = ("address", "state", "error", "error_detail", "attempts", "due_at", "reference")


class Timeline(ReadingInline):
    model = TimelineEntry
    fields = ("at", "event", "code", "detail", "recipient")


@admin.register(Message)
class MessageAdmin(Reading):
    list_display = ("id", "created", "account", "direction", "channel", "kind", "state", "device", "dialect")
    list_filter = ("state", "direction", "channel", "kind", "dialect")
    list_select_related = ("account", "device")
    search_fields = ("=id", "=recipients__address", "=account__name")
    search_help_text = "A message's ID, a whole number in E.164, or an account's name."
    ordering = ("-id",)
    inlines = (Recipients, Timeline)
    fields = (
        *("id", "created", "account", "token", "login", "device", "dialect", "channel", "direction", "kind", "state"),
        *("priority", "scheduled_at", "expires_at", "updated_at"),
    )

    @admin.display(description="accepted", ordering="id")
    def created(self, message: Message) -> str:
        return f"{message.created_at:%Y-%m-%d %H:%M:%S} UTC"


@admin.register(Device)
class DeviceAdmin(Reading):
    list_display = ("name", "account", "number", "transport", "status", "removed_at")
    list_filter = ("transport", "status")
    list_select_related = ("account",)
    search_fields = ("name", "number", "account__name")
    fields = ("account", "name", "number", "transport", "status", "created_at", "removed_at")
    actions = ("unlink",)

    @admin.action(description="Unlink the selected devices", permissions=["unlink"])
    def unlink(self, request: HttpRequest, chosen: QuerySet[Device]) -> None:
        waiting = chosen.filter(removed_at=None)
        for device in waiting:
            remove_device(device, by=person(request, proof="admin"))
        self.message_user(request, f"Unlinked: {len(waiting)}.")

    def has_unlink_permission(self, request: HttpRequest) -> bool:
        return super(Reading, self).has_change_permission(request)


@admin.register(Template)
class TemplateAdmin(Reading):
    list_display = ("name", "language", "account", "category", "status", "updated_at")
    list_filter = ("status", "category")
    list_select_related = ("account",)
    search_fields = ("name", "=account__name")
    search_help_text = "A part of a template's name, or an account's name."
    ordering = ("-id",)
    fields = ("account", "name", "language", "category", "status", "reason", "components", "updated_at")


@admin.register(Workspace)
class WorkspaceAdmin(Reading):
    list_display = ("name", "account", "number", "is_active", "created_at")
    list_filter = ("is_active",)
    list_select_related = ("account",)
    search_fields = ("name", "=account__name")
    search_help_text = "A part of a workspace's name, or an account's name."
    ordering = ("-id",)


@admin.register(ResponseRule, Incident, MobileApp)
class PreparedAdmin(Reading):
    """What messages are prepared with; what it says stays its account's own."""

    list_display = ("name", "account", "workspace", "updated_at")
    list_select_related = ("account", "workspace")
    search_fields = ("name", "=account__name")
    search_help_text = "A part of a name, or an account's name."
    ordering = ("-id",)
    fields = ("account", "workspace", "name", "updated_at")


@admin.register(StoredMessage)
class StoredMessageAdmin(Reading):
    """Message templates and scenarios; what they say stays their account's own."""

    list_display = ("name", "kind", "account", "workspace", "updated_at")
    list_filter = ("kind",)
    list_select_related = ("account", "workspace")
    search_fields = ("name", "=account__name")
    search_help_text = "A part of a name, or an account's name."
    ordering = ("-id",)
    fields = ("account", "workspace", "kind", "name", "rule", "updated_at")


@admin.register(Contact)
class ContactAdmin(Reading):
    """Whom an account writes to; what it notes about them beside their names stays its own."""

    list_display = ("id", "account", "address", "email", "updated_at")
    list_select_related = ("account",)
    search_fields = ("=id", "=address", "=email", "=account__name")
    search_help_text = "A contact's ID, a whole number in E.164, an e-mail address, or an account's name."
    ordering = ("-id",)
    fields = ("account", "address", "email", "first_name", "last_name", "updated_at")


@admin.register(Segment)
class SegmentAdmin(Reading):
    list_display = ("name", "account", "size")
    list_select_related = ("account",)
    search_fields = ("name", "=account__name")
    search_help_text = "A part of a segment's name, or an account's name."
    ordering = ("-id",)
    fields = ("account", "name", "size")


@admin.register(Alert)
class AlertAdmin(Reading):
    list_display = ("text", "account", "code", "began_at", "ended_at", "has_paused")
    list_filter = ("code", ("ended_at", admin.EmptyFieldListFilter))
    list_select_related = ("account",)
    search_fields = ("=account__name",)
    search_help_text = "An account's name."
    ordering = ("-id",)
    fields = (
        *("account", "code", "subject_kind", "subject_id", "subject_name", "detail", "text", "place"),
        *("has_paused", "began_at", "ended_at", "notice"),
    )


@admin.register(AlertRule)
class AlertRuleAdmin(Reading):
    """What accounts changed of their rules; the others stand as they come."""

    list_display = ("code", "account", "is_on", "by_email", "by_webhook", "pauses_token")
    list_filter = ("code", "is_on")
    list_select_related = ("account",)
    search_fields = ("=account__name",)
    search_help_text = "An account's name."
    ordering = ("-id",)
    fields = ("account", "code", "is_on", "numbers", "by_email", "by_webhook", "pauses_token")
