"""Segments: lists of contacts, of any length, whose `size` is written in the transaction of each change.

One with rules has no members: whom they fit is in it. What an API style keeps of a segment is in its `details`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from django.db import transaction
from django.db.models import F

from accounts import audit
from accounts.audit import Actor
from accounts.models import Account
from messaging import namesakes, rows
from messaging.contacts.cleaning import text
from messaging.contacts.many import CHUNK, in_chunks
from messaging.errors import Refusal, Refused
from messaging.models import Contact, Segment, SegmentMember, Workspace

_ONCE = "ON CONFLICT DO NOTHING"


def create_segment(
    account: Account,
    *,
    name: str,
    by: Actor,
    workspace: Workspace | None = None,
    rules: Sequence[Mapping[str, str]] = (),
    details: Mapping[str, Any] | None = None,
    members: Iterable[int] = (),
) -> Segment:
    """Make a segment of the account, or of a workspace of it, with rules or with members.

    Raises Refused: REQUIRED, INVALID, TOO_LONG, or EXISTS for a name that is taken.
    """
    kept = {"rules": list(rules), "details": dict(details or {})}
    segment = Segment(account=account, workspace=workspace, name=_name(name), **kept)
    with _named_once(segment):
        segment.save(force_insert=True)
        changes = {"rules": kept["rules"]} if rules else {}
        audit.record(account=account, actor=by, action="segment.created", target=segment, changes=changes)
        if not rules:
            add_members(segment, members)
    return segment


def rename_segment(segment: Segment, *, name: str, by: Actor) -> Segment:
    """Give it another name. Raises as `create_segment` does."""
    return change_segment(segment, by=by, name=name)


def change_segment(
    segment: Segment,
    *,
    by: Actor,
    name: str | None = None,
    rules: Sequence[Mapping[str, str]] | None = None,
    details: Mapping[str, Any] | None = None,
    members: Iterable[int] | None = None,
) -> Segment:
    """Change what is given; `members` are then its only ones, and rules leave it none. Raises as `create_segment`."""
    before = {"name": segment.name, "rules": segment.rules}
    segment.name = segment.name if name is None else _name(name)
    segment.rules = segment.rules if rules is None else list(rules)
    segment.details = segment.details if details is None else dict(details)
    after = {"name": segment.name, "rules": segment.rules}
    changes = {field: [before[field], after[field]] for field in before if before[field] != after[field]}
    with _named_once(segment):
        segment.save(update_fields=["name", "rules", "details"])
        if changes:
            action = "segment.renamed" if list(changes) == ["name"] else "segment.changed"
            audit.record(account=segment.account, actor=by, action=action, target=segment, changes=changes)
        if segment.rules:
            _set_members(segment, ())
        elif members is not None:
            _set_members(segment, members)
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
    """Add contacts with these ids and return how many were not in it; those of other workspaces are left aside.

    Raises Refused(INVALID) for a segment with rules.
    """
    must_have_members(segment)
    return sum(_add(segment, chunk) for chunk in in_chunks(contacts))


def remove_members(segment: Segment, contacts: Iterable[int]) -> int:
    """Take the contacts with these ids out and return how many were in it."""
    return sum(_remove(segment, chunk) for chunk in in_chunks(contacts))


def must_have_members(segment: Segment) -> None:
    """Raise Refused(INVALID) for a segment that has rules instead."""
    if segment.rules:
        raise Refused(Refusal.INVALID, "Its rules say who is in this segment: nobody is put into it.", field="segment")


def _set_members(segment: Segment, contacts: Iterable[int]) -> None:
    wanted = set(contacts)
    known = set(SegmentMember.objects.filter(segment=segment).values_list("contact_id", flat=True))
    remove_members(segment, sorted(known - wanted))
    if wanted - known:
        add_members(segment, sorted(wanted - known))


def _add(segment: Segment, contacts: list[int]) -> int:
    with transaction.atomic():
        theirs = Contact.objects.filter(account=segment.account_id, workspace=segment.workspace_id)
        mine = theirs.filter(pk__in=contacts).order_by("pk")
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


def _named_once(segment: Segment) -> AbstractContextManager[None]:
    others = Segment.objects.filter(account=segment.account_id, workspace=segment.workspace_id, name=segment.name)
    return namesakes.refused(others.exclude(pk=segment.pk), "There is a segment of this name already.")
