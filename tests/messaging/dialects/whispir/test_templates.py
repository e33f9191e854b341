"""Templates and response rules, in JSON and XML, in the company and in workspaces."""

from typing import Any

import pytest

from accounts.models import Account, AuditEntry
from messaging.models import ResponseRule, StoredMessage
from tests.messaging.dialects.whispir.conftest import BASE, Answer, Api, Make, vendor
from tokens.scopes import Scope

TEMPLATE = {
    "messageTemplateName": "Roster",
    "messageTemplateDescription": "Who works when",
    "subject": "Roster",
    "body": "Hello @@first_name@@, you are on at 8.",
    "email": {},
    "voice": {},
    "web": {},
}
PATTERN = {
    "name": "Yes",
    "textPrompt": "YES",
    "voicePrompt": "1",
    "spokenVoicePrompt": "to select YES",
    "pattern": "startswith",
    "colour": "#00947d",
}
RULE = {
    "name": "Can you come?",
    "description": "To the shift",
    "responseTemplatePatterns": {"responseTemplatePattern": [PATTERN]},
}
XML_TEMPLATE = b"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<ns2:template xmlns:ns2="http://schemas.api.whispir.com">
  <messageTemplateName>Roster</messageTemplateName>
  <messageTemplateDescription>Who works when</messageTemplateDescription>
  <responseTemplateId></responseTemplateId>
  <subject>Roster</subject>
  <body>You are on at 8.</body>
  <email><body>You are &lt;b&gt;on&lt;/b&gt; at 8.</body><footer>Acme</footer><type>text/html</type></email>
  <voice><body>You are on at eight.</body><type>ConfCall:,ConfAccountNo:,ConfPinNo:,ConfModPinNo:,Pin:</type></voice>
  <web><body>On at 8</body><type>text/plain</type></web>
  <social><social id="social"><body>Roster is out</body><type>text/plain</type></social></social>
  <type>defaultNoReply</type>
</ns2:template>"""
XML_RULE = b"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<ns2:responserule xmlns:ns2="http://schemas.api.whispir.com">
  <name>Can you come?</name>
  <description>To the shift</description>
  <responseTemplatePatterns>
    <responseTemplatePattern>
      <name>Yes</name><textPrompt>YES</textPrompt><voicePrompt>1</voicePrompt>
      <spokenVoicePrompt>to select YES</spokenVoicePrompt><pattern>startsWith</pattern><colour>#00947d</colour>
    </responseTemplatePattern>
    <responseTemplatePattern><name>No</name><textPrompt>NO</textPrompt><pattern>contains</pattern></responseTemplatePattern>
  </responseTemplatePatterns>
</ns2:responserule>"""


@pytest.fixture(params=["company", "workspace"])
def place(request: pytest.FixtureRequest, api: Api) -> str:
    """Return where: nothing before the path, or a workspace."""
    if request.param == "company":
        return ""
    made = api("POST", "/workspaces", {"projectName": "Night shift", "status": "A"}, kind="workspace")
    return f"/workspaces/{made.json['id']}"


def make(api: Api, place: str = "", **changes: Any) -> Answer:
    return api("POST", f"{place}/templates", {**TEMPLATE, **changes}, kind="template")


def make_rule(api: Api, place: str = "", **changes: Any) -> Answer:
    return api("POST", f"{place}/responserules", {**RULE, **changes}, kind="responserule")


def test_a_template_is_made_listed_read_changed_and_deleted(api: Api, place: str) -> None:
    made = make(api, place)
    uri = made.headers["Location"]
    assert (made.status, made.headers["Content-Type"]) == (201, vendor("template"))
    assert uri == f"{BASE}{place}/templates/{made.json['id']}"
    assert made.json == api("GET", uri, kind="template").json
    assert [(link["rel"], link["method"], link["uri"]) for link in made.json["link"]] == [
        ("self", "GET", uri),
        ("updateTemplate", "PUT", uri),
        ("deleteTemplate", "DELETE", uri),
    ]
    listed = api("GET", f"{place}/templates", kind="template").json
    assert listed["status"] == "1 to 1 of 1    "
    shown = {name: made.json[name] for name in ("messageTemplateName", "messageTemplateDescription", "id")}
    assert listed["messagetemplates"] == [{**shown, "link": made.json["link"][:1]}]
    changed = api("PUT", uri, {**TEMPLATE, "messageTemplateDescription": "", "body": "At 9."}, kind="template")
    assert (changed.status, changed.raw, changed.headers["Content-Length"]) == (204, b"", "0")
    read = api("GET", uri, kind="template").json
    assert (read["body"], read["messageTemplateDescription"]) == ("At 9.", "")
    assert (api("DELETE", uri, kind="template").status, api("GET", uri, kind="template").status) == (204, 404)
    assert api("GET", f"{place}/templates", kind="template").json == {"status": "No records found", "link": []}
    actions = AuditEntry.objects.filter(action__startswith="message_template.").order_by("pk")
    assert [entry.action.partition(".")[2] for entry in actions] == ["created", "changed", "deleted"]
    assert "At 9." not in str(list(actions.values()))


