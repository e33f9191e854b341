"""Contacts by our own API, one at a time and from files."""

from typing import Any

import pytest
from django.test import Client

from accounts.audit import COMMAND
from accounts.models import Account, AuditEntry
from messaging import contacts, turns
from messaging.models import Contact, OptOut, Segment, SegmentMember
from tests.messaging.api.conftest import Call, Issue
from tokens import issuing
from tokens.scopes import Scope

AYSE = {
    "address": "+90 532 123 45 67",
    "email": "ayse@example.com",
    "first_name": " Ayşe ",
    "last_name": "Kaya",
    "fields": {"city": "İzmir", "empty": " "},
}


@pytest.fixture
def secret(issue: Issue) -> str:
    return issue()[1]


@pytest.fixture
def strangers(other: Account) -> str:
    return issuing.create_token(account=other, name="theirs", by=COMMAND, grantor=None)[1]


def upload(secret: str, file: str | bytes, query: str = "", content_type: str = "text/csv; charset=utf-8") -> Any:
    raw = file.encode() if isinstance(file, str) else file
    headers = {"Authorization": f"Bearer {secret}"}
    return Client().post(f"/api/v1/contacts/import{query}", raw, content_type=content_type, headers=headers)


def test_a_contact_is_created_changed_and_deleted(call: Call, secret: str) -> None:
    created = call("POST", "contacts", secret, AYSE)
    assert created.status_code == 201
    path = created["Location"].removeprefix("/api/v1/")
    shown = created.json()
    assert (shown["address"], shown["first_name"], shown["fields"]) == ("+905321234567", "Ayşe", {"city": "İzmir"})
    assert shown["opted_out"] is False
    changed = call("PATCH", path, secret, {"email": "", "fields": {"shop": "Berlin"}}).json()
    assert (changed["email"], changed["last_name"], changed["fields"]) == ("", "Kaya", {"shop": "Berlin"})
    assert changed["updated_at"] > shown["updated_at"]
    assert call("GET", path, secret).json() == changed
    assert call("DELETE", path, secret).status_code == 204
    assert call("GET", path, secret).status_code == 404


def test_a_number_belongs_to_one_contact_and_an_email_address_to_any(call: Call, secret: str) -> None:
    call("POST", "contacts", secret, AYSE)
    again = call("POST", "contacts", secret, {"address": "905321234567"})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "exists")
    other = call("POST", "contacts", secret, {"email": "ayse@example.com"}).json()
    taken = call("PATCH", f"contacts/{other['id']}", secret, {"address": "905321234567"})
    assert (taken.status_code, taken.json()["error"]["field"]) == (409, "address")
    assert Contact.objects.get(pk=other["id"]).address == ""


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "required", "address"),
        ({"first_name": "Nobody"}, "required", "address"),
        ({"address": "call me"}, "invalid_recipient", "address"),
        ({"email": "ayse at example"}, "invalid", "email"),
        ({"address": "+905321234567", "first_name": "x" * 151}, "invalid", "first_name"),
        ({"address": "+905321234567", "first_name": "\x1b[2J"}, "invalid", "first_name"),
        ({"address": "+905321234567", "fields": {"a b": "c"}}, "invalid", "fields"),
        ({"address": "+905321234567", "fields": {"email": "c"}}, "invalid", "fields"),
        ({"address": "+905321234567", "fields": {"city": 7}}, "invalid", "fields.city"),
        ({"address": "+905321234567", "fields": {f"f{n}": "x" for n in range(101)}}, "invalid", "fields"),
        ({"address": "+905321234567", "phone": "+905321234567"}, "invalid", "phone"),
    ],
)
def test_what_is_no_contact_is_refused(call: Call, secret: str, body: dict[str, Any], code: str, field: str) -> None:
    answer = call("POST", "contacts", secret, body)
    assert (answer.status_code, answer.json()["error"]["code"], answer.json()["error"]["field"]) == (422, code, field)
    assert not Contact.objects.exists()


