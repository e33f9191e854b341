"""The log in the vendor's words, the people of the account, and the one custom list."""

from typing import Any

import pytest

from accounts import audit
from accounts.models import Account, AuditEntry, User
from messaging.dialects.whispir import activity_words
from tests.conftest import SignedIn
from tests.messaging.dialects.whispir.conftest import BASE, Answer, Api, Make, vendor
from tokens.scopes import Scope

TOLD = {"action": "login", "module": "SYSTEM", "status": "Failed", "user": "jo", "description": "From the intranet"}


def tell(api: Api, place: str = "", **changes: Any) -> Answer:
    return api("POST", f"{place}/activities", {**TOLD, **changes}, kind="activity")


def descriptions(answer: Answer) -> list[str]:
    return [item["description"] for item in answer.json["activities"]]


def test_changes_of_every_kind_are_told_in_the_vendors_words(api: Api) -> None:
    place = api("POST", "/workspaces", {"projectName": "Ops", "status": "A"}, kind="workspace").json["id"]
    template = {"messageTemplateName": "Roster", "subject": "s", "body": "b"}
    api("POST", f"/workspaces/{place}/templates", template, kind="template")
    newest = api("GET", "/activities", kind="activity").json["activities"][0]
    assert len(newest["id"]) == 32
    assert newest["link"] == [{"rel": "self", "method": "GET", "uri": f"{BASE}/activities/{newest['id']}"}]
    assert {name: newest[name] for name in ("user", "action", "module", "status", "workspaceName")} == {
        "user": "app",
        "action": "Create",
        "module": "Template",
        "status": "Successful",
        "workspaceName": "Ops",
    }
    assert newest["description"] == "message_template.created: Roster"
    inside = api("GET", f"/workspaces/{place}/activities", kind="activity")
    assert descriptions(inside) == ["message_template.created: Roster", "workspace.created: Ops"]
    assert api("GET", newest["link"][0]["uri"], kind="activity").json == newest


def test_every_word_that_stands_for_one_of_ours_is_the_vendors() -> None:
    assert set(activity_words._ACTIONS.values()) <= set(activity_words.ACTIONS)
    assert set(activity_words._MODULES.values()) <= set(activity_words.MODULES)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("module=workspace", ["workspace.created: Ops"]),
        ("module=Web*", ["login.created: Jo Doe", "token.created: app"]),
        ("action=login", ["From the intranet"]),
        ("action=Create&module=user", ["member.joined: bob"]),
        ("module=settings", ["account.opened: acme"]),
        ("module=system", ["From the intranet"]),
        ("status=failed", ["From the intranet"]),
        ("status=Succ*&module=Workspace", ["workspace.created: Ops"]),
        ("user=jo", ["From the intranet"]),
        ("description=intra", ["From the intranet"]),
        ("description=created: Op", ["workspace.created: Ops"]),
        ("workspace=ops", ["workspace.created: Ops"]),
        ("action=&module=workspace&startTime=01/01/2020 10:00&endTime=01/01/2100 10:00", ["workspace.created: Ops"]),
    ],
)
def test_the_log_is_searched_by_its_words(api: Api, bob: User, query: str, found: list[str]) -> None:
    api("POST", "/workspaces", {"projectName": "Ops", "status": "A"}, kind="workspace")
    tell(api)
    said = descriptions(api("GET", f"/activities?{query}", kind="activity"))
    assert len(said) == len(found)
    for complete, start in zip(said, found, strict=True):
        assert complete.startswith(start)


@pytest.mark.parametrize(
    "query", ["module=RSS", "user=nobody", "startTime=01/01/2100 10:00", "endTime=01/01/2020 00:00"]
)
def test_nothing_found_is_not_found(api: Api, query: str) -> None:
    answer = api("GET", f"/activities?{query}", accept=vendor("activity", "xml"))
    assert (answer.status, answer.xml.findtext("errorText")) == (404, "Not Found")


def test_a_persons_sign_in_is_a_login(api: Api, alice: User, signed_in: SignedIn) -> None:
    signed_in(alice)
    [seen] = api("GET", "/activities?action=Login", kind="activity").json["activities"]
    assert (seen["user"], seen["action"], seen["module"]) == (alice.email, "Login", "User")


def test_what_a_program_tells_is_written_as_its_own(api: Api) -> None:
    made = tell(api, workspace="Night shift")
    assert made.status == 201
    assert {**made.json, "id": "", "time": "", "link": []} == {
        "id": "",
        "user": "jo",
        "fullname": "app",
        "time": "",
        "action": "Login",
        "module": "System",
        "status": "Failed",
        "description": "From the intranet",
        "workspaceName": "Night shift",
        "link": [],
    }
    entry = AuditEntry.objects.latest("pk")
    assert (entry.actor_label, entry.action, entry.target_label) == ("app", "activity.reported", "acme")
    assert all(not verdict.complaint for verdict in audit.verify())


def test_more_is_added_to_an_activity_by_entries_of_their_own(api: Api) -> None:
    uri = tell(api).headers["Location"]
    before = AuditEntry.objects.count()
    added = api("POST", uri, {"description": "It was a drill."}, kind="activity")
    assert (added.status, added.headers["Location"]) == (201, uri)
    assert api("GET", uri, kind="activity").json["description"] == "From the intranet\nIt was a drill."
    assert AuditEntry.objects.count() == before + 1
    assert "It was a drill." not in descriptions(api("GET", "/activities", kind="activity"))
    for method in ("PUT", "DELETE"):
        assert api(method, uri, {}, kind="activity").status == 405


