"""Every link that any answer gives, from `/` on: none is dead, in JSON and in XML."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pytest

from messaging.models import Recipient
from tests.messaging.conftest import Deliver
from tests.messaging.dialects.whispir.callbacks.conftest import Post, Write, receiver, register, write
from tests.messaging.dialects.whispir.conftest import BASE, PHONE, Api, vendor
from tests.messaging.dialects.whispir.people import ANA, contact, distribution_list, resource, workspace
from tests.messaging.dialects.whispir.test_events import APP, FORMS
from tests.messaging.dialects.whispir.test_scenarios import make_one as scenario
from tests.messaging.dialects.whispir.test_templates import RULE, TEMPLATE
from tests.messaging.webhooks.conftest import loopback_is_listed, post

__all__ = ["loopback_is_listed", "post", "receiver", "register", "write"]
BY_PATH = ("/events", "/apps", "/activities", "/imports")  # which have no rel
Link = tuple[str, str, str]  # method, address, rel
OF_A_PLACE = [
    *(("retrieveMessage", "GET", "/messages"), ("createMessage", "POST", "/messages")),
    *(("createMessage", "POST", "/messages"),),
    *(("retrieveContacts", "GET", "/contacts"), ("createContact", "POST", "/contacts")),
    *(("retrieveUsers", "GET", "/users"), ("createUser", "POST", "/users")),
    *(("retrieveTemplate", "GET", "/templates"), ("retrieveTemplates", "GET", "/templates")),
    *(("createTemplate", "POST", "/templates"),),
    *(("retrieveDistLists", "GET", "/distributionlists"), ("createDistList", "POST", "/distributionlists")),
    *(("retrieveScenarios", "GET", "/scenarios"), ("createScenario", "POST", "/scenarios")),
    *(("retrieveResponseRules", "GET", "/responserules"), ("createResponseRule", "POST", "/responserules")),
    *(("retrieveResources", "GET", "/resources"), ("createResource", "POST", "/resources")),
    ("importContacts", "POST", "/imports"),
]


@pytest.fixture
def place(api: Api, deliver: Deliver, register: Any, write: Write, post: Post) -> str:
    """Return a workspace's path, with two of everything in it and in the company."""
    register()
    ops = workspace(api)
    for where in ("", ops):
        rule = api("POST", f"{where}/responserules", RULE, kind="responserule").json["id"]
        template = {**TEMPLATE, "responseTemplateId": rule}
        api("POST", f"{where}/templates", template, kind="template")
        api("POST", f"{where}/events", {"eventLabel": "Storm & rain", "eventFormList": FORMS}, kind="event")
        api("POST", f"{where}/apps", APP, kind="app")
        ana = contact(api, where)
        distribution_list(api, where, type="static", contactIds=ana["id"])
        assert resource(api, "name,mobile\nAna,61400400400\n", where).status == 201
        scenario(api, f"{where}/scenarios")
        for number in range(21):
            contact(api, where, firstName=f"Bo {number}")
        sent = {"to": f"{ana['mri']},{PHONE}", "messageTemplateName": "Roster", "callbackId": "Answers"}
        assert api("POST", f"{where}/messages", sent).status == 202
    deliver()
    assert Recipient.objects.exists()
    write("Yes", PHONE)
    post()
    return ops


def links(value: Any) -> Iterator[Link]:
    if isinstance(value, ElementTree.Element):
        for element in value.iter():
            if element.tag.rpartition("}")[2] == "link":
                yield element.attrib["method"], element.attrib["uri"], element.attrib["rel"]
    elif isinstance(value, list):
        for item in value:
            yield from links(item)
    elif isinstance(value, dict):
        if {"uri", "rel", "method"} <= value.keys():
            yield value["method"], value["uri"], value["rel"]
        for item in value.values():
            yield from links(item)


def walk(api: Api, language: str, *starts: str) -> dict[str, set[Link]]:
    """Read all that can be reached; returns the links by their methods."""
    found: dict[str, set[Link]] = defaultdict(set)
    waiting = [f"{BASE}{start}" for start in starts]
    seen = set(waiting)
    while waiting:
        uri = waiting.pop()
        answer = api("GET", uri, accept=vendor("message", language))
        assert answer.status == 200, (uri, answer.raw)
        read = ElementTree.fromstring(answer.raw) if language == "xml" else json.loads(answer.raw)
        for link in links(read):
            method, there, _ = link
            assert there.startswith(BASE), link
            found[method].add(link)
            if method == "GET" and there not in seen:
                seen.add(there)
                waiting.append(there)
    return found


def starts(place: str) -> list[str]:
    by_path = [f"{where}{path}" for where in ("", place) for path in BY_PATH if path != "/imports"]
    return ["/", "/callbacks", *by_path]


