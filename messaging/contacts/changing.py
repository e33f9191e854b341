"""Making, changing and forgetting contacts one at a time, and finding them by their numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import Account
from messaging import namesakes
from messaging.contacts.cleaning import clean, must_be_reachable
from messaging.contacts.many import in_chunks
from messaging.models import Contact, Segment, SegmentMember, Workspace

_PLAIN = ("is_active", "details")  # taken as they are


def create_contact(
    account: Account, *, workspace: Workspace | None = None, may_repeat: bool = False, **given: Any
) -> Contact:
    """Make a contact from address, email, first_name, last_name, fields (texts by name), is_active and details.

    One that `may_repeat` is known by its id alone: others may have its number, and it may have none. Raises Refused:
    REQUIRED without number and e-mail address, EXISTS for a number that another one has, and as `cleaning.clean` does.
    """
    contact = Contact(account=account, workspace=workspace, may_repeat=may_repeat, **_values(account, given))
    _save(contact, force_insert=True)
    return contact


def change_contact(contact: Contact, **given: Any) -> Contact:
    """Change what is given; `fields` and `details` are replaced as a whole. Raises as `create_contact` does."""
    values = _values(contact.account, given)
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


def delete_everywhere(contact: Contact) -> int:
    """Forget the contact and its like in all workspaces: same name, number and e-mail address. Returns how many."""
    like = Contact.objects.for_account(contact.account).reached_at(numbers=[contact.address], emails=[contact.email])
    names = {"first_name": contact.first_name, "last_name": contact.last_name}
    same = like.filter(address=contact.address, email=contact.email, **names)
    others = list(same) if contact.address or contact.email else [contact]
    for each in others:
        delete_contact(each)
    return len(others)


def by_addresses(account: Account, addresses: Iterable[str], *, workspace: int | None = None) -> dict[str, Contact]:
    """Return the account's contacts with these numbers (in E.164), by number.

    They are those of the workspace with this id or, where it has none, of no workspace. Where several have a number
    it is the one that has it for itself, else the oldest.
    """
    mine = Contact.objects.for_account(account).filter(Q(workspace=None) | Q(workspace=workspace))
    found: dict[str, Contact] = {}
    for chunk in in_chunks(addresses):
        for contact in mine.reached_at(numbers=chunk).order_by("-may_repeat", "-pk"):
            known = found.get(contact.address)
            if known is None or known.workspace_id is None or contact.workspace_id is not None:
                found[contact.address] = contact
    return found


def _values(account: Account, given: dict[str, Any]) -> dict[str, Any]:
    return {**clean(account, given), **{name: given[name] for name in _PLAIN if name in given}}


def _save(contact: Contact, **how: Any) -> None:
    if not contact.may_repeat:
        must_be_reachable(contact.address, contact.email)
    others = Contact.objects.for_account(contact.account).reached_at(numbers=[contact.address]).filter(may_repeat=False)
    others = others.none() if contact.may_repeat else others.exclude(pk=contact.pk)
    with namesakes.refused(others, "There is a contact with this number already.", field="address"):
        contact.save(**how)
