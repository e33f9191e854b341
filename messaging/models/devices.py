"""The ways out."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Account
from messaging import transport


class DeviceQuerySet(models.QuerySet["Device"]):
    def for_account(self, account: Account) -> DeviceQuerySet:
        return self.filter(account=account, removed_at=None)


class Device(models.Model):
    """A way out with a number or a name: a phone, a WhatsApp number, an SMPP bind, the sandbox."""

    class Status(models.TextChoices):
        NOT_INITIALIZED = "not_initialized", "Not linked yet"
        NOT_CONNECTED = "not_connected", "Waiting for the phone"
        CONNECTED = "connected", "Connected"
        DISCONNECTED = "disconnected", "Disconnected"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="devices")
    name = models.CharField(max_length=150)
    number = models.CharField(max_length=32, blank=True, help_text="E.164, with its plus sign.")
    transport = models.CharField(max_length=32, choices=transport.choices)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.CONNECTED)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_seen_at = models.DateTimeField(
        null=True, editable=False, help_text="When it last asked for work; empty for a device that is reached by us."
    )
    removed_at = models.DateTimeField(null=True, editable=False)

    objects = DeviceQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["account", "number"],
                condition=Q(removed_at=None) & ~Q(number=""),
                name="device_number_once_per_account",
            )
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["last_seen_at"], name="device_seen", condition=Q(last_seen_at__isnull=False)),
            models.Index(fields=["account"], name="device_disconnected", condition=Q(status="disconnected")),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def digits(self) -> str:
        return self.number.lstrip("+")

    def is_active_since(self, moment: datetime) -> bool:
        """True if it asked for work since the moment, or is none of those that ask."""
        return self.last_seen_at is None or self.last_seen_at >= moment
