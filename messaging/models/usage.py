"""What was sent, by day and by hour."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from accounts.models import Account


class UsageDay(models.Model):
    """Recipients an account wrote to on one day in its own zone, by token (0: none), device and API style.

    Written in the transaction of the change it counts.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="usage_days", db_index=False)
    day = models.DateField()
    token_ref = models.BigIntegerField(default=0)
    device_ref = models.BigIntegerField(default=0)
    dialect = models.CharField(max_length=32)
    accepted = models.PositiveIntegerField(default=0, db_default=0)
    delivered = models.PositiveIntegerField(default=0, db_default=0)
    failed = models.PositiveIntegerField(default=0, db_default=0)
    received = models.PositiveIntegerField(default=0, db_default=0)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["account", "day", "token_ref", "device_ref", "dialect"], name="usage_day_once"
            )
        ]

    def __str__(self) -> str:
        return f"usage of {self.account_id} on {self.day}"


class UsageHour(models.Model):
    """Recipients by token (0: none) that were accepted, delivered or failed in one hour (UTC).

    Written with the days; five weeks of it are kept, to know what is usual.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="usage_hours", db_index=False)
    hour = models.DateTimeField()
    token_ref = models.BigIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0, db_default=0)
    delivered = models.PositiveIntegerField(default=0, db_default=0)
    failed = models.PositiveIntegerField(default=0, db_default=0)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["account", "hour", "token_ref"], name="usage_hour_once")
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["hour"], name="usage_by_hour")]

    def __str__(self) -> str:
        return f"usage of {self.account_id} at {self.hour}"
