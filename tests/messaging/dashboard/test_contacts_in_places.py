"""The pages of contacts and segments where some belong to workspaces, and some segments have rules."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.audit import COMMAND
from accounts.models import Account, User
from messaging import contacts, workspaces
from messaging.models import Contact, Segment, Workspace
from tests.conftest import SignedIn

NURSES = [{"field": "fields.jobTitle", "label": "Job Title", "value": "nurse"}]


@pytest.fixture
def client(acme: Account, alice: User, signed_in: SignedIn) -> Client:
    return signed_in(alice)


@pytest.fixture
def ops(acme: Account) -> Workspace:
    return workspaces.create_workspace(acme, by=COMMAND, name="Operations")


@pytest.fixture
def inside(acme: Account, ops: Workspace) -> Contact:
    given = {"address": "+61400400400", "first_name": "Ana", "fields": {"jobTitle": "Nurse"}, "is_active": False}
    return contacts.create_contact(acme, workspace=ops, may_repeat=True, **given)


@pytest.fixture
def nurses(acme: Account, ops: Workspace) -> Segment:
    return contacts.create_segment(acme, name="Nurses", by=COMMAND, workspace=ops, rules=NURSES)


def test_a_contact_says_which_workspace_it_is_of_and_that_it_is_disabled(client: Client, inside: Contact) -> None:
    for path in ("/contacts/", f"/contacts/{inside.pk}/"):
        page = client.get(path).content.decode()
        assert "Operations" in page
        assert "Disabled" in page


def test_a_segment_with_rules_says_so_and_shows_who_fits(client: Client, nurses: Segment, inside: Contact) -> None:
    page = client.get("/contacts/segments/").content.decode()
    assert "Dynamic" in page
    assert "Operations" in page
    page = client.get(f"/contacts/segments/{nurses.pk}/").content.decode()
    for text in ("Dynamic", "Job Title", "nurse", "Ana", "1 contact"):
        assert text in page
    for text in ("Add numbers", "Import into it", "out of the segment"):
        assert text not in page


def test_nobody_is_put_into_one_with_rules(client: Client, nurses: Segment, inside: Contact) -> None:
    answer = client.post(f"/contacts/segments/{nurses.pk}/numbers/", {"numbers": "+61400400401"})
    assert answer.status_code == 422
    answer = client.post(f"/contacts/{inside.pk}/segments/", {"join": str(nurses.pk)})
    assert answer.status_code == 302
    assert (nurses.memberships.count(), Contact.objects.count()) == (0, 1)
    page = client.get("/contacts/import/").content.decode()
    assert "Nurses" not in page


def test_a_contact_joins_segments_of_its_own_workspace(client: Client, acme: Account, inside: Contact) -> None:
    here = contacts.create_segment(acme, name="Company night", by=COMMAND)
    there = contacts.create_segment(acme, name="Ops night", by=COMMAND, workspace=inside.workspace)
    page = client.get(f"/contacts/{inside.pk}/").content.decode()
    assert ("Ops night" in page, "Company night" in page) == (True, False)
    for segment in (here, there):
        client.post(f"/contacts/{inside.pk}/segments/", {"join": str(segment.pk)})
    assert (here.memberships.count(), there.memberships.count()) == (0, 1)


def test_numbers_for_a_workspaces_segment_become_its_contacts(client: Client, acme: Account, ops: Workspace) -> None:
    contacts.create_contact(acme, address="+61400400400", first_name="Own")
    there = contacts.create_segment(acme, name="Ops night", by=COMMAND, workspace=ops)
    client.post(f"/contacts/segments/{there.pk}/numbers/", {"numbers": "+61400400400\n+61400400401"})
    assert there.memberships.count() == 2
    assert Contact.objects.filter(workspace=ops).count() == 2


def test_a_contact_of_a_workspace_is_changed_like_any_other(client: Client, inside: Contact) -> None:
    given = {"address": "+61400400400", "first_name": "Anna", "own": "jobTitle: Cook"}
    assert client.post(f"/contacts/{inside.pk}/", given).status_code == 302
    inside.refresh_from_db()
    assert (inside.first_name, inside.fields, inside.workspace_id is None) == ("Anna", {"jobTitle": "Cook"}, False)
