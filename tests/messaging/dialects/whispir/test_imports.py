"""Imports: a resource's rows become contacts in the background, once, whatever happens to the worker."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from accounts.models import Account, AuditEntry
from messaging import contacts, working
from messaging.contacts import importing, queueing
from messaging.media import prune_media
from messaging.media.storing import storage
from messaging.models import Contact, ContactImport, Media
from tests.messaging.dialects.whispir.conftest import BASE, Answer, Api, Make, vendor
from tests.messaging.dialects.whispir.people import contact, distribution_list, names, resource, workspace

COLUMNS = {
    "firstName": "First",
    "lastName": "Last",
    "workMobilePhone1": "Mobile",
    "workCountry": "Country",
    "timezone": "Zone",
}
CSV = "first,last,mobile,country,zone,job,Staff ID\nAna,Roe,61400400400,Australia,Australia/Melbourne,Nurse,7\n"
ACCEPTED = b"Your request has been accepted for processing"


def asked(id: str, mode: str = "replace", **columns: str) -> dict[str, Any]:
    options = {"fieldMapping": {**COLUMNS, **columns}, "importMode": mode}
    return {"resourceId": id, "importType": "Contact", "importOptions": options}


def import_file(api: Api, text: str = CSV, mode: str = "replace", where: str = "", **columns: str) -> Answer:
    """Keep the file, ask for its import, and let the worker read it."""
    made = resource(api, text, where).json
    answer = api("POST", f"{where}/imports", asked(made["id"], mode, **columns), kind="importcontact")
    queueing.import_due()
    return answer


def report() -> dict[str, Any]:
    changes: dict[str, Any] = AuditEntry.objects.get(action="contacts.imported").changes
    return changes


def test_rows_become_contacts_and_the_audit_log_says_how_many(api: Api) -> None:
    answer = import_file(api, CSV + "Bo,,nobody,Fiji,+8,,\n", jobTitle="Job", StaffId="staff id", division="Nothing")
    planned = ContactImport.objects.get()
    assert (answer.status, answer.raw) == (202, ACCEPTED)
    assert answer.headers["Content-Type"] == vendor("importcontact")
    assert answer.headers["Location"] == f"{BASE}/imports/{planned.pk:016X}"
    row = Contact.objects.get()
    shown = api("GET", f"/contacts/{row.pk:016X}?customFields=true", kind="contact").json
    assert (shown["firstName"], shown["workMobilePhone1"], shown["timezone"]) == ("Ana", "61400400400", "+10")
    assert (shown["jobTitle"], "division" in shown, shown["workCountry"]) == ("Nurse", False, "Australia")
    assert shown["customFields"] == [{"fieldName": "StaffId", "fieldValue": "7", "searchKey": ""}]
    told = report()
    assert {n: told[n] for n in ("created", "updated", "skipped", "refused", "file")} == {
        "created": 1,
        "updated": 0,
        "skipped": 0,
        "refused": 1,
        "file": "people.csv",
    }
    assert told["problems"] == ["2: This is not a phone number with its country code."]
    entry = AuditEntry.objects.get(action="contacts.imported")
    assert (entry.proof, entry.actor_label) == (
        AuditEntry.objects.get(action="resource.created").proof,
        entry.actor_label,
    )
    assert planned.due_at is None


@pytest.mark.parametrize(
    ("mode", "people"),
    [
        ("replace", ["Anna Nurse", "Bo Nurse"]),
        ("ignore", ["Ana Cook", "Bo Nurse"]),
        ("Duplicate", ["Ana Cook", "Anna Nurse", "Bo Nurse"]),
    ],
)
def test_the_mode_says_what_becomes_of_those_who_are_there(api: Api, mode: str, people: list[str]) -> None:
    made = contact(api, jobTitle="Cook")
    text = "first,last,mobile,job\nAnna,Roe,61400400400,Nurse\nBo,Roe,61400400401,Nurse\n"
    import_file(api, text, mode, jobTitle="job")
    assert sorted(f"{c.first_name} {c.fields['jobTitle']}" for c in Contact.objects.all()) == people
    assert Contact.objects.filter(pk=int(made["id"], 16)).exists()


def test_one_without_a_number_is_known_by_its_address(api: Api) -> None:
    contact(api)
    text = "first,last,mail\nAnna,Roe,ana@example.com\n"
    import_file(api, text, workEmailAddress1="mail")
    assert [c.first_name for c in Contact.objects.all()] == ["Anna"]


def test_only_the_workspaces_own_are_changed(api: Api, acme: Account) -> None:
    ops = workspace(api)
    contact(api)
    contacts.create_contact(acme, address="+61400400400", first_name="Own")
    import_file(api, where=ops)
    assert sorted(names(api)) == ["Ana", "Own"]
    [inside] = names(api, where=ops)
    assert inside == "Ana"
    import_file(api, CSV.replace("Ana", "Anna"), where=ops)
    assert names(api, where=ops) == ["Anna"]


def test_of_the_company_our_own_contact_is_the_one_with_the_number(api: Api, acme: Account) -> None:
    contact(api, firstName="Twin")
    own = contacts.create_contact(acme, address="+61400400400", first_name="Own")
    import_file(api)
    own.refresh_from_db()
    assert (own.first_name, sorted(names(api))) == ("Ana", ["Ana", "Twin"])


@pytest.mark.parametrize("kind", ["importcontact", "import"])
def test_both_types_and_both_places_of_the_mode_are_taken(api: Api, kind: str) -> None:
    body = asked(resource(api, CSV).json["id"])
    body["importMode"] = body["importOptions"].pop("importMode")
    assert api("POST", "/imports", body, kind=kind).status == 202


def test_xml_is_taken(api: Api) -> None:
    columns = "".join(f"<{name}>{column}</{name}>" for name, column in COLUMNS.items())
    for root in ("import", "importcontact"):
        body = (
            f'<ns2:{root} xmlns:ns2="http://schemas.api.whispir.com"><resourceId>{resource(api, CSV).json["id"]}'
            f"</resourceId><importType>contact</importType><importOptions><fieldMapping>{columns}</fieldMapping>"
            f"<importMode>duplicate</importMode></importOptions></ns2:{root}>"
        ).encode()
        answer = api("POST", "/imports", body, content_type=vendor("importcontact", "xml"), accept="")
        assert (answer.status, answer.raw) == (202, ACCEPTED)
        queueing.import_due()
    assert Contact.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"resourceId": None}, "resourceId is required"),
        ({"resourceId": "0000000000000001"}, "no such resource"),
        ({"importType": None}, "importType is required"),
        ({"importType": "users"}, "importType"),
        ({"importOptions": None}, "importOptions is required"),
        ({"importOptions": "all"}, "importOptions"),
        ({"importOptions": {"importMode": "replace"}}, "fieldMapping is required"),
        ({"importOptions": {"fieldMapping": COLUMNS}}, "importMode is required"),
        ({"importOptions": {"fieldMapping": COLUMNS, "importMode": "merge"}}, "importMode"),
        *(
            (
                {
                    "importOptions": {
                        "fieldMapping": {n: c for n, c in COLUMNS.items() if n != name},
                        "importMode": "replace",
                    }
                },
                name,
            )
            for name in COLUMNS
        ),
    ],
)
def test_what_cannot_be_is_refused(api: Api, changes: dict[str, Any], said: str) -> None:
    answer = api("POST", "/imports", {**asked(resource(api, CSV).json["id"]), **changes}, kind="importcontact")
    assert answer.status == 422
    assert said in answer.json["errorText"]
    assert not ContactImport.objects.exists()


def test_a_resource_without_rows_or_of_another_place_cannot_be_imported(api: Api, make: Make, other: Account) -> None:
    page = resource(api, "<p>", scope="public", mimeType="text/html").json["id"]
    mine = resource(api, CSV).json["id"]
    ops = workspace(api)
    for caller, path, id in ((api, "/imports", page), (api, f"{ops}/imports", mine), (make(other), "/imports", mine)):
        assert caller("POST", path, asked(id), kind="importcontact").status == 422


def test_nothing_but_post_is_there(api: Api) -> None:
    for method in ("GET", "PUT", "DELETE"):
        assert api(method, "/imports", kind="importcontact").status == 405
        assert api(method, "/imports/00000000000000A1", kind="importcontact").status == 405


@pytest.mark.parametrize("path", ["/workflows", "/infohub/sources", "/infohub/documents"])
def test_what_the_vendor_names_and_nothing_here_does_says_so(api: Api, path: str) -> None:
    assert api("POST", path, {}, kind="workflow").status == 501


def test_dynamic_lists_have_them_at_once_and_static_ones_never(api: Api) -> None:
    rules = [{"ruleFilter": "jobTitle", "ruleContent": "nurse"}]
    rule = distribution_list(api, name="Rule", type="dynamic", entityType="contact", rules=rules)
    static = distribution_list(api)
    import_file(api, jobTitle="job")
    counts = [
        api("GET", f"/distributionlists/{m['id']}", kind="distributionlist").json["memberCount"] for m in (rule, static)
    ]
    assert counts == ["1", "0"]


def test_a_worker_that_dies_leaves_no_row_out_and_takes_none_twice(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    many = "first,last,mobile\n" + "".join(f"P{n},Roe,614004{n:05}\n" for n in range(1200))
    made = resource(api, many).json
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        api("POST", "/imports", asked(made["id"], "duplicate"), kind="importcontact")
        write, calls = importing.write_chunk, []

        def dies(*args: Any) -> Any:
            calls.append(1)
            if len(calls) == 2:
                write(*args)
                raise KeyboardInterrupt
            return write(*args)

        monkeypatch.setattr(queueing, "write_chunk", dies)
        with pytest.raises(KeyboardInterrupt):
            queueing.import_due()
        assert (Contact.objects.count(), ContactImport.objects.get().done) == (500, 500)
        assert queueing.import_due() == 0  # its lease is not over
        clock.shift(queueing.LEASE + timedelta(seconds=1))
        assert queueing.import_due() == 700
    assert (Contact.objects.count(), Contact.objects.values("address").distinct().count()) == (1200, 1200)
    assert report()["created"] == 1200


def test_a_resource_that_is_forgotten_meanwhile_is_read_all_the_same(api: Api) -> None:
    made = resource(api, CSV).json
    api("POST", "/imports", asked(made["id"]), kind="importcontact")
    assert api("DELETE", f"/resources/{made['id']}", kind="resource").status == 204
    assert prune_media() == 0
    queueing.import_due()
    assert names(api) == ["Ana"]
    assert prune_media() == 1
    assert not Media.objects.exists()


def test_a_file_that_is_gone_is_told_of(api: Api) -> None:
    made = resource(api, CSV).json
    api("POST", "/imports", asked(made["id"]), kind="importcontact")
    storage().delete(Media.objects.get().name)
    queueing.import_due()
    assert (report()["error"], report()["created"]) == ("There is no file behind this media.", 0)
    assert ContactImport.objects.get().due_at is None


def test_the_worker_has_a_lane_for_it(api: Api) -> None:
    made = resource(api, CSV).json
    api("POST", "/imports", asked(made["id"]), kind="importcontact")
    assert working.run_due(queueing.LANE) == 1
    assert names(api) == ["Ana"]


def test_an_import_that_is_long_over_is_forgotten_and_one_under_way_is_not(api: Api) -> None:
    import_file(api)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=31)):
        assert queueing.prune_imports() == 1
    assert not ContactImport.objects.exists()
    assert Contact.objects.exists()