def test_a_contact_keeps_a_way_to_be_reached(call: Call, secret: str) -> None:
    id = call("POST", "contacts", secret, {"email": "a@example.com"}).json()["id"]
    answer = call("PATCH", f"contacts/{id}", secret, {"email": ""})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "required")
    assert Contact.objects.get().email == "a@example.com"


def test_the_list_is_searched_by_words_and_numbers(call: Call, acme: Account, secret: str) -> None:
    call("POST", "contacts", secret, AYSE)
    call("POST", "contacts", secret, {"address": "+905321234568", "first_name": "Can", "email": "can@example.com"})
    OptOut.objects.create(account=acme, address="+905321234568")

    def names(query: str) -> list[str]:
        return [item["first_name"] for item in call("GET", f"contacts?{query}", secret).json()["items"]]

    assert names("") == ["Can", "Ayşe"]
    assert names("search=ayse@") == names("search=kaya%20ay") == names("search=0532%20123-45-67") == ["Ayşe"]
    assert names("search=nobody") == []
    assert names("address=%2B90532123%204568") == names("email=can@example.com") == ["Can"]
    first = call("GET", "contacts?limit=1", secret).json()
    assert first["items"][0]["opted_out"] is True
    assert names(f"cursor={first['next_cursor']}") == ["Ayşe"]


def test_strangers_see_and_change_nothing(call: Call, acme: Account, strangers: str) -> None:
    mine = contacts.create_contact(acme, address="+905321234567")
    assert call("GET", "contacts", strangers).json()["items"] == []
    assert call("GET", "contacts?search=532", strangers).json()["items"] == []
    for method, body in (("GET", None), ("PATCH", {"first_name": "x"}), ("DELETE", None)):
        assert call(method, f"contacts/{mine.pk}", strangers, body).status_code == 404
    assert call("POST", "contacts", strangers, {"address": "+905321234567"}).status_code == 201
    mine.refresh_from_db()
    assert mine.first_name == ""


def test_each_act_has_its_permission(call: Call, issue: Issue, acme: Account) -> None:
    mine = contacts.create_contact(acme, address="+905321234567")
    _, reading = issue(type="read_only")
    _, writing = issue("adds", scopes=[Scope.CONTACTS_WRITE])
    assert call("GET", "contacts", reading).status_code == 200
    assert upload(reading, "phone\n+905321234568\n").status_code == 403
    assert call("POST", "contacts", reading, {"email": "a@example.com"}).status_code == 403
    assert call("GET", "contacts", writing).status_code == 403
    assert call("DELETE", f"contacts/{mine.pk}", writing).status_code == 403
    assert upload(writing, "phone\n+905321234568\n").json()["created"] == 1


def test_an_account_imports_one_file_at_a_time(
    acme: Account, other: Account, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "_SLOW", 0.01)
    with turns.imports.take(acme.pk):
        refused = upload(secret, "phone\n+905321234568\n")
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "busy")
    with turns.imports.take(other.pk):
        assert upload(secret, "phone\n+905321234568\n").json()["created"] == 1


def test_a_file_makes_new_contacts_and_changes_known_ones(call: Call, acme: Account, secret: str) -> None:
    contacts.create_contact(acme, address="+905321234567", first_name="Old", last_name="Kaya", fields={"city": "İzmir"})
    contacts.create_contact(acme, email="can@example.com", first_name="Can")
    file = (
        "\ufeffPhone;E-Mail;First Name;Shop No.\r\n"
        "+90 532 123 45 67;;Ayşe;7\r\n"
        ";can@example.com;;8\r\n"
        '905321234569;new@example.com;"Nur; \nthe 2nd";\r\n'
        "\r\n"
        "905321234569;;Nuran;9\r\n"
    )
    assert upload(secret, file).json() == {"created": 1, "updated": 3, "skipped": 0, "refused": 0, "problems": []}
    found = {row["address"]: row for row in call("GET", "contacts", secret).json()["items"]}
    assert len(found) == 3
    ayse, can, nur = found["+905321234567"], found[""], found["+905321234569"]
    assert (ayse["first_name"], ayse["last_name"], ayse["fields"]) == (
        "Ayşe",
        "Kaya",
        {"city": "İzmir", "Shop_No.": "7"},
    )
    assert (can["first_name"], can["fields"]) == ("Can", {"Shop_No.": "8"})
    assert (nur["first_name"], nur["email"], nur["fields"]) == ("Nuran", "new@example.com", {"Shop_No.": "9"})
    entry = AuditEntry.objects.get(action="contacts.imported")
    assert entry.changes == {"created": 1, "updated": 3, "refused": 0}


