"""What an account's phones are told."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from accounts.models import Account


class PhoneSettings(models.Model):
    """How all phones of an account send, keep and report, by group and name. `messaging.phones` has the table."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="phone_settings")
    values = models.JSONField(default=dict)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "phone settings"

    def __str__(self) -> str:
        return f"phone settings of {self.account_id}"
