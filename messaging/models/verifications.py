"""One-time codes: that somebody holds the phone they say they hold."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.utils import timezone

from accounts.models import Account

MOST_TRIES = 3


class VerificationQuerySet(models.QuerySet["Verification"]):
    def for_account(self, account: Account) -> VerificationQuerySet:
        return self.filter(account=account)

    def in_sandbox(self, is_sandbox: bool) -> VerificationQuerySet:
        """Those of sandbox tokens, or those of all others: neither counts for the other, ends it or proves anything."""
        return self.filter(is_sandbox=is_sandbox)

    def sent_within(self, time: timedelta) -> VerificationQuerySet:
        return self.filter(created_at__gt=timezone.now() - time)


class Verification(models.Model):
    """A code that was sent to a number. Only a keyed digest of it is kept."""

    id = models.BigIntegerField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    address = models.CharField(max_length=16, help_text="E.164, with its plus sign.")
    channel = models.CharField(max_length=16)
    is_sandbox = models.BooleanField(default=False, help_text="Sent with a sandbox token, and known to those alone.")
    digest = models.CharField(max_length=64)
    message_ref = models.BigIntegerField(null=True, help_text="The message that carried the code.")
    metadata = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    verified_at = models.DateTimeField(null=True)
    replaced_at = models.DateTimeField(null=True, help_text="When a newer code for the number was sent.")
    failures = models.PositiveSmallIntegerField(default=0)
    most_failures = models.PositiveSmallIntegerField(default=MOST_TRIES, help_text="After so many it is over.")
    failed_at = models.DateTimeField(null=True)
    blanked_at = models.DateTimeField(null=True, help_text="When the code was taken out of the stored message.")

    objects = VerificationQuerySet.as_manager()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["account", "address", "created_at"], name="verification_by_address"),
            models.Index(
                fields=["expires_at"], name="verification_to_blank", condition=models.Q(blanked_at__isnull=True)
            ),
            models.Index(fields=["created_at"], name="verification_by_age"),
        ]

    def __str__(self) -> str:
        return f"verification {self.pk}"

    @property
    def tries_left(self) -> int:
        return max(0, self.most_failures - self.failures)

    @property
    def is_over(self) -> bool:
        """True if the code is no longer good, whether its time is up or a newer one was sent."""
        return self.replaced_at is not None or self.expires_at <= timezone.now()
