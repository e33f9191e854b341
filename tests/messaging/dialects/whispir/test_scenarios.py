"""Scenarios: kept, read, changed, removed, and sent by one request."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Account, User
from messaging.dialects.whispir import mri
from messaging.dialects.whispir.serializers import render_id
from messaging.models import Message, Recipient, SegmentMember, StoredMessage
from tests.messaging.conftest import Deliver
from tests.messaging.dialects.whispir.conftest import BASE, PHONE, Api, Make
from tests.messaging.dialects.whispir.test_contents import template
from tests.messaging.dialects.whispir.test_recipients import contact, lines, listed, told
from tokens.models import ApiLogin

MESSAGE = {"to": PHONE, "subject": "Evacuation", "body": "Leave the building", "label": "fire"}
SCENARIO = {"title": "Fire", "description": "Everybody out", "message": MESSAGE, "allowedUsers": "EVERYONE"}


def make_one(api: Api, path: str = "/scenarios", **changes: Any) -> str:
    made = api("POST", path, {**SCENARIO, **changes}, kind="scenario")
    assert made.status == 201, made.raw
    return str(made.headers["Location"])


def test_it_is_made_listed_read_changed_and_removed(api: Api) -> None:
    location = make_one(api)
    read = api("GET", location, kind="scenario").json
    assert location == f"{BASE}/scenarios/{read['id']}"
    assert (read["title"], read["name"], read["description"]) == ("Fire", "Fire", "Everybody out")
    assert (read["allowedUsers"], read["allowedUserIds"]) == ("EVERYONE", "")
    assert {name: read["message"][name] for name in MESSAGE} == MESSAGE
    assert read["message"]["from"].endswith("@User.localhost")
    assert [link["rel"] for link in read["link"]] == ["self", "updateScenario", "deleteScenario"]
    [item] = api("GET", "/scenarios", kind="scenario").json["scenarios"]
    assert set(item) == {"id", "title", "name", "description", "createdTime", "link"}
    change = {"name": "Water", "description": "Up", "to": PHONE, "subject": "Flood", "body": "Go up"}
    assert api("PUT", location, change, kind="scenario").status == 204
    changed = api("GET", location, kind="scenario").json
    assert (changed["title"], changed["message"]["subject"]) == ("Water", "Flood")
    assert api("DELETE", location, kind="scenario").status == 204
    assert api("GET", location, kind="scenario").status == 404


def test_all_are_listed_at_once(api: Api) -> None:
    for number in range(23):
        make_one(api, title=f"No. {number}")
    listed = api("GET", "/scenarios", kind="scenario").json
    assert (len(listed["scenarios"]), listed["status"], listed["link"]) == (23, "1 to 23 of 23    ", [])


def test_running_it_sends_its_message_to_whom_it_means_now(api: Api, acme: Account, deliver: Deliver) -> None:
    night = listed(acme, "Night shift", contact(acme))
    location = make_one(api, message={**MESSAGE, "to": mri.of_list(night), "body": "Leave, @@first_name@@"})
    SegmentMember.objects.create(segment=night, contact=contact(acme, "Bo", "61400400401"))
    for _ in range(2):
        run = api("POST", location, kind="scenario")
        assert (run.status, run.raw) == (202, b"Your request has been accepted for processing")
    deliver()
    assert {line["name"]: told(line)[0] for line in lines(api, run.headers["Location"])} == {
        "Ana Roe": "DELIVRD",
        "Bo Roe": "DELIVRD",
    }
    assert len(api("GET", "/messages?label=fire").json["messages"]) == 2


def test_it_is_run_without_a_content_type_and_once_for_one_key(api: Api) -> None:
    location = make_one(api)
    first, second = (api("POST", location, accept="", **{"Idempotency-Key": "k"}) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert first.headers["Content-Type"] == "application/vnd.whispir.scenario-v1+xml"
    assert Message.objects.count() == 1


def test_a_template_or_list_that_is_gone_is_422(api: Api, acme: Account) -> None:
    id, night = template(api), listed(acme, "Night shift", contact(acme))
    of_template = make_one(api, message={"to": PHONE, "messageTemplateId": id})
    of_list = make_one(api, title="Two", message={**MESSAGE, "to": mri.of_list(night)})
    assert api("POST", of_template, kind="scenario").status == 202
    api("DELETE", f"/templates/{id}", kind="template")
    night.delete()
    before = Recipient.objects.count()
    for location in (of_template, of_list):
        assert api("POST", location, kind="scenario").status == 422
    assert Recipient.objects.count() == before


def test_only_those_who_are_chosen_run_it(api: Api, make: Make, alice: User, bob: User) -> None:
    ApiLogin.objects.update(created_by=alice)
    chosen = f"{render_id(alice.pk)}"
    location = make_one(api, allowedUsers="selectedusers", allowedUserIds=chosen)
    read = api("GET", location, kind="scenario").json
    assert (read["allowedUsers"], read["allowedUserIds"]) == ("SELECTEDUSERS", chosen)
    assert api("POST", location, kind="scenario").status == 202
    nobodys = make()
    assert nobodys("POST", location, kind="scenario").status == 403
    ApiLogin.objects.exclude(created_by=alice).update(created_by=bob)
    assert make()("POST", location, kind="scenario").status == 403
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"title": ""}, "title"),
        ({"description": None}, "description"),
        ({"message": None}, "to"),
        ({"message": {**MESSAGE, "to": ""}}, "to"),
        ({"message": {**MESSAGE, "subject": ""}}, "subject"),
        ({"message": {**MESSAGE, "body": ""}}, "body"),
        ({"message": {**MESSAGE, "label": "x" * 49}}, "label"),
        ({"message": {**MESSAGE, "messageTemplateId": "A"}}, "messageTemplateId"),
        ({"message": "x"}, "message"),
        ({"allowedUsers": "NOBODY"}, "allowedUsers"),
        ({"allowedUsers": "SELECTEDUSERS"}, "allowedUserIds"),
        ({"allowedUsers": "SELECTEDUSERS", "allowedUserIds": "00000000000000FF"}, "00000000000000FF"),
        (
            {
                "message": {
                    **MESSAGE,
                    "email": {"body": "x", "resources": {"attachment": {"attachmentName": "a", "derefUri": "eA=="}}},
                }
            },
            "files",
        ),
    ],
)
def test_what_is_wrong_is_422_and_leaves_nothing(api: Api, change: dict[str, Any], said: str) -> None:
    refused = api("POST", "/scenarios", {**SCENARIO, **change}, kind="scenario")
    assert (refused.status, said in refused.json["errorText"]) == (422, True), refused.raw
    assert not StoredMessage.objects.exists()


def test_names_are_unique_in_a_workspace(api: Api) -> None:
    make_one(api)
    again = api("POST", "/scenarios", SCENARIO, kind="scenario")
    assert (again.status, "Fire" in again.json["errorText"]) == (422, True)
    place = api("POST", "/workspaces", {"projectName": "Ops", "status": "A"}, kind="workspace").headers["Location"]
    inside = make_one(api, f"{place}/scenarios")
    run = api("POST", inside, kind="scenario")
    assert run.headers["Location"].startswith(f"{place}/messages/")
    outside = make_one(api, title="Other").rpartition("/")[2]
    assert api("POST", f"{place}/scenarios/{outside}", kind="scenario").status == 404


def test_it_is_changed_in_its_workspace(api: Api) -> None:
    place = api("POST", "/workspaces", {"projectName": "Ops", "status": "A"}, kind="workspace").headers["Location"]
    location = make_one(api, f"{place}/scenarios")
    assert len(api("GET", f"{place}/scenarios", kind="scenario").json["scenarios"]) == 1
    assert "scenarios" not in api("GET", "/scenarios", kind="scenario").json
    assert api("PUT", location, {**SCENARIO, "title": "Water"}, kind="scenario").status == 204
    assert api("GET", location, kind="scenario").json["title"] == "Water"
    assert api("DELETE", location, kind="scenario").status == 204
    assert api("GET", location, kind="scenario").status == 404


def test_a_stranger_finds_and_runs_nothing(api: Api, make: Make, other: Account) -> None:
    location, stranger = make_one(api), make(other)
    for method in ("GET", "POST", "PUT", "DELETE"):
        assert stranger(method, location, SCENARIO if method == "PUT" else None, kind="scenario").status == 404, method
    assert "scenarios" not in stranger("GET", "/scenarios", kind="scenario").json
    assert not Message.objects.exists()


def test_in_xml_too(api: Api, deliver: Deliver) -> None:
    kind = "application/vnd.whispir.scenario-v1+xml"
    body = f"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
        <ns2:scenario xmlns:ns2="http://schemas.api.whispir.com"><title>Fire</title><description>Out</description>
        <message><to>{PHONE}</to><subject>Fire</subject><body>Leave</body></message></ns2:scenario>""".encode()
    made = api("POST", "/scenarios", body, accept=kind, content_type=kind)
    assert (made.status, made.xml.findtext("message/body")) == (201, "Leave")
    assert api("POST", made.headers["Location"], accept=kind).status == 202
    assert Message.objects.get().content == {"body": "Fire\nLeave"}
