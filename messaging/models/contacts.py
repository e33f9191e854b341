"""The people an account writes to, in lists of their own, and those who do not want it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from accounts.models import Account


class OptOut(models.Model):
    """A person who wrote STOP to this account; cleared by START."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="opt_outs")
    address = models.CharField(max_length=128)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["account", "address"], name="opt_out_once")
        ]

    def __str__(self) -> str:
        return f"opt-out {self.pk}"
