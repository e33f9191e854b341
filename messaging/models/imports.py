"""Files of contacts that are read in the background."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import Account
from messaging import ids
from messaging.models.media import Media
from messaging.models.workspaces import Workspace


class ContactImport(models.Model):
    """One file to be read into contacts. **The row is the queue entry**: worked on when `due_at` has come.

    `done` rows of the file are read; it and `counts` are written with their contacts.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_ids)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    workspace = models.ForeignKey(Workspace, null=True, on_delete=models.CASCADE, related_name="+")
    media = models.ForeignKey(Media, null=True, on_delete=models.SET_NULL, related_name="imports")
    mapping = models.JSONField(help_text="The file's columns by our names: `first_name`, `fields.city`.")
    mode = models.CharField(max_length=8)
    actor = models.JSONField(help_text="Who asked for it, as the audit log has it.")
    done = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    error = models.CharField(max_length=255, blank=True)
    due_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["due_at"], name="contact_import_due", condition=Q(due_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"import {self.pk}"
