"""Events, and apps that are kept."""

import json
from typing import Any

import pytest

from messaging import sealing
from messaging.models import Incident, MobileApp
from tests.messaging.dialects.whispir.conftest import BASE, PHONE, Answer, Api, vendor

FORMS = [
    {
        "formName": "Severe Weather",
        "eventFieldList": [{"name": "severity", "value": "high"}, {"name": "location", "value": "Coast & hills"}],
    },
    {"formName": "Road", "eventFieldList": [{"name": "status", "value": "closed"}]},
]
XML_EVENT = b"""<?xml version="1.0" encoding="UTF-8"?>
<ns2:event xmlns:ns2="http://schemas.api.whispir.com">
  <eventLabel>Storm</eventLabel><status>Active</status>
  <eventFormList><formName>Severe Weather</formName>
    <eventFieldList><name>severity</name><value>high</value></eventFieldList>
    <eventFieldList><name>location</name><value>Coast</value></eventFieldList>
  </eventFormList>
</ns2:event>"""
APP: dict[str, Any] = {
    "name": "Field work",
    "description": "For the people outside",
    "bundleId": "1",
    "options": {"workspaces": "AB", "deviceLimit": 3, "apiKey": "theirs", "clientSecret": "hush-hush"},
    "gcm": {"gcmProjectId": "p-1", "gcmProjectNumber": 383181709987, "gcmApiKey": "push-key"},
    "apns": {"certificate": "PEM", "privateKey": "PRIVATE"},
    "registrationTypes": ["INVITE"],
}


def make(api: Api, **changes: Any) -> Answer:
    return api("POST", "/events", {"eventLabel": "Storm", "eventFormList": FORMS, **changes}, kind="event")


def test_an_event_is_made_listed_read_and_closed_but_never_deleted(api: Api) -> None:
    made = make(api)
    uri = made.headers["Location"]
    assert (made.status, made.json["status"], made.json["eventFormList"]) == (201, "Open", FORMS)
    assert [(link["rel"], link["method"]) for link in made.json["link"]] == [
        ("self", "GET"),
        ("self", "PUT"),
        ("retrieveEventMessages", "GET"),
    ]
    assert api("PUT", uri, {"eventLabel": "Storm", "status": "Closed"}, kind="event").status == 204
    assert api("GET", uri, kind="event").json["status"] == "Closed"
    refused = api("DELETE", uri, kind="event")
    assert (refused.status, refused.json["errorText"], refused.headers["Allow"]) == (
        405,
        "Method Not Allowed",
        "GET, PUT, HEAD",
    )
    assert api("GET", "/events", kind="event").json["status"] == "1 to 1 of 1    "


def test_an_event_is_made_and_read_in_xml(api: Api) -> None:
    type = vendor("event", "xml")
    made = api("POST", "/events", XML_EVENT, content_type=type, accept=type)
    assert made.status == 201, made.raw
    read = api("GET", made.headers["Location"], accept=type).xml
    assert read.findtext("eventLabel") == "Storm"
    assert [one.findtext("value") for one in read.findall("eventFormList/eventFieldList")] == ["high", "Coast"]
    assert len(api("GET", "/events", accept=type).xml.findall("{*}events/{*}event")) == 1
    assert Incident.objects.get().forms[0]["fields"][0] == {"name": "severity", "value": "high"}


@pytest.mark.parametrize("asked", ["Severe Weather", "severeweather", "SEVERE WEATHER"])
def test_events_are_found_by_their_form_in_the_header_or_the_query(api: Api, asked: str) -> None:
    make(api)
    make(api, eventLabel="Other", eventFormList=[{"formName": "Weather"}])
    for found in (
        api("GET", "/events", kind="event", eventType=asked),
        api("GET", f"/events?eventType={asked}", kind="event"),
    ):
        assert [item["eventLabel"] for item in found.json["events"]] == ["Storm"]
    assert api("GET", "/events?eventType=severe", kind="event").json["status"] == "No records found"


def test_an_event_leads_to_its_messages(api: Api) -> None:
    label = "Storm at the coast & in the hills, and what came after it"
    made = make(api, eventLabel=label).json
    api.send(label=label[:48])
    api.send()
    found = api("GET", made["link"][2]["uri"]).json
    assert (found["status"], found["messages"][0]["to"]) == ("1 to 1 of 1    ", PHONE)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"eventLabel": None}, "eventLabel is required."),
        ({"eventFormList": "x"}, "eventFormList must be a list of at most 20 objects."),
        ({"eventFormList": [{"eventFieldList": [{"value": "1"}]}]}, "name is required."),
        ({"eventFormList": [{}] * 21}, "eventFormList must be a list of at most 20 objects."),
    ],
)
def test_what_an_event_lacks_is_named(api: Api, changes: dict[str, Any], why: str) -> None:
    refused = make(api, **changes)
    assert (refused.status, refused.json["errorText"]) == (422, why)


