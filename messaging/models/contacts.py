"""The people an account writes to, in lists of their own, and those who do not want it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.models import Account
from messaging import ids
from messaging.models.workspaces import Workspace


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


class ContactQuerySet(models.QuerySet["Contact"]):
    def for_account(self, account: Account) -> ContactQuerySet:
        return self.filter(account=account)

    def reached_at(self, *, numbers: Iterable[str] = (), emails: Iterable[str] = ()) -> ContactQuerySet:
        """Those with one of these numbers or e-mail addresses.

        It says that none is empty: the indexes leave those out, and databases use them only where they see that.
        """
        by_number = ~Q(address="") & Q(address__in=list(numbers))
        return self.filter(by_number | ~Q(email="") & Q(email__in=list(emails)))

    def matching(self, search: str) -> ContactQuerySet:
        """Those whose names, number or e-mail address contain every word of the search."""
        found = self
        for word in search.split():
            digits = "".join(c for c in word if c.isdigit() and c.isascii()).lstrip("0")
            texts = Q(first_name__icontains=word) | Q(last_name__icontains=word) | Q(email__icontains=word)
            is_number = digits and not any(c.isalpha() for c in word)
            found = found.filter(texts | Q(address__contains=digits) if is_number else texts)
        return found

    def with_opt_outs(self) -> ContactQuerySet:
        """Each row says in `has_opted_out` whether its person wrote STOP."""
        stopped = OptOut.objects.filter(account=OuterRef("account"), address=OuterRef("address"))
        return self.annotate(has_opted_out=Exists(stopped))


class Contact(models.Model):
    """A person an account writes to, with a number, an e-mail address or both. Its id carries when it was made."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_ids)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="contacts", db_index=False)
    address = models.CharField(max_length=128, blank=True, help_text="E.164, with its plus sign.")
    email = models.CharField(max_length=254, blank=True)
    first_name = models.CharField(max_length=150, blank=True)
    last_name = models.CharField(max_length=150, blank=True)
    fields = models.JSONField(default=dict, blank=True, help_text="Further texts by name, as the account needs them.")
    workspace = models.ForeignKey(Workspace, null=True, blank=True, on_delete=models.CASCADE, related_name="contacts")
    details = models.JSONField(
        default=dict, db_default={}, blank=True, help_text="What an API style keeps of it beside texts."
    )
    is_active = models.BooleanField(default=True, db_default=True, help_text="Lists send to it.")
    may_repeat = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="Others may have its number too."
    )
    updated_at = models.DateTimeField(default=timezone.now)

    objects = ContactQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["account", "address"],
                condition=~Q(address="") & Q(may_repeat=False),
                name="contact_address_once_per_account",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["account", "id"], name="contact_by_account"),
            models.Index(fields=["account", "email"], name="contact_by_email", condition=~Q(email="")),
            models.Index(fields=["account", "address"], name="contact_by_address", condition=~Q(address="")),
        ]

    def __str__(self) -> str:
        return f"contact {self.pk}"

    @property
    def created_at(self) -> datetime:
        return ids.time_of(self.pk)

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class SegmentQuerySet(models.QuerySet["Segment"]):
    def for_account(self, account: Account) -> SegmentQuerySet:
        return self.filter(account=account)


class Segment(models.Model):
    """A list of contacts with a name. `size` is how many there are, written with every change of its members."""

    id = models.BigIntegerField(primary_key=True, default=ids.new_ids)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="segments", db_index=False)
    name = models.CharField(max_length=150)
    size = models.PositiveIntegerField(default=0, editable=False)
    workspace = models.ForeignKey(Workspace, null=True, blank=True, on_delete=models.CASCADE, related_name="segments")
    rules = models.JSONField(default=list, blank=True, help_text="Who belongs to it when it is used; empty: members.")
    details = models.JSONField(default=dict, blank=True, help_text="What an API style keeps of it.")

    objects = SegmentQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["account", "name"], condition=Q(workspace=None), name="segment_name_once_per_account"
            ),
            models.UniqueConstraint(
                fields=["workspace", "name"],
                condition=Q(workspace__isnull=False),
                name="segment_name_once_per_workspace",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["account", "id"], name="segment_by_account")]

    def __str__(self) -> str:
        return self.name

    @property
    def created_at(self) -> datetime:
        return ids.time_of(self.pk)

    def members(self, *, after: int | None = None, before: int | None = None, limit: int) -> ContactQuerySet:
        """Return up to `limit` of its contacts: those next above `after`, else next below `before`, else the newest.

        Their ids are read first, from one narrow index: a database that joins reads far more contacts.
        """
        found = SegmentMember.objects.filter(segment=self)
        if after is not None:
            found = found.filter(contact__gt=after).order_by("contact_id")
        else:
            found = (found if before is None else found.filter(contact__lt=before)).order_by("-contact_id")
        return Contact.objects.filter(pk__in=list(found.values_list("contact_id", flat=True)[:limit]))


class SegmentMember(models.Model):
    """One contact in one segment; the pair is unique."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="memberships", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="memberships")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["segment", "contact"], name="segment_member_once")
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} in {self.segment_id}"
