"""Who is in a segment now: its members, those of the segments in it, or whoever fits its rules.

A segment with `rules` has nobody in it but whom they fit when it is used. Others may have in their `details`
"segments" (ids of those whose people are in it too) and "users" (ids of people of the account).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import User
from messaging.contacts.fitting import fitting
from messaging.contacts.many import CHUNK
from messaging.models import Contact, ContactQuerySet, Segment

MOST_SEGMENTS = 200  # in one another: databases take no question about many more


def within(segment: Segment) -> list[Segment]:
    """Return the segment and all that are in it, however deep, each once."""
    found, waiting = {segment.pk: segment}, [segment]
    while waiting and len(found) < MOST_SEGMENTS:
        inner = {id for each in waiting if not each.rules for id in each.details.get("segments", ())} - found.keys()
        mine = Segment.objects.filter(account=segment.account_id, workspace=segment.workspace_id, pk__in=inner)
        waiting = list(mine.order_by("pk")[: MOST_SEGMENTS - len(found)])
        found |= {each.pk: each for each in waiting}
    return list(found.values())


def contacts_in(segment: Segment) -> Iterator[list[Contact]]:
    """Yield the active contacts that are in the segment now, some hundred at a time; some may come again."""
    for chunk in _pages(segment, list):
        yield [contact for contact in chunk if contact.is_active]


def addresses_in(segment: Segment) -> Iterator[list[str]]:
    """Yield the numbers of the active contacts that are in the segment now, likewise; empty where one has none."""
    columns = ("pk", "address", "is_active")
    for chunk in _pages(segment, lambda found: list(found.values_list(*columns, named=True).iterator())):
        yield [row.address for row in chunk if row.is_active]


def users_in(segment: Segment) -> list[User]:
    """Return the people of the account that are in the segment, or in one that is in it."""
    return list(users_of(*(each for each in within(segment) if not each.rules)))


def users_of(*segments: Segment) -> QuerySet[User]:
    """Return the people of the account that are in these segments of it themselves."""
    ids = {id for each in segments for id in each.details.get("users", ())}
    mine = User.objects.filter(memberships__account__in={each.account_id for each in segments}, is_active=True)
    return mine.filter(pk__in=ids).order_by("pk").distinct()


def count_in(segment: Segment) -> int:
    """Return how many contacts and people are in the segment now, each counted once, the inactive too."""
    inner = within(segment)
    users = len(users_in(segment)) if any(each.details.get("users") for each in inner) else 0
    if len(inner) == 1 and not segment.rules:
        return segment.size + users
    chosen = Q(memberships__segment__in=[each.pk for each in inner if not each.rules])
    for each in inner:
        if each.rules:
            chosen |= Q(pk__in=fitting(each).values("pk"))
    return Contact.objects.filter(chosen, account=segment.account_id).distinct().count() + users


def all_in(segment: Segment) -> ContactQuerySet:
    """Return the segment's own members, or whom its rules fit; not those of the segments in it."""
    return fitting(segment) if segment.rules else Contact.objects.filter(memberships__segment=segment)


def _pages(segment: Segment, read: Callable[[ContactQuerySet], list[Any]]) -> Iterator[list[Any]]:
    """Yield the contacts of a segment and of those in it, as they are read, a page at a time."""
    for each in within(segment):
        last = 0
        while page := read(_page(each, last)):
            last = page[-1].pk
            yield page


def page_of(segment: Segment, *, after: int | None = None, before: int | None = None, limit: int) -> ContactQuerySet:
    """Return up to `limit` of those whom a segment names or its rules fit, in the order of `Segment.members`."""
    if not segment.rules:
        return segment.members(after=after, before=before, limit=limit)
    found = fitting(segment)
    if after is not None:
        found = found.filter(pk__gt=after).order_by("pk")
    else:
        found = (found if before is None else found.filter(pk__lt=before)).order_by("-pk")
    return Contact.objects.filter(pk__in=list(found.values_list("pk", flat=True)[:limit]))


def _page(segment: Segment, last: int) -> ContactQuerySet:
    return page_of(segment, after=last, limit=CHUNK).order_by("pk")
