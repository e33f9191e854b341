"""Contacts: made, read, searched, replaced and forgotten, in both languages."""

from __future__ import annotations

from datetime import UTC, datetime
from time import process_time
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Account
from messaging import contacts
from messaging.dialects.whispir.contact_fields import TEXTS, TIMEZONE
from messaging.models import Contact
from tests.messaging.dialects.whispir.conftest import BASE, Api, Make, vendor
from tests.messaging.dialects.whispir.people import ANA, contact, listed, names, workspace, xml

USUAL = [
    {"channel": "sms", "enabled": True, "primary": "WorkMobilePhone1", "secondary": "", "tertiary": ""},
    {"channel": "email", "enabled": True, "primary": "WorkEmailAddress1", "secondary": "", "tertiary": ""},
    {"channel": "voice", "enabled": True, "primary": "WorkMobilePhone1", "secondary": "", "tertiary": ""},
]


def test_a_new_one_is_answered_whole(api: Api) -> None:
    answer = api("POST", "/contacts", ANA, kind="contact")
    made, row = answer.json, Contact.objects.get()
    uri = f"{BASE}/contacts/{row.pk:016X}"
    assert (answer.status, answer.headers["Location"]) == (201, uri)
    assert made.pop("lastModifiedTime").startswith("20")
    assert made == {
        "id": f"{row.pk:016X}",
        "type": "COMPANY",
        **ANA,
        "timezone": "+10",
        "mri": f"Ana_Roe.{row.pk}@Contact.localhost",
        "locations": [{"latitude": 0.0, "longitude": 0.0, "type": "CurrentLocation"}],
        "messagingoptions": USUAL,
        "devices": [],
        "link": [
            {"uri": uri, "rel": "self", "method": "GET"},
            {
                "uri": uri,
                "rel": "updateContact",
                "method": "PUT",
                "type": "application/vnd.whispir.contact-v1+xml,application/vnd.whispir.contact-v1+json",
            },
            {"uri": uri, "rel": "deleteContact", "method": "DELETE"},
        ],
    }
    assert (row.address, row.email, row.may_repeat, row.workspace) == ("+61400400400", "ana@example.com", True, None)


def test_one_of_a_workspace_says_so_and_is_seen_there_alone(api: Api) -> None:
    ops = workspace(api)
    made = contact(api, ops)
    assert made["type"] == "PROJECT"
    assert made["mri"].endswith(".Ops@Contact.localhost")
    assert names(api) == []
    assert names(api, where=ops) == ["Ana"]
    assert api("GET", f"/contacts/{made['id']}", kind="contact").status == 404
    assert api("GET", f"/workspaces/undefined/contacts/{made['id']}", kind="contact").status == 404
    assert api("GET", f"{ops}/contacts/{made['id']}", kind="contact").status == 200


def test_xml_is_taken_and_answered_as_the_vendor_writes_it(api: Api) -> None:
    inner = "<enabled>true</enabled><primary>WorkMobilePhone2</primary><secondary/>"
    option = f'<messagingoption channel="sms">{inner}</messagingoption>'
    body = xml("contact", **ANA, workMobilePhone2="61400400499", messagingoptions=option)
    answer = api("POST", "/contacts", body, content_type=vendor("contact", "xml"), accept=vendor("contact", "xml"))
    root = answer.xml
    assert (answer.status, root.tag) == (201, "{http://schemas.api.whispir.com}contact")
    assert root.findtext("workMobilePhone1") == "61400400400"
    [sms] = root.findall("messagingoptions/messagingoption")
    assert (sms.get("channel"), sms.findtext("enabled"), sms.findtext("primary"), sms.findtext("secondary")) == (
        *("sms", "true", "WorkMobilePhone2", ""),
    )
    assert root.findtext("locations/location/type") == "CurrentLocation"
    assert root.find("devices") is not None
    assert [link.get("rel") for link in root.findall("{http://schemas.api.whispir.com/dap}link")] == [
        *("self", "updateContact", "deleteContact"),
    ]
    page = api("GET", "/contacts", accept=vendor("contact", "xml")).xml
    [item] = page.findall("{http://schemas.api.whispir.com/dap}contacts/{http://schemas.api.whispir.com/dap}contact")
    assert (item.findtext("firstName"), item.find("messagingoptions").text) == ("Ana", None)  # type: ignore[union-attr]


