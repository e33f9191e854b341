"""Files: what callers gave us, what is to be fetched for their messages, and what people sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import connection, models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Account
from messaging import ids
from messaging.models.workspaces import Workspace

MOST_AT_ONCE = 2  # fetches for one account, so that one with slow hosts leaves room for the others
_PARKED = timedelta(hours=1)  # longer than all tries of a fetch together


class MediaQuerySet(models.QuerySet["Media"]):
    def for_account(self, account: Account) -> MediaQuerySet:
        """Those of the account that may be used: not over, and not half uploaded."""
        return self.filter(account=account, expires_at__gt=timezone.now()).exclude(state=Media.State.WAITING, link="")

    def claim(self, *, limit: int, lease: timedelta) -> list[int]:
        """Take up to `limit` files that are to be fetched until the lease ends and return their ids.

        One statement, as `RecipientQuerySet.claim` is. An account that has `MOST_AT_ONCE` being fetched waits.
        """
        now = timezone.now()
        if not self.filter(due_at__lte=now).exists():
            return []  # without taking the database's write lock
        skip = "FOR UPDATE SKIP LOCKED" if connection.features.has_select_for_update_skip_locked else ""
        table = self.model._meta.db_table
        statement = f"""
            UPDATE {table} SET due_at = %s, state = 'fetching' WHERE id IN (
                SELECT id FROM {table} AS mine WHERE due_at IS NOT NULL AND due_at <= %s AND (
                    SELECT count(*) FROM {table} AS busy
                    WHERE busy.account_id = mine.account_id AND busy.state = 'fetching' AND busy.due_at > %s
                ) < %s ORDER BY due_at LIMIT %s {skip}
            ) RETURNING id"""  # noqa: S608  the table's own name
        adapt = connection.ops.adapt_datetimefield_value
        with connection.cursor() as cursor:
            cursor.execute(statement, [adapt(now + lease), adapt(now), adapt(now), MOST_AT_ONCE, limit])
            return [row[0] for row in cursor.fetchall()]


class Media(models.Model):
    """One file of an account. Its bytes are in the storage called "media", under `name`.

    **The row is also the queue entry** of a file that is to be fetched from `link`: worked on when `due_at` has come.
    """

    class State(models.TextChoices):
        STORED = "stored", "Stored"
        WAITING = "waiting", "Waiting"  # to be fetched; without a link: being written
        FETCHING = "fetching", "Being fetched"
        FAILED = "failed", "Failed"

    class Source(models.TextChoices):
        UPLOAD = "upload", "Uploaded"
        MESSAGE = "message", "Part of a message"
        INBOUND = "inbound", "Received"
        RESOURCE = "resource", "Kept for messages and imports"

    id = models.BigIntegerField(primary_key=True, default=ids.new_ids)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="media", db_index=False)
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    source = models.CharField(max_length=16, choices=Source.choices, default=Source.UPLOAD)
    kind = models.CharField(max_length=16, help_text="The kind of message it may be sent in.")
    mime = models.CharField(max_length=128, blank=True)
    size = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    filename = models.CharField(max_length=240, blank=True)
    name = models.CharField(max_length=100, help_text="Where the storage has it.")
    link = models.CharField(max_length=2048, blank=True)
    error = models.CharField(max_length=255, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True)
    workspace = models.ForeignKey(Workspace, null=True, blank=True, on_delete=models.PROTECT, related_name="media")
    public_key = models.CharField(
        max_length=64, blank=True, db_default="", help_text="In its public address; empty: it has none."
    )
    replaced_at = models.DateTimeField(null=True, editable=False, help_text="When its bytes last changed.")
    expires_at = models.DateTimeField(db_index=True)

    objects = MediaQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]
        verbose_name_plural = "media"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["account", "id"], name="media_by_account"),
            models.Index(fields=["due_at"], name="media_due", condition=Q(due_at__isnull=False)),
            models.Index(fields=["account"], name="media_fetching", condition=Q(state="fetching")),
            models.Index(fields=["public_key"], name="media_public", condition=~Q(public_key="")),
            models.Index(fields=["account", "id"], name="media_resources", condition=Q(source="resource")),
        ]

    def __str__(self) -> str:
        return self.filename or f"media {self.pk}"

    @property
    def created_at(self) -> datetime:
        return ids.time_of(self.pk)

    @property
    def is_there(self) -> bool:
        return self.state == self.State.STORED

    @property
    def parked_until(self) -> datetime:
        """The time that recipients wait for who wait for this file, and by which they are found once it is there.

        Far enough that no worker holds a row with this time, and hardly ever the time of another file's.
        """
        return self.created_at + _PARKED + timedelta(microseconds=self.pk % 1000)
