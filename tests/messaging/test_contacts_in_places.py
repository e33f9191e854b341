"""Contacts of workspaces, numbers that stand twice, and segments with rules: what the core makes of them."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.audit import COMMAND
from accounts.models import Account
from messaging import contacts, ids, workspaces
from messaging.broadcasts import staging
from messaging.contacts.fitting import fitting
from messaging.errors import Refusal, Refused
from messaging.models import Broadcast, BroadcastRecipient, Contact, Segment, Workspace

NUMBER = "+61400400400"
NURSES = [{"field": "fields.job", "value": "nurse"}]


@pytest.fixture
def ops(acme: Account) -> Workspace:
    return workspaces.create_workspace(acme, by=COMMAND, name="Ops")


def person(account: Account, first_name: str, **given: Any) -> Contact:
    return contacts.create_contact(account, **{"address": NUMBER, "first_name": first_name, **given})


def names(segment: Segment | None = None) -> list[str]:
    found = contacts.all_in(segment) if segment else Contact.objects.all()
    return sorted(found.values_list("first_name", flat=True))


def addresses(segment: Segment) -> list[str]:
    """Return whom a broadcast to the segment would be written to."""
    fields = {"account": segment.account, "name": "News", "channel": "sms", "kind": "text"}
    broadcast = Broadcast.objects.create(pk=ids.new_ids(), **fields)
    staging.write(broadcast, segment)
    return sorted(BroadcastRecipient.objects.filter(broadcast=broadcast).values_list("address", flat=True))


def test_one_contact_has_a_number_for_itself_and_others_beside_it(acme: Account) -> None:
    person(acme, "Own")
    person(acme, "Twin", may_repeat=True)
    person(acme, "Triplet", may_repeat=True)
    with pytest.raises(Refused) as refused:
        person(acme, "Rival")
    assert refused.value.refusal == Refusal.EXISTS
    assert names() == ["Own", "Triplet", "Twin"]


def test_a_contact_that_may_repeat_needs_no_number(acme: Account) -> None:
    person(acme, "Ana", address="", may_repeat=True)
    with pytest.raises(Refused, match="number or an e-mail"):
        person(acme, "Bo", address="")


def test_by_number_the_one_of_the_place_is_found(acme: Account, ops: Workspace) -> None:
    person(acme, "Inside", workspace=ops, may_repeat=True)
    assert contacts.by_addresses(acme, [NUMBER]) == {}
    person(acme, "Twin", may_repeat=True)
    person(acme, "Younger twin", may_repeat=True)
    assert contacts.by_addresses(acme, [NUMBER])[NUMBER].first_name == "Twin"
    person(acme, "Own")
    assert contacts.by_addresses(acme, [NUMBER])[NUMBER].first_name == "Own"
    assert contacts.by_addresses(acme, [NUMBER], workspace=ops.pk)[NUMBER].first_name == "Inside"


def test_a_file_changes_the_companys_contact_and_leaves_a_workspaces_alone(acme: Account, ops: Workspace) -> None:
    person(acme, "Inside", workspace=ops, may_repeat=True)
    person(acme, "Twin", may_repeat=True)
    for made in (0, 1):  # a second time it finds what the first one made, or knows
        report = contacts.import_contacts(acme, BytesIO(b"phone,name\n+61400400400,New\n"), by=COMMAND)
        assert (report.created, report.updated) == (0, 1), made
    assert names() == ["Inside", "New"]


def test_of_twins_a_file_changes_the_one_that_has_its_number_for_itself(acme: Account) -> None:
    person(acme, "Twin", may_repeat=True)
    person(acme, "Own")
    contacts.import_contacts(acme, BytesIO(b"phone,name\n+61400400400,New\n"), by=COMMAND)
    assert names() == ["New", "Twin"]


def test_a_file_for_a_workspaces_segment_makes_contacts_of_the_workspace(acme: Account, ops: Workspace) -> None:
    person(acme, "Own")
    segment = contacts.create_segment(acme, name="Night", by=COMMAND, workspace=ops)
    file = b"phone,name\n+61400400400,Inside\n+61400400401,Other\n"
    report = contacts.import_contacts(acme, BytesIO(file), by=COMMAND, segment=segment)
    assert (report.created, segment.size, names(segment)) == (2, 2, ["Inside", "Other"])
    assert set(Contact.objects.filter(workspace=ops).values_list("may_repeat", flat=True)) == {True}


def test_contacts_join_segments_of_their_own_place(acme: Account, ops: Workspace) -> None:
    own, inside = person(acme, "Own"), person(acme, "Inside", workspace=ops, may_repeat=True)
    for place, name in ((None, "Own"), (ops, "Inside")):
        segment = contacts.create_segment(acme, name="Night", by=COMMAND, workspace=place)
        assert contacts.add_members(segment, [own.pk, inside.pk]) == 1
        assert names(segment) == [name]


def test_a_name_is_taken_once_in_each_place(acme: Account, ops: Workspace) -> None:
    for place in (None, ops):
        contacts.create_segment(acme, name="Night", by=COMMAND, workspace=place)
        with pytest.raises(Refused, match="of this name already"):
            contacts.create_segment(acme, name="Night", by=COMMAND, workspace=place)


def test_nobody_is_put_into_a_segment_with_rules(acme: Account) -> None:
    ana = person(acme, "Ana")
    segment = contacts.create_segment(acme, name="Nurses", by=COMMAND, rules=NURSES, members=[ana.pk])
    assert segment.memberships.count() == 0
    with pytest.raises(Refused, match="rules"):
        contacts.add_members(segment, [ana.pk])
    with pytest.raises(Refused, match="rules"):
        contacts.import_contacts(acme, BytesIO(b"phone\n+61400400401\n"), by=COMMAND, segment=segment)
    assert Contact.objects.count() == 1


def test_a_broadcast_goes_to_who_fits_then_and_is_active(acme: Account, other: Account, ops: Workspace) -> None:
    job = {"fields": {"Job": "Nurse"}}
    segment = contacts.create_segment(acme, name="Nurses", by=COMMAND, rules=NURSES)
    person(acme, "Ana", **job)
    person(acme, "Cook", address="+61400400401", fields={"Job": "Cook"})
    person(acme, "Off", address="+61400400402", is_active=False, **job)
    person(acme, "Inside", address="+61400400403", workspace=ops, may_repeat=True, **job)
    person(other, "Stranger", address="+61400400404", **job)
    assert addresses(segment) == [NUMBER]
    person(acme, "Bo", address="+61400400405", **job)
    assert addresses(segment) == [NUMBER, "+61400400405"]


def test_a_broadcast_leaves_out_the_inactive_however_many_stand_first(
    acme: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("messaging.contacts.belonging.CHUNK", 2)
    ids_ = [person(acme, f"P{n}", address=f"+6140040040{n}", is_active=n > 2).pk for n in range(5)]
    segment = contacts.create_segment(acme, name="All", by=COMMAND, members=ids_)
    assert addresses(segment) == ["+61400400403", "+61400400404"]


def test_a_broadcast_to_a_plain_segment_asks_no_more_than_before(acme: Account) -> None:
    segment = contacts.create_segment(acme, name="All", by=COMMAND, members=[person(acme, "Ana").pk])
    with CaptureQueriesContext(connection) as asked:
        list(contacts.addresses_in(segment))
    assert len(asked) == 3  # two for the page, one that finds no other


def test_segments_in_one_another_end(acme: Account) -> None:
    inner = contacts.create_segment(acme, name="Inner", by=COMMAND, members=[person(acme, "Ana").pk])
    outer = contacts.create_segment(acme, name="Outer", by=COMMAND, details={"segments": [inner.pk]})
    contacts.change_segment(inner, by=COMMAND, details={"segments": [outer.pk, inner.pk]})
    assert addresses(outer) == [NUMBER]
    assert contacts.count_in(outer) == contacts.count_in(inner) == 1


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        ({"field": "first_name", "value": "aNa"}, True),
        ({"field": "first_name", "value": "a*"}, True),
        ({"field": "first_name", "value": "n*"}, False),
        ({"field": "first_name", "value": "*"}, True),
        ({"field": "first_name", "value": "."}, False),
        ({"field": "last_name", "value": "*"}, True),
        ({"field": "last_name", "value": "%"}, False),
        ({"field": "address", "value": "61400*"}, True),
        ({"field": "email", "value": "*@example.com"}, False),
        ({"field": "fields.JOB", "value": "Nürse"}, True),
        ({"field": "fields.job", "value": "n_rse"}, False),
        ({"field": "fields.x y", "value": "*"}, False),
    ],
)
def test_rules_fit_whole_texts_case_aside(acme: Account, rule: dict[str, str], fits: bool) -> None:
    person(acme, "Ana", fields={"job": "Nürse", "a.b": "1"})
    segment = contacts.create_segment(acme, name="Some", by=COMMAND, rules=[rule])
    assert fitting(segment).exists() == fits


def test_one_is_forgotten_with_its_like_everywhere(acme: Account, ops: Workspace) -> None:
    here = person(acme, "Ana", may_repeat=True)
    person(acme, "Ana", workspace=ops, may_repeat=True)
    person(acme, "Bo", workspace=ops, may_repeat=True)
    nobody = [person(acme, "Cy", address="", may_repeat=True) for _ in range(2)]
    assert contacts.delete_everywhere(here) == 2
    assert contacts.delete_everywhere(nobody[0]) == 1
    assert names() == ["Bo", "Cy"]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite plans without counting rows")
def test_contacts_are_found_by_their_indexes_however_many_there_are(acme: Account) -> None:
    """These hold the rows that have a number or an e-mail address: the query must say that it wants no others."""
    numbers, emails = [f"+614{n:08d}" for n in range(30_000)], [f"p{n}@example.com" for n in range(30_000)]
    mine = Contact.objects.for_account(acme).filter(workspace=None)
    Contact.objects.bulk_create(Contact(account=acme, address=a, email=e) for a, e in zip(numbers, emails, strict=True))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE messaging_contact")
    plan = mine.reached_at(numbers=numbers[:101], emails=emails[:101]).explain()
    assert "contact_by_address" in plan
    assert "contact_by_email" in plan


@pytest.mark.skipif(connection.vendor != "sqlite", reason="others read a small table whole")
def test_an_accounts_segments_are_found_by_an_index_whatever_workspace_they_are_in(acme: Account) -> None:
    assert "segment_by_account" in Segment.objects.for_account(acme).explain()


def test_nobody_is_reached_at_an_empty_number_or_address(acme: Account) -> None:
    person(acme, "Ann", email="ann@example.com")
    person(acme, "Ben", address="", email="ben@example.com")
    assert not Contact.objects.reached_at(numbers=[""], emails=[""]).exists()
    assert Contact.objects.reached_at(numbers=[NUMBER], emails=["ben@example.com"]).count() == 2
