"""Whispir's published client, as its users install it, against a running gateway: each of its collections."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from whispyr import App, ClientError, Contact, Message, ResponseRule, Template, Whispir, Workspace

from messaging.transports import sandbox
from tests.live.gateways import Gateway, until

pytestmark = pytest.mark.live
TO = "61400400400"
CONTACT = {
    "firstName": "John",
    "lastName": "Wick",
    "status": "A",
    "timezone": "Australia/Melbourne",
    "workEmailAddress1": "john@example.org",
    "workMobilePhone1": TO,
    "workCountry": "Australia",
    "messagingoptions": [{"channel": "sms", "enabled": "true", "primary": "WorkMobilePhone1"}],
}
PATTERN = {"name": "Yes", "textPrompt": "YES", "voicePrompt": "1", "pattern": "startswith", "colour": "#00947d"}
MADE: dict[str, dict[str, Any]] = {
    "templates": {"messageTemplateName": "Roster", "subject": "Roster", "body": "At 8.", "email": {}, "web": {}},
    "contacts": CONTACT,
    "response_rules": {
        "name": "Can you come?",
        "description": "To the shift",
        "responseTemplatePatterns": {"responseTemplatePattern": [PATTERN]},
    },
    "apps": {"name": "Field work", "bundleId": "1", "gcm": {"gcmApiKey": "x"}, "registrationTypes": ["INVITE"]},
}
KINDS = {"templates": Template, "contacts": Contact, "response_rules": ResponseRule, "apps": App}
CHANGES: dict[str, dict[str, Any]] = {
    "templates": {"messageTemplateDescription": "Changed"},
    "contacts": {"lastName": "Changed"},
    "response_rules": {"description": "Changed"},
    "apps": {"description": "Changed"},
}
NAMES = {"templates": "messageTemplateName", "response_rules": "name", "contacts": "firstName", "apps": "name"}


@pytest.fixture
def client(gateway: Gateway) -> Whispir:
    login = gateway.made["api_login"]
    return Whispir(login["username"], login["password"], gateway.token, base_url=f"{gateway.url}/whispir/")


@pytest.fixture
def workspace(client: Whispir) -> Workspace:
    made = client.workspaces.create(projectName=f"whispyr tests {time.time_ns()}", status="A")
    return client.workspaces.show(made["id"])


@pytest.fixture(params=["company", "workspace"])
def place(request: pytest.FixtureRequest, client: Whispir, workspace: Workspace) -> Whispir | Workspace:
    return client if request.param == "company" else workspace


def all_of(collection: Any, **asked: Any) -> list[Any]:
    return list(collection.list(**asked))


def test_workspaces_are_made_listed_and_shown(client: Whispir, workspace: Workspace) -> None:
    assert workspace["id"] in [found["id"] for found in all_of(client.workspaces)]
    assert workspace["projectName"].startswith("whispyr tests")
    with pytest.raises(ClientError) as refused:
        client.workspaces.create(projectName=workspace["projectName"], status="A")
    assert refused.value.response.status_code == 422


@pytest.mark.parametrize("kind", MADE)
def test_things_are_made_shown_listed_changed_and_deleted(place: Any, kind: str) -> None:
    collection, asked = getattr(place, kind), {**MADE[kind]}
    asked[NAMES[kind]] = f"{asked[NAMES[kind]]} {time.time_ns() % 10**9}"
    made = collection.create(**asked)
    assert isinstance(made, KINDS[kind])
    shown = collection.show(made["id"])
    assert shown[NAMES[kind]] == asked[NAMES[kind]]
    assert made["id"] in [found["id"] for found in all_of(collection)]
    change = {**asked, **CHANGES[kind]}
    if kind == "response_rules":  # as its own tests do: what was read is put back
        change["responseTemplatePatterns"] = shown["responseTemplatePatterns"]
    collection.update(made["id"], **change)
    assert collection.show(made["id"]).items() >= CHANGES[kind].items()
    collection.delete(made["id"])
    with pytest.raises(ClientError) as gone:
        collection.show(made["id"])
    assert (gone.value.response.status_code, gone.value.response.json()["link"]) == (404, [])


@pytest.mark.parametrize("kind", MADE)
def test_lists_of_more_than_a_page_are_turned(workspace: Workspace, kind: str) -> None:
    collection, asked = getattr(workspace, kind), MADE[kind]
    made = {collection.create(**{**asked, NAMES[kind]: f"{asked[NAMES[kind]]} {number}"})["id"] for number in range(23)}
    assert made <= {found["id"] for found in all_of(collection)}
    assert len(all_of(collection, limit=5, offset=0)) == 5
    for id in made:
        collection.delete(id)


@pytest.fixture
def roster(place: Any) -> Iterator[Any]:
    """A template with a rule that sorts its answers."""
    patterns = {"responseTemplatePattern": [{**PATTERN, "pattern": "contains"}]}
    rule = place.response_rules.create(name=f"Rule {time.time_ns()}", responseTemplatePatterns=patterns)
    template = {**MADE["templates"], "messageTemplateName": f"T {time.time_ns()}", "responseTemplateId": rule["id"]}
    yield place.templates.create(**template)
    place.response_rules.delete(rule["id"])


def categories(message: Any) -> dict[str, int]:
    [summary] = all_of(message.statuses)
    return {category["name"]: category["recipientCount"] for category in summary["categories"]}


def test_messages_are_sent_listed_shown_and_followed_to_their_end(place: Any) -> None:
    sent = place.messages.send(to=f"{TO},{sandbox.FAILS}", subject="whispyr test", body="please disregard")
    assert isinstance(sent, Message)
    until(lambda: categories(sent)["Pending"] == 0 and categories(sent)["Sent"] == 0)
    assert categories(sent) == {"Sent": 0, "Pending": 0, "Received": 1, "Acknowledged": 0, "Undeliverable": 1}
    assert sent["id"] in [message["id"] for message in all_of(place.messages)]
    shown = place.messages.show(sent["id"])
    assert (shown["subject"], shown["body"]) == ("whispyr test", "please disregard")
    detailed = {line["name"]: line for line in all_of(sent.statuses, view="detailed")}
    by_type = {status["type"]: status for status in detailed[TO]["status"]}
    assert (by_type["sms"]["status"], by_type["sms"]["destination"], by_type["email"]["status"]) == ("DELIVRD", TO, "")


def test_a_message_goes_to_a_contact_from_a_template_and_its_answer_is_sorted(place: Any, roster: Any) -> None:
    contact = place.contacts.create(**{**CONTACT, "workMobilePhone1": sandbox.ANSWERS.lstrip("+")})
    sent = place.messages.create(to=contact["mri"], messageTemplateId=roster["id"], body="YES we are open")

    def detailed() -> list[Any]:
        return all_of(sent.responses, view="detailed", filter="responserule")

    until(lambda: detailed()[0]["responseCategory"] != "noresponse", what="there is an answer")
    [line] = detailed()
    assert (line["from"]["name"], line["from"]["mri"], line["responseCategory"]) == ("John Wick", contact["mri"], "Yes")
    assert line["responseMessage"]["content"].endswith("YES we are open")
    counts = {row["type"]: row["responseCount"] for row in all_of(sent.responses, filter="responserule")}
    assert counts["Yes"] == "1"
    place.contacts.delete(contact["id"])
    place.templates.delete(roster["id"])


def test_what_is_refused_is_the_clients_own_error(client: Whispir, gateway: Gateway) -> None:
    with pytest.raises(ClientError) as refused:
        client.messages.send(to=TO)
    assert refused.value.response.json()["errorText"] == "subject is required."
    login = gateway.made["api_login"]
    for key, password, status in (("wrong", login["password"], 403), (gateway.token, "wrong", 401)):
        other = Whispir(login["username"], password, key, base_url=f"{gateway.url}/whispir/")
        with pytest.raises(ClientError) as refused:
            all_of(other.workspaces)
        assert refused.value.response.status_code == status