@pytest.mark.parametrize("name", [name for name in ANA if name != "status"])
def test_what_is_required_is_named_where_it_is_missing(api: Api, name: str) -> None:
    for body in ({k: v for k, v in ANA.items() if k != name}, {**ANA, name: " "}, {**ANA, name: None}):
        answer = api("POST", "/contacts", body, kind="contact")
        assert (answer.status, answer.json["errorText"]) == (422, f"{name} is required.")
    assert not Contact.objects.exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("workMobilePhone1", "nobody"),
        ("workEmailAddress1", "nobody"),
        ("timezone", "Mars/Phobos"),
        ("timezone", "+99"),
        ("status", "X"),
        ("firstName", ["Ana"]),
        ("firstName", "A" * 151),
        ("jobTitle", {"a": 1}),
        ("messagingoptions", [{"channel": "pigeon"}]),
        ("messagingoptions", [{"channel": "sms", "primary": "shoeSize"}]),
        ("messagingoptions", [{"channel": "sms", "enabled": "perhaps"}]),
        ("messagingoptions", "sms"),
        ("locations", [{"latitude": 91, "longitude": 0}]),
        ("locations", [{"latitude": "north"}]),
        ("customFields", [{"fieldValue": "1"}]),
        ("customFields", [{"fieldName": "!!", "fieldValue": "1"}]),
    ],
)
def test_what_cannot_be_is_refused_by_its_name(api: Api, name: str, value: Any) -> None:
    answer = api("POST", "/contacts", {**ANA, name: value}, kind="contact")
    said = "channel" if value == [{"channel": "pigeon"}] else "enabled" if "perhaps" in str(value) else name
    assert answer.status == 422
    assert said in answer.json["errorText"] or "fieldName" in answer.json["errorText"]
    assert not Contact.objects.exists()


@pytest.mark.parametrize(
    ("zone", "shown"),
    [("+10", "+10"), ("-3:30", "-3:30"), ("0", "+0"), ("8", "+8"), ("Asia/Kolkata", "+5:30"), ("UTC", "+0")],
)
def test_a_time_zone_is_answered_as_hours_from_greenwich(api: Api, zone: str, shown: str) -> None:
    assert contact(api, timezone=zone)["timezone"] == shown


@pytest.mark.parametrize("month", [1, 7])
def test_a_time_zone_is_its_winters_all_year(api: Api, month: int) -> None:
    with time_machine.travel(datetime(2026, month, 5, tzinfo=UTC), tick=False):
        assert contact(api, timezone="Australia/Melbourne")["timezone"] == "+10"


def test_odd_spellings_and_numbers_are_taken_and_one_is_answered(api: Api) -> None:
    odd: dict[str, Any] = {
        "workSetellitePhone": 88161234567,
        "WorkOtherPhone": "0399998888",
        "timeZone": "+8",
        "timezone": None,
    }
    made = contact(api, **odd, workMobilePhone1=61400400400)
    assert (made["workSatellitePhone"], made["workOtherPhone"], made["timezone"]) == ("88161234567", "0399998888", "+8")
    assert not {"workSetellitePhone", "WorkOtherPhone", "timeZone"} & set(made)
    assert names(api, "?workSetellitePhone=88161234567") == ["Ana"]


def test_every_documented_text_is_kept_and_answered(api: Api) -> None:
    texts = {name: f"The {name}" for name in TEXTS if name not in (TIMEZONE, "workCountry")}
    made = contact(api, **texts)
    assert {name: made[name] for name in texts} == texts
    assert listed(api, "/contacts?fields=" + ",".join(texts))[0].items() >= texts.items()


def test_what_is_the_portals_is_dropped(api: Api) -> None:
    made = contact(api, username="ana", password="Secret12", secretQuestion="Why?", secretAnswer="So", shoeSize="42")
    assert not {"username", "password", "secretQuestion", "secretAnswer", "shoeSize"} & set(made)
    assert "Secret12" not in str(vars(Contact.objects.get()))


def test_a_list_has_names_unless_other_fields_are_asked_for(api: Api) -> None:
    contact(api, jobTitle="Nurse")
    [brief] = listed(api, "/contacts")
    assert list(brief) == [
        *("id", "firstName", "lastName", "lastModifiedTime", "status", "messagingoptions", "devices", "link"),
    ]
    assert (brief["messagingoptions"], brief["devices"], [link["rel"] for link in brief["link"]]) == ([], [], ["self"])
    [other] = listed(api, "/contacts?fields=workEmailAddress1,WORKMOBILEPHONE1,shoeSize&firstname=ana")
    assert list(other) == ["id", "workEmailAddress1", "workMobilePhone1", "messagingoptions", "devices", "link"]


