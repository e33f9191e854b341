"""Making, changing and forgetting contacts one at a time, and finding them by their numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import Account
from messaging.contacts.cleaning import clean, must_be_reachable
from messaging.contacts.many import in_chunks
from messaging.errors import Refusal, Refused
from messaging.models import Contact, Segment, SegmentMember


def create_contact(account: Account, **given: Any) -> Contact:
    """Make a contact from address, email, first_name, last_name and fields (texts by name).

    Raises Refused: REQUIRED without number and e-mail address, EXISTS for a number that another one has, and as
    `cleaning.clean` does.
    """
    contact = Contact(account=account, **clean(account, given))
    _save(contact, force_insert=True)
    return contact


def change_contact(contact: Contact, **given: Any) -> Contact:
    """Change what is given; `fields` are replaced as a whole. Raises as `create_contact` does."""
    values = clean(contact.account, given)
    for name, value in values.items():
        setattr(contact, name, value)
    if values:
        contact.updated_at = timezone.now()
        _save(contact, update_fields=[*values, "updated_at"])
    return contact


def delete_contact(contact: Contact) -> None:
    """Forget the contact, also in its segments. Messages to it, and its STOP, stay."""
    with transaction.atomic():
        mine = Contact.objects.select_for_update().filter(pk=contact.pk)  # nobody adds it to a segment meanwhile
        if not mine:
            return
        members = SegmentMember.objects.select_for_update().filter(contact=contact)
        segments = Segment.objects.filter(pk__in=list(members.values_list("segment_id", flat=True)))
        for segment in segments.select_for_update(no_key=True).order_by("pk"):  # in one order, whoever else does so
            Segment.objects.filter(pk=segment.pk).update(size=F("size") - 1)
        mine.delete()


def by_addresses(account: Account, addresses: Iterable[str]) -> dict[str, Contact]:
    """Return the account's contacts with these numbers (in E.164), by number."""
    mine = Contact.objects.for_account(account)
    return {contact.address: contact for chunk in in_chunks(addresses) for contact in mine.filter(address__in=chunk)}


def _save(contact: Contact, **how: Any) -> None:
    must_be_reachable(contact.address, contact.email)
    try:
        with transaction.atomic():
            contact.save(**how)
    except IntegrityError:
        if not _is_taken(contact):
            raise
        raise Refused(Refusal.EXISTS, "There is a contact with this number already.", field="address") from None


def _is_taken(contact: Contact) -> bool:
    others = Contact.objects.filter(account=contact.account_id, address=contact.address).exclude(pk=contact.pk)
    return bool(contact.address) and others.exists()
