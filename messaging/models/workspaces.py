"""Parts of an account that keep their messages, templates, contacts and lists apart."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from accounts.models import Account
from messaging import ids


class WorkspaceQuerySet(models.QuerySet["Workspace"]):
    def for_account(self, account: Account) -> WorkspaceQuerySet:
        return self.filter(account=account)


class Workspace(models.Model):
    """A named part of an account; what is in none belongs to the account as a whole."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_ids)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="workspaces")
    name = models.CharField(max_length=255)
    number = models.CharField(max_length=64, blank=True)
    cost_centre = models.CharField(max_length=255, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["account", "name"], name="workspace_name_once_per_account")
        ]

    def __str__(self) -> str:
        return self.name