def test_fields_of_ones_own_are_shown_when_asked_for(api: Api) -> None:
    made = contact(api, customFields=[{"fieldName": "Staff ID", "fieldValue": 123, "searchKey": "staff"}])
    assert "customFields" not in made
    own = [{"fieldName": "Staff ID", "fieldValue": "123", "searchKey": "staff"}]
    assert api("GET", f"/contacts/{made['id']}?customFields=true", kind="contact").json["customFields"] == own
    assert listed(api, "/contacts?customFields=TRUE")[0]["customFields"] == own
    read = api("GET", f"/contacts/{made['id']}?customFields=true", accept=vendor("contact", "xml")).xml
    assert read.findtext("customFields/customField/fieldValue") == "123"
    assert Contact.objects.get().fields["Staff_ID"] == "123"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?firstName=sam", ["Sam", "Samantha"]),
        ("?firstName=s*m", ["Sam"]),
        ("?firstName=*", ["Sam", "Samantha", "Bo"]),
        ("?firstName=", ["Sam", "Samantha", "Bo"]),
        ("?firstName=sam&lastname=gamjee", ["Sam"]),
        ("?jobTitle=nurse", ["Samantha", "Bo"]),
        ("?workMobilePhone1=6140*", ["Sam", "Samantha", "Bo"]),
        ("?workMobilePhone1=401", ["Sam"]),
        ("?workMobilePhone1=%2B61400400401", ["Sam"]),
        ("?workSuburb=Z%C3%9CRICH", ["Samantha"]),
        ("?workEmailAddress1=BO@", ["Bo"]),
        ("?status=D", ["Bo"]),
        ("?status=a", ["Sam", "Samantha"]),
        ("?type=COMPANY", ["Sam", "Samantha", "Bo"]),
        ("?type=PROJECT", []),
        ("?custom_StaffId=12", ["Sam", "Samantha"]),
        ("?custom_staffid=12&firstName=samantha", ["Samantha"]),
        ("?CUSTOM_StaffId=7*", ["Bo"]),
        ("?custom_Nothing=1", []),
        ("?sortFields=firstName&sortOrder=asc", ["Bo", "Sam", "Samantha"]),
        ("?sortFields=firstName&sortOrder=desc", ["Samantha", "Sam", "Bo"]),
        ("?sortFields=jobTitle,firstName&jobTitle=*", ["Bo", "Samantha"]),
        ("?sortFields=custom_StaffId&sortOrder=desc", ["Bo", "Samantha", "Sam"]),
        ("?sortFields=workEmailAddressPrimary&sortOrder=desc&firstName=bo", ["Bo"]),
        ("?shoeSize=42", ["Sam", "Samantha", "Bo"]),
        ("?mri=Nobody.1@Contact.localhost", []),
        ("?mri=nothing", []),
        ("?id=0000000000000001", []),
    ],
)
def test_searches_find(api: Api, query: str, found: list[str]) -> None:
    people: list[tuple[str, dict[str, Any]]] = [
        ("Bo", {"workMobilePhone1": "61400400399", "jobTitle": "Head Nurse", "status": "D", **staff(777)}),
        ("Samantha", {"workMobilePhone1": "61400400400", "jobTitle": "nurse", "workSuburb": "Zürich", **staff(126)}),
        ("Sam", {"workMobilePhone1": "61400400401", "lastName": "Gamjee", **staff(125)}),
    ]
    for first, rest in people:
        contact(api, firstName=first, workEmailAddress1=f"{first.lower()}@example.com", **rest)
    seen = names(api, query)
    assert (seen if "sortFields" in query else sorted(seen)) == (found if "sortFields" in query else sorted(found))


@pytest.mark.parametrize("query", ["?jobTitle=" + "*a" * 60 + "*b", "?custom_Staff%20Id=" + "*a" * 60 + "*b"])
def test_a_search_with_many_stars_takes_no_longer_than_others(api: Api, query: str) -> None:
    long = [{"fieldName": "Staff Id", "fieldValue": "a" * 1000}]
    contact(api, jobTitle="a" * 200, customFields=long)
    began = process_time()
    assert names(api, query) == []
    assert process_time() - began < 2


@pytest.mark.parametrize(
    "query",
    ["&".join(f"custom_{n}=x" for n in range(51)), "sortFields=" + ",".join(f"custom_{n}" for n in range(51))],
)
def test_a_search_by_too_many_fields_is_refused(api: Api, query: str) -> None:
    contact(api)
    assert api("GET", f"/contacts?{query}", kind="contact").status == 422


