"""Segments: lists of contacts, of any length, whose `size` is written in the transaction of each change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction
from django.db.models import F

from accounts import audit
from accounts.audit import Actor
from accounts.models import Account
from messaging import rows
from messaging.contacts.cleaning import text
from messaging.contacts.many import CHUNK, in_chunks
from messaging.errors import Refusal, Refused
from messaging.models import Contact, Segment, SegmentMember

_ONCE = "ON CONFLICT DO NOTHING"


def create_segment(account: Account, *, name: str, by: Actor) -> Segment:
    """Make an empty segment. Raises Refused: REQUIRED, INVALID, TOO_LONG, or EXISTS for a name that is taken."""
    segment = Segment(account=account, name=_name(name))
    with _named_once(segment):
        segment.save(force_insert=True)
        audit.record(account=account, actor=by, action="segment.created", target=segment)
    return segment


def rename_segment(segment: Segment, *, name: str, by: Actor) -> Segment:
    """Give it another name. Raises as `create_segment` does."""
    before, name = segment.name, _name(name)
    if name != before:
        segment.name = name
        with _named_once(segment):
            segment.save(update_fields=["name"])
            changes = {"name": [before, name]}
            audit.record(account=segment.account, actor=by, action="segment.renamed", target=segment, changes=changes)
    return segment


def delete_segment(segment: Segment, *, by: Actor) -> None:
    """Forget the segment; its contacts stay. A long one is emptied step by step, so that nobody waits for it."""
    members = SegmentMember.objects.filter(segment=segment)
    while some := list(members.order_by("contact_id").values_list("contact_id", flat=True)[:CHUNK]):
        remove_members(segment, some)
    with transaction.atomic():
        audit.record(account=segment.account, actor=by, action="segment.deleted", target=segment)
        segment.delete()


def add_members(segment: Segment, contacts: Iterable[int]) -> int:
    """Add the account's contacts with these ids and return how many were not in it; other ids are left aside."""
    return sum(_add(segment, chunk) for chunk in in_chunks(contacts))


def remove_members(segment: Segment, contacts: Iterable[int]) -> int:
    """Take the contacts with these ids out and return how many were in it."""
    return sum(_remove(segment, chunk) for chunk in in_chunks(contacts))


def _add(segment: Segment, contacts: list[int]) -> int:
    with transaction.atomic():
        mine = Contact.objects.filter(account=segment.account_id, pk__in=contacts).order_by("pk")
        # Locked, since one that is deleted meanwhile cannot be a member.
        found = list(mine.select_for_update(no_key=True).values_list("pk", flat=True))
        pairs = [[segment.pk, contact] for contact in found]
        return _counted(segment, rows.insert(SegmentMember, ("segment", "contact"), pairs, conflict=_ONCE))


def _remove(segment: Segment, contacts: list[int]) -> int:
    with transaction.atomic():
        gone, _ = SegmentMember.objects.filter(segment=segment, contact__in=contacts).delete()
        return -_counted(segment, -gone)


def _counted(segment: Segment, more: int) -> int:
    if more:
        Segment.objects.filter(pk=segment.pk).update(size=F("size") + more)
        segment.size += more
    return more


def _name(given: str) -> str:
    name = text(given, "name", Segment._meta.get_field("name").max_length or 0)
    if not name:
        raise Refused(Refusal.REQUIRED, "A segment needs a name.", field="name")
    return name


@contextmanager
def _named_once(segment: Segment) -> Iterator[None]:
    """A transaction that ends in Refused(EXISTS) where another segment has the name."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        others = Segment.objects.filter(account=segment.account_id, name=segment.name).exclude(pk=segment.pk)
        if not others.exists():
            raise
        raise Refused(Refusal.EXISTS, "There is a segment of this name already.", field="name") from None
