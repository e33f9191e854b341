"""Contacts and segments when several people change them at once, and what is found by numbers."""

from collections.abc import Callable
from io import BytesIO
from threading import Thread

import pytest
from django.db import connection

from accounts.audit import COMMAND
from accounts.models import Account
from messaging import contacts
from messaging.models import Contact, Segment, SegmentMember


def number(n: int) -> str:
    return f"+90530{n:07}"


def file(first: int, last: int) -> BytesIO:
    lines = [f"{number(n)},Name{n}" for n in range(first, last)]
    return BytesIO("\n".join(["phone,first_name", *lines]).encode())


def at_once(*acts: Callable[[], object]) -> list[Exception]:
    """Do all of it at the same time and return what was raised."""
    raised: list[Exception] = []

    def run(act: Callable[[], object]) -> None:
        try:
            act()
        except Exception as error:
            raised.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


@pytest.mark.django_db(transaction=True)
def test_a_segments_size_stays_true_whoever_changes_it(acme: Account) -> None:
    segments = [contacts.create_segment(acme, name=name, by=COMMAND) for name in ("one", "two")]

    def fill(first: int, segment: Segment) -> None:
        contacts.import_contacts(acme, file(first, first + 800), by=COMMAND, segment=segment)

    def delete() -> None:
        for n in range(0, 1200, 40):
            if contact := contacts.by_addresses(acme, [number(n)]).get(number(n)):
                contacts.delete_contact(contact)

    def leave_and_join() -> None:
        for segment in segments * 4:
            some = [contact.pk for contact in segment.members(limit=100)]
            contacts.remove_members(segment, some[::3])
            contacts.add_members(segment, reversed(some))

    one, two = segments
    acts = [lambda: fill(0, one), lambda: fill(400, two), lambda: fill(200, one), delete, delete, leave_and_join]
    assert at_once(*acts) == []
    for segment in segments:
        segment.refresh_from_db()
        assert segment.size == SegmentMember.objects.filter(segment=segment).count() > 0
    assert Contact.objects.count() == Contact.objects.values("address").distinct().count()


@pytest.mark.django_db
def test_members_are_read_from_either_end(acme: Account) -> None:
    made = [contacts.create_contact(acme, address=number(n)).pk for n in range(5)]
    segment = contacts.create_segment(acme, name="all", by=COMMAND)
    contacts.add_members(segment, made)
    assert {c.pk for c in segment.members(limit=2)} == set(made[3:])
    assert {c.pk for c in segment.members(after=made[1], limit=2)} == set(made[2:4])
    assert {c.pk for c in segment.members(before=made[1], limit=2)} == {made[0]}


@pytest.mark.django_db
def test_contacts_are_found_by_numbers_in_their_own_account(acme: Account, other: Account) -> None:
    for account in (acme, other):
        contacts.create_contact(account, address=number(1), first_name=account.name)
    found = contacts.by_addresses(acme, (number(n) for n in range(1200)))
    assert [(address, contact.first_name) for address, contact in found.items()] == [(number(1), "acme")]