def staff(id: int) -> dict[str, Any]:
    return {"customFields": [{"fieldName": "StaffId", "fieldValue": id}]}


def test_a_search_by_mri_finds_the_one(api: Api) -> None:
    made = contact(api)
    contact(api, firstName="Bo")
    assert names(api, f"?mri={made['mri']}") == ["Ana"]
    assert names(api, f"?id={made['id']}") == ["Ana"]


def test_pages_keep_the_search(api: Api) -> None:
    for number in range(3):
        contact(api, firstName=f"Ana {number}")
    page = api("GET", "/contacts?firstName=ana&sortFields=firstName&limit=2", kind="contact").json
    [next] = page["link"]
    assert (page["status"], next["rel"]) == ("1 to 2 of 3    ", "next")
    rest = api("GET", next["uri"], kind="contact").json
    assert [each["firstName"] for each in rest["contacts"]] == ["Ana 2"]
    assert api("GET", "/contacts?limit=0", kind="contact").json["status"] == "1 to 3 of 3    "


def test_a_change_replaces_all_but_status_options_and_fields_of_ones_own(api: Api) -> None:
    options = [{"channel": "email", "enabled": "false", "primary": "personalEmailAddress1"}]
    own = [{"fieldName": "StaffId", "fieldValue": "1"}]
    place = [{"latitude": "47.6", "longitude": -122.3, "type": "LocationB"}]
    made = contact(api, status="D", jobTitle="Nurse", messagingoptions=options, customFields=own, locations=place)
    kept = made["messagingoptions"]
    assert kept == [
        {"channel": "email", "enabled": False, "primary": "PersonalEmailAddress1", "secondary": "", "tertiary": ""}
    ]
    assert made["locations"] == [{"latitude": 47.6, "longitude": -122.3, "type": "LocationB"}]
    changed = {"firstName": "Anna", "lastName": "Doe", "timeZone": "+8", "workCountry": "Fiji"}
    answer = api("PUT", f"/contacts/{made['id']}", changed, kind="contact")
    assert (answer.status, answer.raw, answer.headers["Content-Length"]) == (204, b"", "0")
    read = api("GET", f"/contacts/{made['id']}?customFields=true", kind="contact").json
    assert not {"workMobilePhone1", "workEmailAddress1", "jobTitle"} & set(read)
    assert (read["status"], read["messagingoptions"], read["type"], read["timezone"]) == ("D", kept, "COMPANY", "+8")
    assert read["customFields"] == [{"fieldName": "StaffId", "fieldValue": "1", "searchKey": ""}]
    assert read["locations"] == [{"latitude": 0.0, "longitude": 0.0, "type": "CurrentLocation"}]
    assert read["mri"] == made["mri"].replace("Ana_Roe", "Anna_Doe")


def test_what_was_read_can_be_put_back(api: Api) -> None:
    made = contact(api, jobTitle="Nurse", locations=[{"latitude": 1, "longitude": 2}])
    read = api("GET", f"/contacts/{made['id']}", kind="contact").json
    assert api("PUT", f"/contacts/{made['id']}", read, kind="contact").status == 204
    again = api("GET", f"/contacts/{made['id']}", kind="contact").json
    assert {**again, "lastModifiedTime": ""} == {**read, "lastModifiedTime": ""}


def test_a_change_that_is_refused_changes_nothing(api: Api) -> None:
    made = contact(api)
    for body in ({"firstName": "Anna"}, {**ANA, "firstName": "Anna", "workMobilePhone1": "nobody"}):
        assert api("PUT", f"/contacts/{made['id']}", body, kind="contact").status == 422
    assert Contact.objects.get().first_name == "Ana"


def test_the_same_number_may_stand_twice(api: Api, acme: Account) -> None:
    contacts.create_contact(acme, address="+61400400400", first_name="First")
    contact(api)
    contact(api)
    assert sorted(names(api)) == ["Ana", "Ana", "First"]


def test_one_is_forgotten_here_alone_or_everywhere(api: Api) -> None:
    ops, night = workspace(api), workspace(api, "Night")
    here, there = contact(api), contact(api, ops)
    contact(api, night), contact(api, night, firstName="Bo")
    answer = api("DELETE", f"/contacts/{here['id']}", kind="contact")
    assert (answer.status, answer.raw) == (204, b"")
    assert api("GET", f"/contacts/{here['id']}", kind="contact").status == 404
    assert (names(api, where=ops), sorted(names(api, where=night))) == (["Ana"], ["Ana", "Bo"])
    assert api("DELETE", f"{ops}/contacts/{there['id']}?action=deleteAll", kind="contact").status == 204
    assert (names(api, where=ops), names(api, where=night)) == ([], ["Bo"])


