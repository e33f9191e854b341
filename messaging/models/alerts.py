"""What an account is warned of, and how each warning went."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Account


class AlertRule(models.Model):
    """How one rule stands in one account, where somebody changed it. `messaging.alerting` has the rules."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="alert_rules")
    code = models.CharField(max_length=32)
    is_on = models.BooleanField(default=True)
    numbers = models.JSONField(default=dict)
    by_email = models.BooleanField(default=True)
    by_webhook = models.BooleanField(default=True)
    pauses_token = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["account", "code"], name="alert_rule_once_per_account")
        ]

    def __str__(self) -> str:
        return self.code.replace("_", " ")


class AlertQuerySet(models.QuerySet["Alert"]):
    def for_account(self, account: Account) -> AlertQuerySet:
        return self.filter(account=account)

    def open(self) -> AlertQuerySet:
        return self.filter(ended_at=None)


class Alert(models.Model):
    """Something that a rule found. It begins once, and ends when it is found no longer."""

    class Subject(models.TextChoices):
        ACCOUNT = "account", "Account"
        DEVICE = "device", "Device"
        TOKEN = "token", "Token"
        WEBHOOK = "webhook", "Webhook"

    class Notice(models.TextChoices):
        """What is still to be told by e-mail."""

        NONE = "", "Nothing"
        FIRED = "fired", "That it began"
        CLEARED = "cleared", "That it ended"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="alerts", db_index=False)
    code = models.CharField(max_length=32)
    subject_kind = models.CharField(max_length=8, choices=Subject.choices)
    subject_id = models.BigIntegerField()
    subject_name = models.CharField(max_length=255, blank=True, help_text="As it was called then.")
    detail = models.CharField(
        max_length=64, blank=True, help_text="What tells two alerts of one rule and subject apart."
    )
    text = models.CharField(max_length=512)
    place = models.CharField(max_length=2048, blank=True, help_text="Where a leaked secret was found.")
    mark = models.CharField(max_length=32, blank=True, editable=False, help_text="How the leaked secret begins.")
    has_paused = models.BooleanField(default=False, help_text="It paused its token.")
    began_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)
    notice = models.CharField(max_length=8, choices=Notice.choices, default=Notice.NONE, blank=True)
    telling_until = models.DateTimeField(null=True, editable=False, help_text="A worker sends its notice until then.")

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["account", "code", "subject_kind", "subject_id", "detail"],
                condition=Q(ended_at=None),
                name="alert_open_once",
            )
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["account", "id"], name="alert_by_account"),
            models.Index(fields=["code"], name="alert_open_by_code", condition=Q(ended_at=None)),
            models.Index(fields=["ended_at"], name="alert_ended", condition=Q(ended_at__isnull=False)),
            models.Index(fields=["account"], name="alert_to_tell", condition=~Q(notice="")),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def is_open(self) -> bool:
        return self.ended_at is None