# Apps
def test_an_app_is_kept_as_it_was_registered(api: Api) -> None:
    made = api("POST", "/apps", APP, kind="app")
    uri = made.headers["Location"]
    assert (made.status, uri) == (201, f"{BASE}/apps/{made.json['id']}")
    assert made.json["options"] == {"apiKey": "theirs", "deviceLimit": "3", "workspaces": "AB"}
    assert made.json["gcm"] == {**APP["gcm"], "gcmApiKey": "********"}
    assert made.json["apns"].keys() == made.json["apnsSandbox"].keys() == {"certificateDate"}
    assert (made.json["managedBySystem"], made.json["defaultWorkspaceEnabled"]) == (False, True)
    types = f"{vendor('app', 'xml')},{vendor('app')}"
    assert [(link["rel"], link.get("type")) for link in made.json["link"]] == [
        ("self", None),
        ("updateAPP", types),
        ("deleteAPP", None),
    ]
    assert api("GET", uri, kind="app").json == made.json == api("GET", "/apps", kind="app").json["applications"][0]
    assert "hush" not in str(made.json)
    row = MobileApp.objects.get()
    assert "push-key" not in str(row.settings) + row.sealed + made.raw.decode()
    assert "hush-hush" in sealing.unseal(row.sealed)
    assert api("DELETE", uri, kind="app").status == 204
    assert not MobileApp.objects.exists()


def test_a_change_of_an_app_loses_nothing_that_it_does_not_name(api: Api) -> None:
    made = api("POST", "/apps", APP, kind="app").json
    uri = made["link"][0]["uri"]
    longer = "Field work, and what comes after it"  # the vendor takes more than 32 characters here
    assert api("PUT", uri, {"name": longer, "bundleId": "2"}, kind="app").status == 204
    read = api("GET", uri, kind="app").json
    assert read == {**made, "name": longer, "bundleId": "2"}
    assert api("PUT", uri, {"name": "n", "bundleId": "2", "options": {"apiKey": "new"}}, kind="app").status == 204
    assert api("GET", uri, kind="app").json["options"] == {**made["options"], "apiKey": "new"}
    assert "hush-hush" in sealing.unseal(MobileApp.objects.get().sealed)


def test_an_app_that_is_sent_back_as_it_was_read_keeps_its_key(api: Api) -> None:
    made = api("POST", "/apps", APP, kind="app").json
    uri = made["link"][0]["uri"]
    assert api("PUT", uri, made, kind="app").status == 204
    assert json.loads(sealing.unseal(MobileApp.objects.get().sealed))["gcmApiKey"] == "push-key"
    assert api("PUT", uri, {**made, "gcm": {**made["gcm"], "gcmApiKey": "new-key"}}, kind="app").status == 204
    assert json.loads(sealing.unseal(MobileApp.objects.get().sealed))["gcmApiKey"] == "new-key"


def test_an_app_belongs_to_the_company_in_every_workspace(api: Api) -> None:
    place = api("POST", "/workspaces", {"projectName": "Ops", "status": "A"}, kind="workspace").json["id"]
    made = api("POST", f"/workspaces/{place}/apps", APP, kind="app")
    assert made.headers["Location"] == f"{BASE}/workspaces/{place}/apps/{made.json['id']}"
    assert api("GET", made.headers["Location"], kind="app").status == 200
    assert api("GET", "/apps", kind="app").json["applications"][0]["id"] == made.json["id"]


def test_an_app_is_made_and_read_in_xml(api: Api) -> None:
    type = vendor("app", "xml")
    body = (
        b'<ns2:app xmlns:ns2="http://schemas.api.whispir.com"><name>A</name><bundleId>b</bundleId>'
        b"<registrationTypes>self</registrationTypes><registrationTypes>INVITE</registrationTypes></ns2:app>"
    )
    made = api("POST", "/apps", body, content_type=type, accept=type)
    assert made.status == 201, made.raw
    read = api("GET", made.headers["Location"], accept=type).xml
    assert [one.text for one in read.findall("registrationTypes")] == ["SELF", "INVITE"]
    assert read.findtext("options/apiKey")
    assert len(api("GET", "/apps", accept=type).xml.findall("{*}applications/{*}app")) == 1


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"name": "x" * 33}, "name has at most 32 characters."),
        ({"bundleId": ""}, "bundleId is required."),
        ({"registrationTypes": ["ALL"]}, "registrationTypes must be one of SELF, INVITE."),
        ({"options": {"clientSecret": "x" * 65}}, "clientSecret has at most 64 characters."),
        ({"defaultWorkspaceEnabled": "maybe"}, "defaultWorkspaceEnabled must be true or false."),
    ],
)
def test_what_an_app_lacks_is_named(api: Api, changes: dict[str, Any], why: str) -> None:
    refused = api("POST", "/apps", {**APP, **changes}, kind="app")
    assert (refused.status, refused.json["errorText"]) == (422, why)