def test_our_own_contacts_are_the_companys(api: Api, acme: Account) -> None:
    contacts.create_contact(acme, address="+61400400477", last_name="Own", fields={"city": "Oslo", "role1": "Chief"})
    [brief] = listed(api, "/contacts?fields=lastName,role1,firstName&customFields=true")
    assert (brief["lastName"], brief["role1"]) == ("Own", "Chief")
    assert brief["customFields"] == [{"fieldName": "city", "fieldValue": "Oslo", "searchKey": ""}]
    whole = api("GET", f"/contacts/{brief['id']}", kind="contact").json
    assert (whole["messagingoptions"], "firstName" in whole) == (USUAL, False)
    assert names_of_last(api, "?custom_City=oslo") == ["Own"]


def names_of_last(api: Api, query: str) -> list[str]:
    return [each["lastName"] for each in listed(api, f"/contacts{query}")]


def test_a_stranger_sees_and_changes_nothing(api: Api, make: Make, other: Account) -> None:
    made, ops = contact(api), workspace(api)
    inner = contact(api, ops)
    stranger = make(other)
    assert listed(stranger, "/contacts") == []
    for path in (f"/contacts/{made['id']}", f"{ops}/contacts/{inner['id']}", f"{ops}/contacts"):
        assert stranger("GET", path, kind="contact").status in (403, 404)
    assert stranger("PUT", f"/contacts/{made['id']}", ANA, kind="contact").status == 404
    assert stranger("DELETE", f"/contacts/{made['id']}?action=deleteAll", kind="contact").status == 404
    assert Contact.objects.count() == 2


def test_no_contact_has_devices(api: Api) -> None:
    made = contact(api)
    device = {"deviceName": "Phone", "platform": "GCM"}
    for kind in ("device", "contactdevice"):
        assert api("POST", f"/contacts/{made['id']}/devices", device, kind=kind).status == 501
    for method in ("GET", "PUT", "DELETE"):
        assert api(method, f"/contacts/{made['id']}/devices/{made['id']}", kind="device").status == 404
    assert api("POST", "/contacts/0000000000000001/devices", device, kind="device").status == 404
    assert api("GET", f"/contacts/{made['id']}/devices", kind="device").status == 405


def test_rights_are_those_of_the_key(make: Make, api: Api) -> None:
    made = contact(api)
    reader = make(scopes=["contacts:list"])
    assert names(reader) == ["Ana"]
    for method, path in [
        ("POST", "/contacts"),
        ("PUT", f"/contacts/{made['id']}"),
        ("DELETE", f"/contacts/{made['id']}"),
    ]:
        assert reader(method, path, ANA if method != "DELETE" else None, kind="contact").status == 403


_WORDS = st.sampled_from([
    *("firstName", "lastname", "jobTitle", "status", "type", "mri", "id", "custom_Staff", "custom_", "CUSTOM_x.y"),
    *("sortFields", "sortOrder", "fields", "customFields", "limit", "offset", "lastModifiedTime", "timezone", "*"),
])  # fmt: skip
_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.sampled_from([
    *("*", "**", "a*b", "%", "_", "(", "\\", "desc", "firstName,custom_Staff,lastModifiedTime", "true", "-1", "0"),
])  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.dictionaries(_WORDS, _TEXTS, max_size=5), is_xml=st.booleans())
def test_whatever_is_searched_for_is_answered(api: Api, asked: dict[str, str], is_xml: bool) -> None:
    if not Contact.objects.exists():
        contact(api, customFields=[{"fieldName": "Staff", "fieldValue": "1"}])
    accept = vendor("contact", "xml" if is_xml else "json")
    answer = api("GET", f"/contacts?{urlencode(asked)}", accept=accept)
    assert answer.status in (200, 422), answer.raw
    assert answer.xml is not None if is_xml else answer.json


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
_NAMES = st.sampled_from([*ANA, "messagingoptions", "locations", "customFields", "jobTitle", "WorkOtherPhone"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.dictionaries(_NAMES, _VALUES, max_size=4))
def test_whatever_is_sent_is_taken_or_refused(api: Api, changes: dict[str, Any]) -> None:
    answer = api("POST", "/contacts", {**ANA, **changes}, kind="contact")
    assert answer.status in (201, 400, 422), answer.raw