def test_a_template_answers_what_the_vendors_does(api: Api) -> None:
    made = make(api, email={"body": "<b>On</b>", "type": "text/html"}, features={"aliasOption": {"aliasName": "acme"}})
    assert made.json["dlr"] == {
        "period": "",
        "rule": "",
        "type": "",
        "publishToWeb": False,
        "bool": False,
        "expiryDay": 0,
        "expiryHour": 0,
        "expiryMin": 0,
        "feedIds": "",
    }
    assert (made.json["tags"], made.json["type"], made.json["responseTemplateId"]) == ("", "default", "")
    assert made.json["email"] == {"type": "text/html", "body": "<b>On</b>", "footer": ""}
    assert (made.json["web"], made.json["voice"]) == ({"type": "", "body": ""}, {})
    assert made.json["features"] == {"aliasOption": {"aliasName": "acme"}}


def test_a_template_is_made_and_read_in_xml(api: Api, place: str) -> None:
    type = vendor("template", "xml")
    made = api("POST", f"{place}/templates", XML_TEMPLATE, content_type=type, accept=type)
    assert made.status == 201, made.raw
    read = api("GET", made.headers["Location"], accept=type).xml
    assert read.tag == "{http://schemas.api.whispir.com}template"
    assert read.findtext("messageTemplateName") == "Roster"
    assert read.findtext("email/body") == "You are <b>on</b> at 8."
    assert read.findtext("voice/body") == "You are on at eight."
    assert read.findtext("type") == "defaultNoReply"
    link = read.find("{http://schemas.api.whispir.com/dap}link")
    assert link is not None
    assert link.attrib == {"method": "GET", "rel": "self", "uri": made.headers["Location"]}
    listed = api("GET", f"{place}/templates", accept=type).xml
    items = listed.findall("{*}messagetemplates/{*}template")
    assert [item.findtext("messageTemplateName") for item in items] == ["Roster"]
    kept = StoredMessage.objects.get().content
    assert (kept["web"], kept["type"]) == ({"type": "text/plain", "body": "On at 8"}, "defaultNoReply")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"messageTemplateName": None}, "messageTemplateName is required."),
        ({"subject": " "}, "subject is required."),
        ({"body": ""}, "One of body, email, voice and web is required."),
        ({"type": "loud"}, "type must be one of default, defaultNoReply, noDlr."),
        ({"email": "text"}, "email must be an object."),
        ({"email": {"body": "x", "type": "image/png"}}, "type must be one of , text/plain, text/html."),
        ({"body": "x" * 1571}, "body has at most 1570 characters."),
        ({"responseTemplateId": "0000000000000001"}, "There is no response rule 0000000000000001."),
        ({"features": {"x": "y" * 20_001}}, "features has at most 20000 bytes."),
    ],
)
def test_what_a_template_lacks_is_named(api: Api, changes: dict[str, Any], why: str) -> None:
    refused = make(api, **changes)
    assert (refused.status, refused.json["errorText"]) == (422, why)
    assert not StoredMessage.objects.exists()


def test_a_name_is_taken_once_in_each_place(api: Api) -> None:
    first, second = make(api), make(api, messageTemplateName="Other")
    again = make(api)
    assert (again.status, again.json["errorText"]) == (422, "There is a message template Roster already.")
    uri = second.headers["Location"]
    assert api("PUT", uri, {**TEMPLATE, "messageTemplateName": "Roster"}, kind="template").status == 422
    assert api("GET", uri, kind="template").json["messageTemplateName"] == "Other"
    assert api("PUT", first.headers["Location"], TEMPLATE, kind="template").status == 204
    workspace = api("POST", "/workspaces", {"projectName": "Ops", "status": "A"}, kind="workspace").json["id"]
    inside = make(api, f"/workspaces/{workspace}")
    assert inside.status == 201
    assert api("GET", f"/templates/{inside.json['id']}", kind="template").status == 404


def test_lists_are_searched_ordered_and_turned(api: Api) -> None:
    for number in range(25):
        make(api, messageTemplateName=f"Roster {number:02}")
    found = api("GET", "/templates?messagetemplatename=roster 1*&sortFields=messageTemplateName&sortOrder=desc&limit=3")
    names = [item["messageTemplateName"] for item in found.json["messagetemplates"]]
    assert names == ["Roster 19", "Roster 18", "Roster 17"]
    assert found.json["status"] == "1 to 3 of 10    "
    link = found.json["link"][0]
    assert link["rel"] == "next"
    other_case = (
        "/templates?messagetemplatename=roster 1*&SORTFIELDS=messageTemplateName&sortorder=DESC&Limit=3&OFFSET=0"
    )
    again = api("GET", other_case).json
    assert [item["messageTemplateName"] for item in again["messagetemplates"]] == names
    assert "Limit" not in again["link"][0]["uri"]
    turned = api("GET", link["uri"]).json
    assert [item["messageTemplateName"] for item in turned["messagetemplates"]] == [f"Roster {n}" for n in (16, 15, 14)]
    assert [link["rel"] for link in turned["link"]] == ["next", "previous"]


