"""Where events are posted, which events there were, and what became of each call."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Account
from messaging import ids
from messaging.models.devices import Device
from messaging.models.messages import Message
from messaging.outgoing import redact
from tokens.models import Token

LONGEST_URL = 2048
FAILING_AT = 5  # failed calls in a row


class WebhookEndpointQuerySet(models.QuerySet["WebhookEndpoint"]):
    def for_account(self, account: Account) -> WebhookEndpointQuerySet:
        """Those that somebody registered, and still wants."""
        return self.filter(account=account, removed_at=None).exclude(kind=WebhookEndpoint.Kind.GIVEN)


class WebhookEndpoint(models.Model):
    """An address that events are posted to: a lane of its own, which no other waits for."""

    class Kind(models.TextChoices):
        OWN = "own", "An address"
        GIVEN = "given", "Addresses that requests name themselves"  # one row for each of their hosts
        LISTENER = "listener", "A program that fetches its calls"

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"
        OFF = "off", "Switched off"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="webhook_endpoints")
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.OWN)
    name = models.CharField(max_length=150, blank=True)
    url = models.CharField(max_length=LONGEST_URL, blank=True)
    format = models.CharField(max_length=32, default="standard")
    origin = models.CharField(max_length=32, blank=True, help_text="The API style it was registered by; empty: ours.")
    client_id = models.CharField(max_length=36, blank=True, help_text="Its id in that API style.")

    # Which events
    events = models.JSONField(default=list, blank=True, help_text="The format's words. Empty: all that are usual.")
    device = models.ForeignKey(Device, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    token = models.ForeignKey(Token, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    dialect = models.CharField(max_length=32, blank=True, help_text="Only messages sent by this API style.")
    sandbox = models.BooleanField(null=True, help_text="Only sandbox messages, or only real ones.")
    is_by_name = models.BooleanField(default=False, help_text="Only messages that name it.")

    # How they are posted
    sealed_secrets = models.TextField(blank=True, help_text="Its own; empty: the account's for its format.")
    sealed_headers = models.TextField(blank=True)
    retry_after = models.JSONField(null=True, help_text="Seconds before each further try; null: the format's.")
    concurrency = models.PositiveSmallIntegerField(default=4)
    rate = models.PositiveSmallIntegerField(null=True, help_text="Calls a second.")
    options = models.JSONField(default=dict, blank=True, help_text="What its format alone knows.")
    in_order = models.BooleanField(default=False, help_text="One message's events one after the other.")
    email = models.EmailField(blank=True, help_text="Who is told of calls that are given up, beside its owners.")

    # How it goes; written by whoever posts
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.ACTIVE)
    reason = models.CharField(max_length=255, blank=True)
    failures = models.PositiveIntegerField(default=0, help_text="Failed calls since the last good one.")
    failing_since = models.DateTimeField(null=True)
    warned_at = models.DateTimeField(null=True, help_text="Since when its owners are to know that it fails.")
    told_at = models.DateTimeField(null=True, help_text="When it was last told, by e-mail, of calls that are given up.")
    notice = models.CharField(max_length=8, blank=True, help_text="What its owners are still to be told.")
    telling_until = models.DateTimeField(null=True, editable=False, help_text="A worker sends its notice until then.")
    opens_at = models.DateTimeField(null=True, help_text="Nothing is posted before.")
    last_status = models.PositiveSmallIntegerField(null=True)
    last_answer = models.CharField(max_length=255, blank=True)
    last_at = models.DateTimeField(null=True)
    leased_by = models.CharField(max_length=64, blank=True)
    leased_until = models.DateTimeField(null=True)

    created_at = models.DateTimeField(default=timezone.now, editable=False)
    removed_at = models.DateTimeField(null=True, editable=False)

    objects = WebhookEndpointQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["account", "origin", "client_id"],
                condition=Q(removed_at=None) & ~Q(client_id=""),
                name="webhook_client_id_once",
            ),
            models.UniqueConstraint(
                fields=["account", "format", "url"], condition=Q(kind="given"), name="webhook_host_once"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["failing_since"], name="webhook_failing", condition=Q(failing_since__isnull=False))
        ]

    def __str__(self) -> str:
        return self.name or self.host

    @property
    def host(self) -> str:
        """Where it posts, without what may be a secret."""
        return redact(self.url) if self.url else "A program that fetches its calls"

    @property
    def state(self) -> str:
        """Its status, or `failing` for an active one whose last calls all failed."""
        is_failing = self.status == self.Status.ACTIVE and self.failures >= FAILING_AT
        return "failing" if is_failing else self.status


class WebhookSigning(models.Model):
    """An account's secret for all calls in one format, where an endpoint has none of its own."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="webhook_signings")
    format = models.CharField(max_length=32)
    sealed_secrets = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["account", "format"], name="webhook_signing_once")
        ]

    def __str__(self) -> str:
        return self.format