def test_known_contacts_can_be_left_as_they_are(acme: Account, secret: str) -> None:
    contacts.create_contact(acme, address="+905321234567", first_name="Old")
    report = upload(secret, "phone,first_name\n+905321234567,New\n+905321234568,Can\n", "?mode=skip").json()
    assert (report["created"], report["updated"], report["skipped"]) == (1, 0, 1)
    assert Contact.objects.get(address="+905321234567").first_name == "Old"


def test_refused_lines_are_named_and_the_others_are_taken(secret: str) -> None:
    file = b"phone,email,first_name\n+905321234567,,A\nnobody,,B\n,no address,C\n,,D\n1,2,3,4\n+905321234568,,\xff\n"
    report = upload(secret, file).json()
    assert (report["created"], report["refused"]) == (1, 5)
    assert [problem["line"] for problem in report["problems"]] == [3, 4, 5, 6, 7]
    assert report["problems"][0]["reason"] == "This is not a phone number with its country code."
    assert report["problems"][3]["reason"] == "This line has 4 columns, the first line names 3."


def test_a_quote_that_is_never_closed_loses_no_more_than_its_line(secret: str) -> None:
    lines = [f"+9053200{number:05},x" for number in range(20_000)]
    lines[1] = '+905320000001,"x'
    report = upload(secret, "phone,first_name\n" + "\n".join(lines)).json()
    assert report["created"] > 10_000
    assert report["problems"][0]["line"] > 1


@pytest.mark.parametrize(
    "file", ["\n\n", "first_name,last_name\nA,B\n", "phone" * 5000, ",".join(f"c{n}" for n in range(200)), "\0"]
)
def test_a_file_that_names_no_column_to_reach_people_by_is_refused(secret: str, file: str) -> None:
    answer = upload(secret, file)
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "file")


def test_a_file_has_its_media_type_and_size(secret: str) -> None:
    assert upload(secret, "phone\n", content_type="application/json").status_code == 415
    assert upload(secret, b"phone\n" + b" " * (32 << 20)).status_code == 413


def test_excels_unicode_text_is_read(secret: str) -> None:
    assert upload(secret, "phone\tfirst_name\n+905321234567\tAyşe\n".encode("utf-16")).json()["created"] == 1
    assert Contact.objects.get().first_name == "Ayşe"


def test_a_file_fills_a_segment_with_new_and_known_contacts(acme: Account, secret: str, strangers: str) -> None:
    contacts.create_contact(acme, address="+905329999999")
    segment = contacts.create_segment(acme, name="Newsletter", by=COMMAND)
    file = "phone\n" + "\n".join(f"+90532{number:07}" for number in range(1234000, 1236500))
    assert upload(secret, file, f"?segment={segment.pk}").json()["created"] == 2500
    assert upload(secret, file, f"?segment={segment.pk}&mode=skip").json()["skipped"] == 2500
    upload(secret, "phone\n+905329999999\n", f"?segment={segment.pk}")
    segment.refresh_from_db()
    assert segment.size == SegmentMember.objects.filter(segment=segment).count() == 2501
    assert upload(strangers, "phone\n+905329999999\n", f"?segment={segment.pk}").json()["error"]["field"] == "segment"
    assert not Contact.objects.exclude(account=acme).exists()
    assert Segment.objects.count() == 1