def test_an_activity_is_told_and_read_in_xml(api: Api) -> None:
    type = vendor("activity", "xml")
    body = (
        b'<ns2:activity xmlns:ns2="http://schemas.api.whispir.com"><module>Message</module><action>Send</action>'
        b"<status>Successful</status><workspace>Ops</workspace><description>By hand</description></ns2:activity>"
    )
    made = api("POST", "/activities", body, content_type=type, accept=type)
    assert made.status == 201, made.raw
    read = api("GET", made.headers["Location"], accept=type).xml
    assert (read.tag.partition("}")[2], read.findtext("workspaceName")) == ("activity", "Ops")
    listed = api("GET", "/activities?module=message", accept=type).xml
    assert [item.findtext("description") for item in listed.findall("{*}activities/{*}activity")] == ["By hand"]


@pytest.mark.parametrize("missing", ["action", "module", "status"])
def test_an_activity_needs_its_words(api: Api, missing: str) -> None:
    assert tell(api, **{missing: ""}).json["errorText"] == f"{missing} is required."
    assert tell(api, **{missing: "Sing"}).status == 422


def test_the_log_is_for_those_who_may_read_it_and_of_their_account(make: Make, other: Account) -> None:
    assert make(scopes=[Scope.MESSAGES_SEND])("GET", "/activities", kind="activity").status == 403
    uri = tell(make()).headers["Location"]
    stranger = make(other)
    assert stranger("GET", uri, kind="activity").status == 404
    assert stranger("POST", uri, {"description": "x"}, kind="activity").status == 404


# People
def test_the_people_of_the_account_are_shown(api: Api, alice: User, bob: User, charlie: User) -> None:
    place = api("POST", "/workspaces", {"projectName": "Ops", "status": "A"}, kind="workspace").json["id"]
    listed = api("GET", "/users", kind="user").json
    assert listed["users"] == api("GET", f"/workspaces/{place}/users", kind="user").json["users"]
    assert [item["workEmailAddress1"] for item in listed["users"]] == [alice.email, bob.email]
    first = listed["users"][0]
    assert list(first) == [
        *("id", "firstName", "lastName", "companyName", "workEmailAddress1", "workMobilePhone1", "link")
    ]
    assert [link["rel"] for link in first["link"]] == ["self", "updateUser", "deleteUser"]
    read = api("GET", first["link"][0]["uri"], kind="user").json
    assert (read["userName"], read["status"]) == (alice.email, "ACTIVE")
    assert "password" not in read
    assert "mri" not in read
    assert api("GET", f"/users/{charlie.pk:016X}", kind="user").status == 404


@pytest.mark.parametrize(
    ("query", "number"),
    [("firstName=bo*", 1), ("status=A", 2), ("status=ACTIVE", 2), ("status=P", 0), ("userName=b", 1),
     ("STATUS=P", 0), ("firstName=alice", 1), ("firstName=acme", 0), ("lastName=b*", 1), ("lastName=bo", 0),
     ("workMobilePhone1=614", 0), ("companyName=ACME", 2), ("sortFields=companyName,workMobilePhone1,lastName", 2)],
)  # fmt: skip
def test_people_are_searched_by_what_is_shown_of_them(
    api: Api, alice: User, bob: User, query: str, number: int
) -> None:
    User.objects.filter(pk=alice.pk).update(name="")
    assert len(api("GET", f"/users?{query}", kind="user").json.get("users", [])) == number


def test_people_are_listed_in_xml(api: Api, alice: User) -> None:
    listed = api("GET", "/users", accept=vendor("user", "xml")).xml
    assert listed.findtext("{*}users/{*}user/workEmailAddress1") == alice.email


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/users"), ("PUT", "/users/{}"), ("DELETE", "/users/{}"), ("DELETE", "/users"),
     ("POST", "/workspaces/undefined/users")],
)  # fmt: skip
def test_people_are_neither_made_nor_changed_nor_removed_here(api: Api, bob: User, method: str, path: str) -> None:
    body = {"userName": "x", "password": "Abcdefgh1", "firstName": "X"} if method != "DELETE" else None
    refused = api(method, path.format(f"{bob.pk:016X}"), body, kind="user")
    assert (refused.status, refused.json) == (
        403,
        {"errorSummary": "", "errorText": "Forbidden", "errorDetail": "", "link": []},
    )
    bob.refresh_from_db()
    assert bob.memberships.count() == 1


# Custom lists
def test_the_one_custom_list_has_what_an_events_status_may_be(api: Api) -> None:
    listed = api("GET", "/customlists?type=incident", kind="customlist").json
    assert (listed["status"], len(listed["customlabels"])) == ("1 to 1 of 1    ", 1)
    uri = listed["customlabels"][0]["link"][0]["uri"]
    values = api("GET", uri, kind="customlist").json["customlabellists"]
    assert [value["name"] for value in values] == ["Open", "Active", "Resolved"]
    assert api("GET", uri, accept=vendor("customlist", "xml")).xml.findtext("customlabellists/value") == "Open"
    listed = api("GET", "/customlists", accept=vendor("customlist", "xml")).xml
    assert listed.findtext("{*}customlabels/{*}customlabel/linked") == "disabled"


def test_custom_lists_that_are_not_there_are_not_found_and_none_is_made(api: Api) -> None:
    for path in ("/customlists?type=Message", "/customlists?name=labels", "/customlists/0000000000000002"):
        assert api("GET", path, kind="customlist").status == 404
    assert api("POST", "/customlists", {"name": "x"}, kind="customlist").status == 405
    for method in ("PUT", "DELETE"):
        assert api(method, "/customlists/0000000000000001", kind="customlist").status == 405