class WebhookEvent(models.Model):
    """Something that happened and that somebody listened for; its id carries the time."""

    id = models.BigIntegerField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=32)
    message = models.ForeignKey(Message, null=True, on_delete=models.CASCADE, related_name="webhook_events")
    recipient_ref = models.BigIntegerField(null=True)
    device_ref = models.BigIntegerField(null=True)
    data = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def text_id(self) -> str:
        """The id that a receiver tells repeats by."""
        return f"evt_{ids.to_base62(self.pk)}"

    @property
    def at(self) -> datetime:
        return ids.time_of(self.pk)


class WebhookDelivery(models.Model):
    """One event for one endpoint. **This row is the queue entry**: it is posted when `due_at` has come."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DELIVERED = "delivered", "Delivered"
        FAILED = "failed", "Given up"
        DROPPED = "dropped", "Dropped"

    id = models.BigIntegerField(primary_key=True)
    event = models.ForeignKey(WebhookEvent, on_delete=models.CASCADE, related_name="deliveries")
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    url = models.CharField(max_length=LONGEST_URL, blank=True, db_default="", help_text="Empty: the endpoint's.")
    subject = models.BigIntegerField(null=True, help_text="What must stay in order with others of the same subject.")
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING, db_default=State.WAITING)
    due_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    tries = models.PositiveSmallIntegerField(default=0, db_default=0, help_text="Since it was last asked for.")
    last_status = models.PositiveSmallIntegerField(null=True)
    body = models.TextField(blank=True, db_default="", help_text="As it was first posted.")
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["endpoint", "due_at", "id"], name="webhook_due", condition=Q(due_at__isnull=False)),
            models.Index(fields=["endpoint", "id"], name="webhook_delivery_by_endpoint"),
            models.Index(
                fields=["endpoint", "subject", "id"],
                name="webhook_order",
                condition=Q(due_at__isnull=False) & Q(subject__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"delivery {self.pk}"


class WebhookAttempt(models.Model):
    """One call and what was answered. Its secrets are masked."""

    delivery = models.ForeignKey(WebhookDelivery, on_delete=models.CASCADE, related_name="tried")
    at = models.DateTimeField()
    milliseconds = models.PositiveIntegerField()
    status = models.PositiveSmallIntegerField(null=True, help_text="Null: there was no answer.")
    reason = models.CharField(max_length=255, blank=True, help_text="Why it counts as failed.")
    request_headers = models.JSONField(default=dict)
    answer_headers = models.JSONField(default=dict)
    answer = models.TextField(blank=True)
    next_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]

    def __str__(self) -> str:
        return f"attempt {self.pk}"

    @property
    def is_good(self) -> bool:
        return not self.reason


class WebhookDay(models.Model):
    """How many of an endpoint's calls were answered well on one day (UTC), and how many not."""

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="days", db_index=False)
    day = models.DateField()
    succeeded = models.PositiveIntegerField(default=0, db_default=0)
    failed = models.PositiveIntegerField(default=0, db_default=0)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["endpoint", "day"], name="webhook_day_once")
        ]

    def __str__(self) -> str:
        return f"calls to {self.endpoint_id} on {self.day}"
