"""Distribution lists: static, dynamic and in one another; and who a message, or a broadcast, to one reaches."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Account, AuditEntry, User
from messaging import contacts, ids
from messaging.broadcasts import staging
from messaging.dialects.whispir import lists, mri
from messaging.models import Broadcast, BroadcastRecipient, Segment
from tests.messaging.dialects.whispir.conftest import BASE, Api, Make, vendor
from tests.messaging.dialects.whispir.people import contact, distribution_list, listed, workspace

KIND = {"kind": "distributionlist"}
SALES = [{"ruleFilter": "division", "ruleFilterActualName": "Division", "ruleContent": "sales"}]


def dynamic(api: Api, rules: Any = SALES, where: str = "", **changes: Any) -> Any:
    return distribution_list(api, where, type="Dynamic", entityType="Contact", rules=rules, **changes)


def read(api: Api, made: Any, where: str = "") -> Any:
    return api("GET", f"{where}/distributionlists/{made['id']}", **KIND).json


def put(api: Api, made: Any, **changes: Any) -> int:
    body = {"name": made["name"], **changes}
    answer = api("PUT", f"/distributionlists/{made['id']}", body, **KIND)
    return int(answer.status)


def members(made: Any) -> list[str]:
    """Return the names of those who are on the list now."""
    segment = Segment.objects.select_related("account", "workspace").get(pk=int(made["id"], 16))
    return [m.email if isinstance(m, User) else m.first_name for m in lists.members(segment)]


def test_a_new_one_is_answered_whole(api: Api) -> None:
    ana, bo = contact(api), contact(api, firstName="Bo")
    ids = f"{ana['id']} , {bo['id']},{ana['id']}"
    answer = api("POST", "/distributionlists", {"name": "Night shift", "contactIds": ids}, **KIND)
    made, row = answer.json, Segment.objects.get()
    uri = f"{BASE}/distributionlists/{row.pk:016X}"
    assert (answer.status, answer.headers["Location"]) == (201, uri)
    assert made == {
        "id": f"{row.pk:016X}",
        "name": "Night shift",
        "mri": f"Night_shift.{row.pk}@list.company.localhost",
        "description": "",
        "memberCount": "2",
        "access": "Open",
        "visibility": "Public",
        "type": "static",
        "contactIds": f"{ana['id']},{bo['id']}",
        "userIds": "",
        "distListIds": "",
        "locations": [],
        "distlistdetails": [
            {
                "id": each["id"],
                "name": f"{each['firstName']} Roe",
                "type": "Contact",
                "link": [{"uri": f"{BASE}/contacts/{each['id']}", "rel": "self", "method": "GET"}],
            }
            for each in (ana, bo)
        ],
        "link": [
            {"uri": uri, "rel": "self", "method": "GET"},
            {"uri": uri, "rel": "updateDistList", "method": "PUT"},
            {"uri": uri, "rel": "deleteDistList", "method": "DELETE"},
        ],
    }


@pytest.mark.parametrize("root", ["distributionlists", "distributionlist"])
def test_xml_is_taken_with_either_root_and_an_unbound_prefix(api: Api, root: str) -> None:
    rule = "<ruleContent>sales</ruleContent><ruleFilter>division</ruleFilter>"
    other = "<ruleContent>apac</ruleContent><ruleFilter>businessUnit</ruleFilter>"
    place = "<location><latitude>47.62</latitude><longitude>-122.3</longitude><type>CurrentLocation</type></location>"
    body = (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><ns1:{root} xmlns:ns2="http://schemas.api.whispir.com">'
        f"<name>My list</name><description></description><access>Open</access><type>dynamic</type>"
        f"<entityType>Contact</entityType><visibility>Public</visibility><rules>{rule}</rules><rules>{other}</rules>"
        f"<locations>{place}</locations></ns1:{root}>"
    ).encode()
    xml = vendor("distributionlist", "xml")
    answer = api("POST", "/distributionlists", body, content_type=xml, accept=xml)
    assert answer.status == 201
    assert [each.findtext("ruleFilter") for each in answer.xml.findall("rules")] == ["division", "businessUnit"]
    assert answer.xml.findtext("locations/location/latitude") == "47.62"
    contact(api, division="Sales", businessUnit="APAC")
    page = api("GET", "/distributionlists", accept=xml).xml
    dap = "{http://schemas.api.whispir.com/dap}"
    [item] = page.findall(f"{dap}distributionLists/{dap}distributionList")
    assert (item.findtext("name"), item.findtext("memberCount")) == ("My list", "1")
    item_xml = api("GET", f"/distributionlists/{answer.xml.findtext('id')}", accept=xml).xml
    assert item_xml.findtext("distlistdetails/name") == "Ana Roe"


def test_a_list_shows_what_the_vendor_shows_the_exact_name_first(api: Api) -> None:
    first = distribution_list(api, name="Night", description="Who is up")
    distribution_list(api, name="Night shift")
    distribution_list(api, name="Day")
    found = listed(
        api, "/distributionlists?name=night&sortFields=name&sortOrder=desc", "distributionlist", "distributionLists"
    )
    assert [each["name"] for each in found] == ["Night", "Night shift"]
    assert list(found[0]) == ["id", "name", "mri", "description", "memberCount", "access", "visibility", "link"]
    assert found[0]["link"] == [{"uri": f"{BASE}/distributionlists/{first['id']}", "rel": "self", "method": "GET"}]
    found = listed(api, "/distributionlists?description=up", "distributionlist", "distributionLists")
    assert [each["name"] for each in found] == ["Night"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": ""}, "name is required"),
        ({"name": "Night & day"}, "special characters"),
        ({"name": "Night_shift"}, "special characters"),
        ({"access": "Some"}, "access"),
        ({"visibility": "Nobody"}, "visibility"),
        ({"type": "shared"}, "type"),
        ({"type": "dynamic"}, "entityType"),
        ({"type": "dynamic", "entityType": "user", "rules": SALES}, "entityType"),
        ({"type": "dynamic", "entityType": "contact"}, "rules is required"),
        ({"type": "dynamic", "entityType": "contact", "rules": []}, "rules is required"),
        ({"type": "dynamic", "entityType": "contact", "rules": "{"}, "rules"),
        (
            {"type": "dynamic", "entityType": "contact", "rules": [{"ruleFilter": "division"}]},
            "ruleContent is required",
        ),
        (
            {"type": "dynamic", "entityType": "contact", "rules": [{"ruleFilter": "shoeSize", "ruleContent": "4"}]},
            "shoeSize",
        ),
        (
            {
                "type": "dynamic",
                "entityType": "contact",
                "rules": [{"ruleFilter": "createdtime__timestamp", "ruleContent": "4"}],
            },
            "day",
        ),
        ({"contactIds": "0000000000000001"}, "contactIds: there is no 0000000000000001"),
        ({"userIds": "nobody"}, "userIds: there is no nobody"),
        ({"distListIds": "0000000000000001"}, "distListIds"),
        ({"locations": [{"latitude": 1000}]}, "locations"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_made(api: Api, changes: dict[str, Any], said: str) -> None:
    answer = api("POST", "/distributionlists", {"name": "Night shift", **changes}, **KIND)
    assert answer.status == 422
    assert said in answer.json["errorText"]
    assert not Segment.objects.exists()


def test_a_name_is_taken_once_in_each_place(api: Api) -> None:
    ops = workspace(api)
    made = distribution_list(api)
    again = api("POST", "/distributionlists", {"name": "Night shift"}, **KIND)
    assert (again.status, again.json["errorText"]) == (422, "There is a distribution list of this name already.")
    assert api("POST", f"{ops}/distributionlists", {"name": "Night shift"}, **KIND).status == 201
    other = distribution_list(api, name="Day")
    assert put(api, other, name="Night shift") == 422
    assert put(api, made, name="Night shift", description="x") == 204
    assert read(api, other)["name"] == "Day"


def test_rules_may_be_written_as_a_text_and_all_must_fit(api: Api) -> None:
    rules = [
        *SALES,
        {"ruleFilter": "firstName", "ruleContent": "J*"},
        {"ruleFilter": "custom_Team", "ruleContent": "red"},
    ]
    made = dynamic(api, json.dumps(rules), contactIds="ignored")
    assert (made["type"], made["contactIds"], made["memberCount"]) == ("dynamic", "", "0")
    red = [{"fieldName": "Team", "fieldValue": "Red"}]
    contact(api, firstName="Jo", division="SALES", customFields=red)
    contact(api, firstName="Jim", division="Sales force", customFields=red)
    contact(api, firstName="Ajo", division="sales", customFields=red)
    contact(api, firstName="Jan", division="sales")
    contact(api, firstName="Jil", division="sales", status="D", customFields=red)
    assert members(made) == ["Jo"]
    shown = read(api, made)
    assert [rule["ruleFilter"] for rule in shown["rules"]] == ["division", "firstName", "custom_Team"]
    assert shown["rules"][0] == {**SALES[0]}
    assert (shown["memberCount"], len(shown["distlistdetails"])) == ("2", 2)
    contact(api, firstName="Joy", division="sales", customFields=red)
    assert members(made) == ["Jo", "Joy"]


@pytest.mark.parametrize(
    ("filter", "content", "fits"),
    [
        ("workMobilePhone1", "61400400400", True),
        ("workMobilePhone1", "+61400*", True),
        ("workMobilePhone1", "400*", False),
        ("workEmailAddress1", "*@EXAMPLE.com", True),
        ("workSetellitePhone", "8816", True),
        ("timezone", "+10", True),
        ("group_messagingoption_type__dropdown", "SMS", True),
        ("group_messagingoption_type__dropdown", "pigeon", False),
        ("group_messagingoption_active__boolean", "true", True),
        ("group_messagingoption_active__boolean", "false", False),
        ("group_messagingoption_fieldmapping", "WorkEmailAddress1", True),
        ("group_messagingoption_fieldmapping", "WorkMobilePhone2", False),
        ("createdtime__timestamp", "01/01/2020", False),
    ],
)
def test_each_common_filter_works(api: Api, filter: str, content: str, fits: bool) -> None:
    contact(api, workSatellitePhone="8816")
    made = dynamic(api, [{"ruleFilter": filter, "ruleContent": content}])
    assert members(made) == (["Ana"] if fits else [])


def test_days_are_those_of_the_account(api: Api, acme: Account) -> None:
    contact(api)
    today = f"{timezone.now().astimezone(acme.zone):%d/%m/%Y}"
    for filter in ("createdtime__timestamp", "lastmodifiedtime__timestamp"):
        made = dynamic(api, [{"ruleFilter": filter, "ruleContent": today}], name=filter[:4])
        assert members(made) == ["Ana"]


def test_who_is_on_a_workspaces_list_is_led_to(api: Api, bob: User) -> None:
    ops = workspace(api)
    inner, ana = distribution_list(api, ops, name="Inner"), contact(api, ops)
    made = distribution_list(
        api, ops, contactIds=ana["id"], userIds=f"{bob.pk:016X}", distListIds=inner["id"], name="Outer"
    )
    assert [each["type"] for each in made["distlistdetails"]] == ["Contact", "User", "DistributionList"]
    for each in made["distlistdetails"]:
        assert api("GET", each["link"][0]["uri"], kind="contact").status == 200, each


def test_lists_in_lists_and_users_count_each_person_once(api: Api, acme: Account, bob: User) -> None:
    ana, bo = contact(api), contact(api, firstName="Bo", division="Sales")
    off = contact(api, firstName="Off", status="D")
    inner = distribution_list(api, name="Inner", contactIds=f"{bo['id']},{off['id']}", userIds=f"{bob.pk:016X}")
    rule = dynamic(api, name="Rule")
    outer = distribution_list(
        api, name="Outer", contactIds=ana["id"], distListIds=f"{inner['id']},{rule['id']}", userIds=f"{bob.pk:016X}"
    )
    assert put(api, inner, distListIds=f"{outer['id']},{inner['id']}") == 204
    assert sorted(members(outer)) == sorted(members(inner)) == ["Ana", "Bo", bob.email]
    shown = read(api, outer)
    assert shown["memberCount"] == "4"
    assert [each["type"] for each in shown["distlistdetails"]] == [
        "Contact",
        "User",
        "DistributionList",
        "DistributionList",
    ]
    assert (shown["userIds"], shown["distListIds"]) == (f"{bob.pk:016X}", f"{inner['id']},{rule['id']}")
    for each in shown["distlistdetails"]:
        assert api("GET", each["link"][0]["uri"], kind="contact").status == 200


def test_a_change_keeps_what_it_does_not_name(api: Api, bob: User) -> None:
    ana, bo = contact(api), contact(api, firstName="Bo")
    made = distribution_list(api, contactIds=ana["id"], userIds=f"{bob.pk:016X}", access="Restricted", description="A")
    assert put(api, made, contactIds=f"{bo['id']}", visibility="private") == 204
    shown = read(api, made)
    assert (shown["contactIds"], shown["userIds"]) == (bo["id"], f"{bob.pk:016X}")
    assert (shown["access"], shown["visibility"], shown["description"]) == ("Restricted", "Private", "A")
    assert put(api, made, contactIds="", userIds="", description="") == 204
    shown = read(api, made)
    assert (shown["memberCount"], shown["contactIds"], shown["userIds"], shown["description"]) == ("0", "", "", "")


def test_what_was_read_can_be_put_back(api: Api) -> None:
    for made in (distribution_list(api, contactIds=contact(api)["id"]), dynamic(api, name="Rule")):
        shown = read(api, made)
        assert api("PUT", f"/distributionlists/{made['id']}", shown, **KIND).status == 204
        assert read(api, made) == shown


def test_a_list_becomes_dynamic_and_static_again(api: Api) -> None:
    ana = contact(api)
    contact(api, firstName="Bo", division="sales")
    made = distribution_list(api, contactIds=ana["id"])
    assert put(api, made, type="dynamic", entityType="contact", rules=SALES) == 204
    assert members(made) == ["Bo"]
    assert Segment.objects.get().size == 0
    assert put(api, made, type="static", contactIds=ana["id"]) == 204
    assert members(made) == ["Ana"]
    assert AuditEntry.objects.filter(action="segment.changed").count() == 2


def test_a_list_is_forgotten_and_its_people_stay(api: Api) -> None:
    ana = contact(api)
    made = distribution_list(api, contactIds=ana["id"])
    assert api("DELETE", f"/distributionlists/{made['id']}", **KIND).status == 204
    assert api("GET", f"/distributionlists/{made['id']}", **KIND).status == 404
    assert api("GET", f"/contacts/{ana['id']}", kind="contact").status == 200


def test_members_are_of_the_lists_own_workspace(api: Api) -> None:
    ops, ana = workspace(api), contact(api)
    inside, company = contact(api, ops), distribution_list(api)
    for field, id in (("contactIds", ana["id"]), ("distListIds", company["id"])):
        answer = api("POST", f"{ops}/distributionlists", {"name": "Ops list", field: id}, **KIND)
        assert answer.status == 422
    made = distribution_list(api, ops, name="Ops list", contactIds=inside["id"])
    assert made["mri"].endswith(".Ops@list.project.localhost")
    assert made["distlistdetails"][0]["link"][0]["uri"] == f"{BASE}{ops}/contacts/{inside['id']}"
    assert api("GET", f"/distributionlists/{made['id']}", **KIND).status == 404
    contact(api, ops, division="sales", firstName="Bo")
    contact(api, division="sales", firstName="Cy")
    assert members(dynamic(api, where=ops)) == ["Bo"]


def test_an_mri_finds_its_list_also_after_a_rename_and_by_name_alone(api: Api, acme: Account) -> None:
    made = distribution_list(api, name="Night shift")
    row = Segment.objects.get()
    put(api, made, name="Day shift")
    for text in (made["mri"], f"Night.{row.pk}@List.whispir.com", "day_shift.company@list.company.whispir.sg"):
        named = mri.parse(text)
        assert named
        assert lists.find(acme, None, named) == row
    gone = mri.parse("Night_shift.company@list.company.whispir.sg")
    assert gone
    assert lists.find(acme, None, gone) is None


def test_a_stranger_sees_and_changes_nothing(api: Api, make: Make, other: Account) -> None:
    made, ana = distribution_list(api), contact(api)
    stranger = make(other)
    assert listed(stranger, "/distributionlists", "distributionlist", "distributionLists") == []
    for method, body in (("GET", None), ("PUT", {"name": "Mine"}), ("DELETE", None)):
        assert stranger(method, f"/distributionlists/{made['id']}", body, **KIND).status == 404
    answer = stranger("POST", "/distributionlists", {"name": "Mine", "contactIds": ana["id"]}, **KIND)
    assert answer.status == 422
    assert Segment.objects.get().name == "Night shift"


def test_a_message_reaches_who_is_on_the_list_now(api: Api) -> None:
    contact(api, division="sales")
    made = dynamic(api)
    contact(api, firstName="Bo", workMobilePhone1="61400400401", division="sales")
    contact(api, firstName="Off", workMobilePhone1="61400400402", division="sales", status="D")
    location = api.send(to=made["mri"]).headers["Location"]
    lines = api("GET", f"{location}/messagestatus?view=detailed").json["messageStatuses"]
    assert sorted(line["name"] for line in lines) == ["Ana Roe", "Bo Roe"]


def test_a_broadcast_goes_to_who_fits_the_rules_now_and_is_active(api: Api) -> None:
    contact(api, division="sales")
    segment = Segment.objects.get(pk=int(dynamic(api)["id"], 16))
    inner = distribution_list(
        api,
        name="Outer",
        distListIds=f"{segment.pk:016X}",
        contactIds=contact(api, workMobilePhone1="61400400409")["id"],
    )
    contact(api, workMobilePhone1="61400400401", division="sales")
    contact(api, workMobilePhone1="61400400402", division="sales", status="D")
    assert addresses(segment) == ["+61400400400", "+61400400401"]
    assert addresses(Segment.objects.get(pk=int(inner["id"], 16))) == ["+61400400400", "+61400400401", "+61400400409"]


def addresses(segment: Segment) -> list[str]:
    """Return whom a broadcast to the segment would be written to."""
    broadcast = Broadcast(pk=ids.new_ids(), account=segment.account, name="News", channel="sms", kind="text")
    broadcast.save(force_insert=True)
    staging.write(broadcast, segment)
    return sorted(BroadcastRecipient.objects.filter(broadcast=broadcast).values_list("address", flat=True))


_WORDS = st.sampled_from(["name", "description", "Access", "sortFields", "sortOrder", "limit", "offset", "shoeSize"])
_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.sampled_from([
    *("*", "a*b", "%", "(", "\\", "desc", "name,description,visibility", "Night shift", "0"),
])  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.dictionaries(_WORDS, _TEXTS, max_size=4), path=st.sampled_from(["distributionlists", "resources"]))
def test_whatever_is_searched_for_is_answered(api: Api, asked: dict[str, str], path: str) -> None:
    if not Segment.objects.exists():
        distribution_list(api)
    for language in ("json", "xml"):
        answer = api("GET", f"/{path}?{urlencode(asked)}", accept=vendor(path.rstrip("s"), language))
        assert answer.status in (200, 422), answer.raw


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
_NAMES = st.sampled_from(
    ["contactIds", "userIds", "distListIds", "rules", "locations", "access", "description", "type"]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.dictionaries(_NAMES, _VALUES, max_size=4), is_dynamic=st.booleans())
def test_whatever_is_sent_is_taken_or_refused(api: Api, changes: dict[str, Any], is_dynamic: bool) -> None:
    usual = {"type": "dynamic", "entityType": "contact", "rules": SALES} if is_dynamic else {}
    body = {"name": f"List {Segment.objects.count()}", **usual, **changes}
    answer = api("POST", "/distributionlists", body, **KIND)
    assert answer.status in (201, 400, 422), answer.raw


def test_a_list_has_a_hundred_lists_in_it_at_most(api: Api) -> None:
    rule = {"ruleFilter": "custom_ward", "ruleFilterActualName": "Ward", "ruleContent": "*a*"}
    inner = [
        distribution_list(api, name=f"Inner {n}", type="dynamic", entityType="contact", rules=[rule])["id"]
        for n in range(101)
    ]
    made = distribution_list(api, name="Outer", distListIds=",".join(inner[:100]))
    assert api("GET", f"/distributionlists/{made['id']}", kind="distributionlist").json["memberCount"] == "0"
    more = {"name": "More", "access": "Open", "visibility": "Public", "distListIds": ",".join(inner)}
    assert api("POST", "/distributionlists", more, kind="distributionlist").status == 422
    assert len(listed(api, "/distributionlists?name=More", "distributionlist", "distributionLists")) == 0


def test_lists_in_one_another_are_counted_up_to_a_number(api: Api, acme: Account) -> None:
    rule = [{"field": "fields.ward", "label": "", "value": "*a*"}]
    many = [Segment(account=acme, name=f"Ward {n}", rules=rule) for n in range(1100)]
    ids = [made.pk for made in Segment.objects.bulk_create(many)]
    outer = Segment.objects.create(account=acme, name="Outer", details={"segments": ids, "users": []})
    assert contacts.count_in(outer) == 0
