"""Segments by our own API."""

import pytest

from accounts.audit import COMMAND
from accounts.models import Account, AuditEntry
from messaging import contacts
from messaging.models import Contact, Segment, SegmentMember
from tests.messaging.api.conftest import Call, Issue
from tokens import issuing


@pytest.fixture
def secret(issue: Issue) -> str:
    return issue()[1]


@pytest.fixture
def strangers(other: Account) -> str:
    return issuing.create_token(account=other, name="theirs", by=COMMAND, grantor=None)[1]


@pytest.fixture
def people(acme: Account) -> list[str]:
    numbers = [f"+90532123456{digit}" for digit in range(5)]
    return [str(contacts.create_contact(acme, address=number).pk) for number in numbers]


@pytest.fixture
def segment(acme: Account) -> Segment:
    return contacts.create_segment(acme, name="Newsletter", by=COMMAND)


def test_a_segment_is_created_renamed_and_deleted(call: Call, secret: str, people: list[str]) -> None:
    created = call("POST", "segments", secret, {"name": " Newsletter "})
    assert (created.status_code, created.json()["name"], created.json()["size"]) == (201, "Newsletter", 0)
    path = created["Location"].removeprefix("/api/v1/")
    assert call("PATCH", path, secret, {"name": "Weekly"}).json()["name"] == "Weekly"
    call("POST", f"{path}/members", secret, {"contacts": people})
    assert call("GET", path, secret).json()["size"] == 5
    assert call("DELETE", path, secret).status_code == 204
    assert call("GET", path, secret).status_code == 404
    assert Contact.objects.count() == 5
    actions = AuditEntry.objects.filter(action__startswith="segment.").order_by("pk")
    assert [entry.action for entry in actions] == ["segment.created", "segment.renamed", "segment.deleted"]


def test_a_name_belongs_to_one_segment(call: Call, secret: str, segment: Segment) -> None:
    again = call("POST", "segments", secret, {"name": "Newsletter"})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "exists")
    other = call("POST", "segments", secret, {"name": "Weekly"}).json()
    assert call("PATCH", f"segments/{other['id']}", secret, {"name": "Newsletter"}).status_code == 409
    assert call("POST", "segments", secret, {"name": "\x1b"}).json()["error"]["field"] == "name"
    names = [item["name"] for item in call("GET", "segments", secret).json()["items"]]
    assert names == ["Weekly", "Newsletter"]


def test_contacts_join_once_and_leave(call: Call, secret: str, segment: Segment, people: list[str]) -> None:
    path = f"segments/{segment.pk}/members"
    assert call("POST", path, secret, {"contacts": people[:3]}).json() == {"changed": 3, "size": 3}
    assert call("POST", path, secret, {"contacts": [*people, "1", people[4]]}).json() == {"changed": 2, "size": 5}
    page = call("GET", f"{path}?limit=3", secret).json()
    assert [item["id"] for item in page["items"]] == people[:1:-1]
    rest = call("GET", f"{path}?cursor={page['next_cursor']}", secret).json()
    assert [item["id"] for item in rest["items"]] == people[1::-1]
    assert call("POST", f"{path}/remove", secret, {"contacts": people[:2]}).json() == {"changed": 2, "size": 3}
    assert call("POST", f"{path}/remove", secret, {"contacts": people[:2]}).json() == {"changed": 0, "size": 3}
    assert SegmentMember.objects.count() == 3


def test_a_deleted_contact_leaves_its_segments(call: Call, secret: str, segment: Segment, people: list[str]) -> None:
    weekly = call("POST", "segments", secret, {"name": "Weekly"}).json()["id"]
    for id in (segment.pk, weekly):
        call("POST", f"segments/{id}/members", secret, {"contacts": people})
    call("DELETE", f"contacts/{people[0]}", secret)
    assert {item["size"] for item in call("GET", "segments", secret).json()["items"]} == {4}
    assert SegmentMember.objects.count() == 8


@pytest.mark.parametrize("contacts", [None, [], "1", ["x"], [1], ["1"] * 10_001])
def test_what_names_no_contacts_is_refused(call: Call, secret: str, segment: Segment, contacts: object) -> None:
    answer = call("POST", f"segments/{segment.pk}/members", secret, {"contacts": contacts})
    assert answer.status_code == 422
    assert answer.json()["error"]["field"].startswith("contacts")


def test_strangers_see_and_change_nothing(
    call: Call, secret: str, strangers: str, segment: Segment, people: list[str], other: Account
) -> None:
    theirs = contacts.create_contact(other, address="+905321234567")
    assert call("GET", "segments", strangers).json()["items"] == []
    path = f"segments/{segment.pk}"
    for method, at, body in (
        ("GET", path, None),
        ("PATCH", path, {"name": "x"}),
        ("DELETE", path, None),
        ("GET", f"{path}/members", None),
        ("POST", f"{path}/members", {"contacts": [str(theirs.pk)]}),
        ("POST", f"{path}/members/remove", {"contacts": people}),
    ):
        assert call(method, at, strangers, body).status_code == 404
    assert call("POST", f"{path}/members", secret, {"contacts": [str(theirs.pk)]}).json()["changed"] == 0
    segment.refresh_from_db()
    assert (segment.name, segment.size) == ("Newsletter", 0)
