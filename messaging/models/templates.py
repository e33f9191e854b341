"""Message templates: a name, a language and the parts that stay the same in every message made from them."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Account
from messaging import ids


class TemplateQuerySet(models.QuerySet["Template"]):
    def for_account(self, account: Account) -> TemplateQuerySet:
        return self.filter(account=account)


class Template(models.Model):
    """One language of one template. `components` is what `messaging.templating.parts` reads."""

    class Category(models.TextChoices):
        UTILITY = "utility", "Utility"
        AUTHENTICATION = "authentication", "Authentication"
        MARKETING = "marketing", "Marketing"

    class Status(models.TextChoices):
        PENDING = "pending", "Pending"
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Rejected"
        PAUSED = "paused", "Paused"

    id = models.BigIntegerField(primary_key=True, default=ids.new_ids)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="templates", db_index=False)
    name = models.CharField(max_length=512, help_text="Lower-case letters, digits and underscores.")
    language = models.CharField(max_length=16)
    category = models.CharField(max_length=16, choices=Category.choices)
    components = models.JSONField(default=list)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.PENDING)
    reason = models.CharField(max_length=255, blank=True, help_text="Why it was rejected or paused.")
    updated_at = models.DateTimeField(default=timezone.now)

    objects = TemplateQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["account", "name", "language"], name="template_once_per_language")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["id"], name="template_pending", condition=Q(status="pending"))
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.language})"

    @property
    def created_at(self) -> datetime:
        return ids.time_of(self.pk)
