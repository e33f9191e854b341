"""Messages, whom they go to, what became of them, and what makes a request a repeat."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import connection, models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Account
from messaging import ids
from messaging.models.devices import Device
from messaging.models.workspaces import Workspace
from messaging.states import State
from tokens.models import ApiLogin, Token


class Direction(models.TextChoices):
    OUT = "out", "Sent"
    IN = "in", "Received"


class Channel(models.TextChoices):
    SMS = "sms", "SMS"
    WHATSAPP = "whatsapp", "WhatsApp"
    EMAIL = "email", "E-mail"
    VOICE = "voice", "Voice"
    WEB = "web", "Web"
    SOCIAL = "social", "Social"
    RCS = "rcs", "RCS"


DEVICE_CHANNELS = (Channel.SMS, Channel.WHATSAPP)  # which the account's own devices send by


class MessageQuerySet(models.QuerySet["Message"]):
    def for_account(self, account: Account) -> MessageQuerySet:
        return self.filter(account=account)

    def made_between(self, since: datetime | None = None, until: datetime | None = None) -> MessageQuerySet:
        """Those made at `since` or later and before `until`, by their time-ordered ids."""
        found = self if since is None else self.filter(pk__gte=ids.first_at(since))
        return found if until is None else found.filter(pk__lt=ids.first_at(until))


class Message(models.Model):
    """One message, out or in. Its id carries the time it was accepted; rows are written by the committer."""

    id = models.BigIntegerField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="messages", db_index=False)
    token = models.ForeignKey(Token, null=True, on_delete=models.PROTECT, related_name="messages", db_index=False)
    login = models.ForeignKey(ApiLogin, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    device = models.ForeignKey(Device, null=True, on_delete=models.PROTECT, related_name="messages", db_index=False)
    workspace = models.ForeignKey(
        Workspace, null=True, on_delete=models.PROTECT, related_name="messages", db_index=False
    )
    dialect = models.CharField(max_length=32, blank=True)
    channel = models.CharField(max_length=16, choices=Channel.choices)
    direction = models.CharField(max_length=3, choices=Direction.choices, default=Direction.OUT)
    kind = models.CharField(max_length=16)
    content = models.JSONField(default=dict)
    context = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.ACCEPTED)
    priority = models.SmallIntegerField(default=0)
    scheduled_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField()

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["account", "id"], name="message_by_account"),
            models.Index(fields=["workspace", "id"], name="message_by_workspace", condition=Q(workspace__isnull=False)),
            models.Index(fields=["account", "id"], name="message_received", condition=Q(direction="in")),
        ]

    def __str__(self) -> str:
        return f"message {self.pk}"

    @property
    def created_at(self) -> datetime:
        return ids.time_of(self.pk)

    @property
    def to(self) -> str:
        """The first recipient's address (for a received message: the sender's)."""
        first = next(iter(self.recipients.all()), None)
        return first.address if first else ""


class RecipientQuerySet(models.QuerySet["Recipient"]):
    def for_account(self, account: Account) -> RecipientQuerySet:
        return self.filter(message__account=account)

    def next_due_at(self) -> datetime | None:
        """When the next of the waiting rows falls due; None if nothing waits."""
        return self.exclude(due_at=None).order_by("due_at").values_list("due_at", flat=True).first()

    def claim(self, *, limit: int, lease: timedelta) -> list[int]:
        """Take up to `limit` due rows until the lease ends and return their ids.

        One statement, so that two workers never take the same row; a worker that dies leaves rows
        that fall due again when the lease ends.
        """
        now = timezone.now()
        skip = "FOR UPDATE SKIP LOCKED" if connection.features.has_select_for_update_skip_locked else ""
        table = self.model._meta.db_table
        statement = f"""
            UPDATE {table} SET due_at = %s WHERE id IN (
                SELECT id FROM {table} WHERE due_at IS NOT NULL AND due_at <= %s ORDER BY due_at LIMIT %s {skip}
            ) RETURNING id"""  # noqa: S608  the table's own name
        adapt = connection.ops.adapt_datetimefield_value
        with connection.cursor() as cursor:
            cursor.execute(statement, [adapt(now + lease), adapt(now), limit])
            return [row[0] for row in cursor.fetchall()]


class Recipient(models.Model):
    """One address of a message. **This row is the queue entry**: it is worked on when `due_at` has come."""

    id = models.BigIntegerField(primary_key=True)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="recipients")
    address = models.CharField(max_length=128)
    state = models.CharField(max_length=16, choices=State.choices, default=State.ACCEPTED)
    error = models.CharField(max_length=64, blank=True, db_default="")
    error_detail = models.CharField(max_length=255, blank=True, db_default="")
    reference = models.CharField(max_length=128, blank=True, db_default="", help_text="The transport's own id.")
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    due_at = models.DateTimeField(null=True)
    awaits_answer = models.BooleanField(db_default=False, help_text="An answer is sorted, or told to a webhook.")

    objects = RecipientQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["due_at"], name="recipient_due", condition=Q(due_at__isnull=False)),
            models.Index(fields=["address", "id"], name="recipient_awaiting", condition=Q(awaits_answer=True)),
            models.Index(fields=["address", "id"], name="recipient_received", condition=Q(state="received")),
        ]

    def __str__(self) -> str:
        return f"recipient {self.pk}"


class TimelineEntry(models.Model):
    """One step in a message's life after it was accepted, with its reason."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="timeline")
    recipient = models.ForeignKey(Recipient, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField()
    event = models.CharField(max_length=32)
    code = models.CharField(max_length=64, blank=True)
    detail = models.CharField(max_length=255, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]

    def __str__(self) -> str:
        return f"{self.event} of {self.message_id}"


class IdempotencyKey(models.Model):
    """What makes a repeated request find its first answer.

    `digest` is made from account, space and key, so that one narrow unique index serves them all;
    `message_id` and `count` name the consecutive ids that the request made. A key without `expires_at`
    lives as long as its message.
    """

    digest = models.UUIDField(primary_key=True)
    message_id = models.BigIntegerField()
    count = models.PositiveIntegerField()
    body = models.CharField(max_length=16, help_text="Digest of the request, to tell another body apart.")
    expires_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["expires_at"], name="key_expiry", condition=Q(expires_at__isnull=False))
        ]

    def __str__(self) -> str:
        return f"key of message {self.message_id}"
