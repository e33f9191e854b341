"""One message to a long list: the broadcast, and whom it goes to."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Account
from messaging import ids
from messaging.models.contacts import Segment
from messaging.models.devices import Device
from messaging.models.messages import Channel, Message
from tokens.models import ApiLogin, Token


class BroadcastQuerySet(models.QuerySet["Broadcast"]):
    def for_account(self, account: Account) -> BroadcastQuerySet:
        """Those that were accepted; what is still being read is nobody's to see."""
        return self.filter(account=account).exclude(status__in=Broadcast.UNSEEN)

    def not_cancelled(self) -> BroadcastQuerySet:
        """Those that count: a cancelled one sent nothing."""
        return self.exclude(status=Broadcast.Status.CANCELLED)

    def made_since(self, moment: datetime) -> BroadcastQuerySet:
        return self.filter(pk__gte=ids.first_at(moment))

    def due(self, statuses: Collection[str]) -> BroadcastQuerySet:
        """Those in one of the statuses whose time has come, the one that waited longest first."""
        return self.filter(status__in=statuses, due_at__lte=timezone.now()).order_by("due_at")

    def claim(self, broadcast: Broadcast, *, until: datetime) -> bool:
        """Take a due broadcast for this worker until then; False if another worker was quicker."""
        unclaimed = self.filter(pk=broadcast.pk, status=broadcast.status, due_at=broadcast.due_at)
        return unclaimed.update(due_at=until) == 1


class Broadcast(models.Model):
    """One message to a list. Its recipients become messages a batch at a time, as fast as its device takes them."""

    class Status(models.TextChoices):
        RECEIVING = "receiving", "Being read"  # its recipients are being written; not accepted yet
        DISCARDED = "discarded", "Refused"  # was refused, or its request broke off: its rows are taken away
        QUEUED = "queued", "Queued"
        SCHEDULED = "scheduled", "Scheduled"
        IN_PROGRESS = "in_progress", "In progress"
        COMPLETED = "completed", "Completed"
        CANCELLED = "cancelled", "Cancelled"
        FAILED = "failed", "Failed"  # nobody at all could be written to

    UNSEEN = (Status.RECEIVING, Status.DISCARDED)
    NOT_BEGUN = (Status.QUEUED, Status.SCHEDULED)
    LIVE = (*NOT_BEGUN, Status.IN_PROGRESS)
    OVER = (Status.COMPLETED, Status.CANCELLED, Status.FAILED)

    id = models.BigIntegerField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="broadcasts", db_index=False)
    token = models.ForeignKey(Token, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    login = models.ForeignKey(ApiLogin, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    is_sandbox = models.BooleanField(default=False)
    dialect = models.CharField(max_length=32, blank=True)
    name = models.CharField(max_length=150)
    channel = models.CharField(max_length=16, choices=Channel.choices)
    kind = models.CharField(max_length=16)
    content = models.JSONField(default=dict, help_text="With the contacts' gaps still in it.")
    context = models.JSONField(default=dict, blank=True)
    device = models.ForeignKey(Device, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    segment = models.ForeignKey(Segment, null=True, on_delete=models.SET_NULL, related_name="broadcasts")
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.RECEIVING)
    total = models.PositiveIntegerField(default=0, help_text="People, each counted once.")
    skipped = models.PositiveIntegerField(default=0, help_text="Those of them who had written STOP.")
    scheduled_at = models.DateTimeField(null=True)
    time_zone = models.CharField(max_length=64, blank=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True, help_text="When it is next looked at; a lease while somebody works on it.")
    fed_to = models.CharField(
        max_length=128, blank=True, help_text="The last address, in their order, that got its message or was left out."
    )
    figures = models.JSONField(null=True, help_text="What became of it, once nothing more is expected.")

    objects = BroadcastQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["account", "id"], name="broadcast_by_account"),
            models.Index(fields=["due_at"], name="broadcast_due", condition=Q(due_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def created_at(self) -> datetime:
        return ids.time_of(self.pk)

    @property
    def addressed(self) -> int:
        """How many people are to get a message."""
        return self.total - self.skipped


class BroadcastRecipient(models.Model):
    """One address of a broadcast, unique in it. It waits, has its message, or says in `error` why it gets none."""

    id = models.BigIntegerField(primary_key=True)
    broadcast = models.ForeignKey(Broadcast, on_delete=models.CASCADE, related_name="recipients", db_index=False)
    address = models.CharField(max_length=128)
    message = models.ForeignKey(
        Message, null=True, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    error = models.CharField(max_length=64, blank=True, db_default="")

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["broadcast", "address"], name="broadcast_address_once")
        ]

    def __str__(self) -> str:
        return f"recipient {self.pk} of broadcast {self.broadcast_id}"
