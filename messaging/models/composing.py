"""What people prepare for messages to come: stored messages, rules for their answers, incidents, mobile apps."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Account
from messaging import ids
from messaging.models.workspaces import Workspace


class PreparedQuerySet(models.QuerySet["Prepared"]):
    def for_account(self, account: Account) -> PreparedQuerySet:
        return self.filter(account=account)


class Prepared(models.Model):
    """What the others here have in common: an account, a workspace of it or none, and an id that carries its time."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_ids)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    workspace = models.ForeignKey(Workspace, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=255)
    description = models.TextField(blank=True)
    updated_at = models.DateTimeField(default=timezone.now)

    objects = PreparedQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering: ClassVar[list[str]] = ["-pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def created_at(self) -> datetime:
        return ids.time_of(self.pk)


def _named_once(*fields: str, name: str) -> list[models.BaseConstraint]:
    """Return the constraints that a name is unique in its workspace, and among what is in none."""
    return [
        models.UniqueConstraint(
            fields=["account", *fields], condition=Q(workspace=None), name=f"{name}_once_per_account"
        ),
        models.UniqueConstraint(
            fields=["workspace", *fields], condition=Q(workspace__isnull=False), name=f"{name}_once_per_workspace"
        ),
    ]


class ResponseRule(Prepared):
    """Sorts the answers to a message. `patterns` is a list of `{"name", "prompt", "match", …}`; the first fits."""

    patterns = models.JSONField(default=list)

    class Meta(Prepared.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = _named_once("name", name="response_rule")


class StoredMessage(Prepared):
    """Content that is sent by name: a template that a message is made from, or a scenario that is sent as it is."""

    class Kind(models.TextChoices):
        TEMPLATE = "template", "Template"
        SCENARIO = "scenario", "Scenario"

    kind = models.CharField(max_length=16, choices=Kind.choices)
    content = models.JSONField(default=dict)
    rule = models.ForeignKey(ResponseRule, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    allowed = models.JSONField(null=True, blank=True, help_text="Ids of the people who may send it; null: everybody.")

    class Meta(Prepared.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = _named_once("kind", "name", name="stored_message")


class Incident(Prepared):
    """Something that goes on: its values fill the tags of messages about it, its name is their label."""

    status = models.CharField(max_length=64, blank=True)
    forms = models.JSONField(default=list, help_text='`{"name", "fields": [{"name", "value"}]}`, in their order.')
    form_names = models.TextField(blank=True, help_text="For searching: each between line ends, small, without blanks.")

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.form_names = "".join(self.searchable(form["name"]) for form in self.forms)
        if (fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*fields, "form_names"}
        super().save(*args, **kwargs)

    @staticmethod
    def searchable(name: str) -> str:
        """Return a form's name as `form_names` has it."""
        return f"\n{''.join(name.split()).lower()}\n"


class MobileApp(Prepared):
    """An app of the account's own, as it was registered; nothing is sent to it."""

    bundle_id = models.CharField(max_length=255)
    settings = models.JSONField(default=dict)
    sealed = models.TextField(blank=True, help_text="Its certificates and keys.")