@pytest.mark.parametrize("language", ["json", "xml"])
def test_none_is_dead(api: Api, place: str, language: str) -> None:
    found = walk(api, language, *starts(place))
    assert {rel for _, _, rel in found["GET"]} >= {
        *("self", "next", "previous", "retrieveEventMessages", "retrieveCallbackHistory"),
        *("detailedStatus", "summaryResponsesWithResponseRule", "retrieveWorkspaces"),
    }
    assert {rel for method in ("PUT", "DELETE") for _, _, rel in found[method]} == {
        *("editWorkspaces", "self", "updateCall"),
        *(f"{verb}{what}" for verb in ("update", "delete") for what in (
            *("Template", "ResponseRule", "Contact", "DistList", "Resource", "Scenario", "APP", "User", "Callback"),
        )),
    }  # fmt: skip
    type = vendor("message", language)
    empty = {"xml": b"<x/>", "json": b"{}"}[language]
    for method in ("POST", "PUT", "DELETE"):
        things = {tuple(uri.rsplit("/", 2)[1:]): uri for _, uri, _ in found[method]}  # an app is in every workspace
        for uri in things.values() if method == "DELETE" else {uri for _, uri, _ in found[method]}:
            body = None if method == "DELETE" else empty
            answer = api(method, uri, body, accept=type, content_type=type)
            assert answer.status not in (404, 405), (method, uri, answer.raw)
            assert answer.status < 500, (method, uri, answer.raw)


def test_both_languages_lead_to_the_same(api: Api, place: str) -> None:
    in_json, in_xml = (walk(api, language, *starts(place)) for language in ("json", "xml"))
    assert in_json == in_xml


def test_the_company_and_a_workspace_lead_to_all_that_is_in_them(api: Api, place: str) -> None:
    company = api("GET", "/", kind="company").json["link"]
    told = [(link["rel"], link["method"], link["uri"].removeprefix(BASE)) for link in company]
    assert told == [
        ("self", "GET", "/"),
        ("retrieveWorkspaces", "GET", "/workspaces"),
        ("createWorkspaces", "POST", "/workspaces"),
        *OF_A_PLACE,
        ("retrieveResources", "GET", "/customlists"),
    ]
    inside = api("GET", place, kind="workspace").json["link"]
    told = [(link["rel"], link["method"], link["uri"].removeprefix(BASE)) for link in inside]
    assert told == [
        ("self", "GET", place),
        ("editWorkspaces", "PUT", place),
        *((rel, method, f"{place}{path}") for rel, method, path in OF_A_PLACE),
    ]
    posted = {link["type"] for link in inside if link["method"] == "POST"}
    kinds = (
        *("message", "bulkmessage", "contact", "user", "template", "distributionlist", "scenario", "responserule"),
        *("resource", "importcontact"),
    )
    assert posted == {f"{vendor(kind, 'xml')},{vendor(kind)}" for kind in kinds}


def test_the_chain_of_the_vendors_collection_leads_from_the_company_to_a_contact(api: Api, place: str) -> None:
    """It stores each link under its rel, the last one of a rel before the others, and asks for nothing else."""

    def stored(answer: Any) -> dict[str, str]:
        return {link["rel"]: link["uri"] for link in answer["link"]}

    company = stored(api("GET", "/", kind="company").json)
    assert company["retrieveResources"] == f"{BASE}/customlists"
    named = {each["projectName"]: each for each in api("GET", company["retrieveWorkspaces"]).json["workspaces"]}
    rels = company | stored(api("GET", named["Ops"]["link"][0]["uri"], kind="workspace").json)
    assert rels["retrieveResources"] == f"{BASE}{place}/resources"
    made = api("POST", rels["createContact"], {**ANA, "firstName": "Postman"}, kind="contact")
    found = api("GET", f"{rels['retrieveContacts']}?firstName=Postman", kind="contact").json["contacts"]
    assert found[0]["link"][0]["uri"] == made.headers["Location"]
    assert api("POST", rels["createMessage"], {"to": made.json["mri"], "subject": "Hi"}).status == 202


def test_links_have_the_key_where_the_query_had_it_and_nowhere_else(api: Api, place: str) -> None:
    by_query = Api(None, api.login)
    for path in (f"{place}/templates", f"{place}/responserules", "/events", "/apps", "/users", "/customlists"):
        with_key = list(links(by_query("GET", f"{path}?apikey={api.key}").json))
        assert with_key
        assert all(f"apikey={api.key}" in uri for _, uri, _ in with_key)
        assert not any("apikey" in uri for _, uri, _ in links(api("GET", path).json))
