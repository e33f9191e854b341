"""Who is in a segment now: its members, those of the segments in it, or whoever fits its rules.

A segment with `rules` has nobody in it but whom they fit when it is used. Others may have in their `details`
"segments" (ids of those whose people are in it too) and "users" (ids of people of the account).
"""

from __future__ import annotations

from collections.abc import Iterator

from accounts.models import User
from messaging.contacts.fitting import fitting
from messaging.contacts.many import CHUNK
from messaging.models import Contact, ContactQuerySet, Segment

MOST_SEGMENTS = 1000  # in one another


def within(segment: Segment) -> list[Segment]:
    """Return the segment and all that are in it, however deep, each once."""
    found, waiting = {segment.pk: segment}, [segment]
    while waiting and len(found) < MOST_SEGMENTS:
        inner = {id for each in waiting if not each.rules for id in each.details.get("segments", ())} - found.keys()
        mine = Segment.objects.filter(account=segment.account_id, workspace=segment.workspace_id, pk__in=inner)
        waiting = list(mine.order_by("pk"))
        found |= {each.pk: each for each in waiting}
    return list(found.values())


def contacts_in(segment: Segment) -> Iterator[list[Contact]]:
    """Yield the active contacts that are in the segment now, some hundred at a time; some may come again."""
    for each in within(segment):
        yield from _fitting(each) if each.rules else _members(each)


def users_in(segment: Segment) -> list[User]:
    """Return the people of the account that are in the segment."""
    ids = {id for each in within(segment) if not each.rules for id in each.details.get("users", ())}
    mine = User.objects.filter(memberships__account=segment.account_id, is_active=True)
    return list(mine.filter(pk__in=ids).order_by("pk").distinct())


def count_in(segment: Segment) -> int:
    """Return how many contacts and people are in the segment now, the inactive not among them."""
    inner = within(segment)
    if len(inner) == 1:
        contacts = all_in(segment).filter(is_active=True).count()
    else:
        contacts = len({contact.pk for chunk in contacts_in(segment) for contact in chunk})
    return contacts + len(users_in(segment))


def all_in(segment: Segment) -> ContactQuerySet:
    """Return the segment's own members, or whom its rules fit; not those of the segments in it."""
    return fitting(segment) if segment.rules else Contact.objects.filter(memberships__segment=segment)


def _members(segment: Segment) -> Iterator[list[Contact]]:
    last = 0
    while members := list(segment.members(after=last, limit=CHUNK).order_by("pk")):
        last = members[-1].pk
        yield [contact for contact in members if contact.is_active]


def _fitting(segment: Segment) -> Iterator[list[Contact]]:
    last, all_of_them = 0, fitting(segment).filter(is_active=True).order_by("pk")
    while found := list(all_of_them.filter(pk__gt=last)[:CHUNK]):
        last = found[-1].pk
        yield found