def test_a_stranger_sees_no_template_and_no_rule(api: Api, make: Make, other: Account) -> None:
    template, rule = api("POST", "/templates", TEMPLATE, kind="template"), make_rule(api)
    stranger = make(other)
    for method, answer, kind in (("GET", template, "template"), ("DELETE", rule, "responserule")):
        assert stranger(method, answer.headers["Location"], kind=kind).status == 404
    assert stranger("GET", "/templates", kind="template").json["status"] == "No records found"
    taken = stranger("POST", "/templates", {**TEMPLATE, "responseTemplateId": rule.json["id"]}, kind="template")
    assert taken.status == 422


def test_a_key_needs_its_permission(make: Make) -> None:
    reads = make(scopes=[Scope.TEMPLATES_LIST])
    assert reads("GET", "/templates", kind="template").status == 200
    for method, path in (("POST", "/templates"), ("POST", "/responserules"), ("DELETE", "/templates/0000000000000001")):
        assert reads(method, path, TEMPLATE if method == "POST" else None, kind="template").status == 403


# Response rules
def test_a_rule_is_made_listed_read_changed_and_deleted(api: Api, place: str) -> None:
    made = make_rule(api, place)
    uri = made.headers["Location"]
    assert made.status == 201
    assert made.json["responseTemplatePatterns"] == {"responseTemplatePattern": [PATTERN]}
    assert [link["rel"] for link in made.json["link"]] == ["self", "updateResponseRule", "deleteResponseRule"]
    types = f"{vendor('responserule', 'xml')},{vendor('responserule')}"
    assert [link.get("type") for link in made.json["link"]] == [None, types, None]
    listed = api("GET", f"{place}/responserules", kind="responserule").json["responseRules"]
    assert listed == [{name: made.json[name] for name in ("id", "name", "description", "link")}]
    flat = {"name": "Renamed", "responseTemplatePatterns": {**PATTERN, "pattern": "EXACTMATCH"}}
    assert api("PUT", uri, flat, kind="responserule").status == 204
    read = api("GET", uri, kind="responserule").json
    assert (read["name"], read["description"]) == ("Renamed", "")
    assert read["responseTemplatePatterns"]["responseTemplatePattern"] == [{**PATTERN, "pattern": "exactmatch"}]
    assert api("PUT", uri, read, kind="responserule").status == 204
    template = make(api, place, responseTemplateId=made.json["id"]).json
    assert template["responseTemplateId"] == made.json["id"]
    assert (api("DELETE", uri, kind="responserule").status, api("GET", uri, kind="responserule").status) == (204, 404)
    assert api("GET", template["link"][0]["uri"], kind="template").json["responseTemplateId"] == ""


def test_a_rule_is_made_and_read_in_xml(api: Api) -> None:
    type = vendor("responserule", "xml")
    made = api("POST", "/responserules", XML_RULE, content_type=type, accept=type)
    assert made.status == 201, made.raw
    read = api("GET", made.headers["Location"], accept=type).xml
    patterns = read.findall("responseTemplatePatterns/responseTemplatePattern")
    assert [(one.findtext("name"), one.findtext("pattern")) for one in patterns] == [
        ("Yes", "startswith"),
        ("No", "contains"),
    ]
    assert ResponseRule.objects.get().patterns[0]["prompt"] == "YES"
    listed = api("GET", "/responserules", accept=type).xml
    assert [item.findtext("name") for item in listed.findall("{*}responseRules/{*}responserule")] == ["Can you come?"]


def test_all_rules_are_listed_where_no_limit_is_asked_for(api: Api) -> None:
    for number in range(22):
        make_rule(api, name=f"Rule {number}")
    listed = api("GET", "/responserules", kind="responserule").json
    assert (len(listed["responseRules"]), listed["status"], listed["link"]) == (22, "1 to 22 of 22    ", [])
    paged = api("GET", "/responserules?limit=20", kind="responserule").json
    assert (len(paged["responseRules"]), paged["link"][0]["rel"]) == (20, "next")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"name": ""}, "name is required."),
        ({"responseTemplatePatterns": None}, "responseTemplatePatterns is required."),
        ({"responseTemplatePatterns": {"responseTemplatePattern": []}}, "responseTemplatePatterns is required."),
        ({"responseTemplatePatterns": {"name": "a", "pattern": "contains"}}, "textPrompt is required."),
        ({"responseTemplatePatterns": {"name": "a", "textPrompt": "b"}}, "pattern is required."),
        (
            {"responseTemplatePatterns": PATTERN | {"pattern": "like"}},
            "pattern must be one of startswith, contains, exactmatch.",
        ),
        ({"responseTemplatePatterns": PATTERN | {"colour": "red"}}, "colour must be written as #rrggbb."),
        ({"responseTemplatePatterns": PATTERN | {"voicePrompt": "12"}}, "voicePrompt must be a digit, * or #."),
    ],
)
def test_what_a_rule_lacks_is_named(api: Api, changes: dict[str, Any], why: str) -> None:
    refused = make_rule(api, **changes)
    assert (refused.status, refused.json["errorText"]) == (422, why)
    assert not ResponseRule.objects.exists()
