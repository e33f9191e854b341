"""Sending, listing, reading, following links, and taking back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Account
from messaging import receiving, routing
from messaging.models import Message
from tests.messaging.conftest import Deliver
from tests.messaging.dialects.whispir.conftest import BASE, PHONE, Api, Make

NOW = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)


def test_a_message_is_accepted_with_its_place(api: Api) -> None:
    answer = api.send()
    message = Message.objects.get()
    assert (answer.status, answer.raw) == (202, b"Your request has been accepted for processing")
    assert answer.headers["Location"] == f"{BASE}/messages/{message.pk:016X}"
    assert (message.to, message.channel, message.content) == (
        f"+{PHONE}",
        "sms",
        {"body": "Hello\nThis is a test message"},
    )


@pytest.mark.parametrize("to", [f"{PHONE};61400400401", f"{PHONE}, +61400400401 ,", f"{PHONE},{PHONE};61400400401"])
def test_several_numbers_stand_between_semicolons_or_commas(api: Api, to: str) -> None:
    assert api.send(to=to).status == 202
    assert {r.address for r in Message.objects.get().recipients.all()} == {f"+{PHONE}", "+61400400401"}


def test_it_is_read_with_links_that_all_work(api: Api, deliver: Deliver) -> None:
    location = api.send(label="week 18", type="defaultNoReply").headers["Location"]
    deliver()
    read = api("GET", location).json
    assert (read["subject"], read["body"], read["label"], read["type"]) == (
        "Hello",
        "This is a test message",
        "week 18",
        "defaultNoReply",
    )
    assert read["from"].endswith("@User.localhost")
    assert isinstance(read["createdTime"], int)
    rels = [link["rel"] for link in read["link"]]
    assert rels == [
        *("self", "summaryStatus", "detailedStatus", "summaryResponses", "detailedResponses"),
        *("summaryResponsesWithResponseRule", "detailedResponsesWithResponseRule"),
    ]
    _walk(api, read)


def _walk(api: Api, start: Any) -> None:
    """Follow every link to read that an answer gives, and those of what it leads to."""
    waiting, seen = [start], set()
    while waiting:
        for uri in _links(waiting.pop()):
            if uri not in seen:
                seen.add(uri)
                answer = api("GET", uri)
                assert answer.status == 200, uri
                waiting.append(answer.json)


def _links(value: Any) -> list[str]:
    if isinstance(value, list):
        return [uri for item in value for uri in _links(item)]
    if not isinstance(value, dict):
        return []
    own = [value["uri"]] if value.get("method") == "GET" else []
    return own + [uri for item in value.values() for uri in _links(item)]


def test_every_link_from_the_root_leads_somewhere(api: Api) -> None:
    workspace = api("POST", "/workspaces", {"projectName": "Ops", "status": "A"}, kind="workspace").json
    api("POST", f"/workspaces/{workspace['id']}/messages", {"to": PHONE, "subject": "Hi"})
    api.send()
    _walk(api, api("GET", "/", kind="company").json)


def test_the_status_counts_each_recipient_once(api: Api, deliver: Deliver) -> None:
    location = api.send(to=f"{PHONE},61400400401").headers["Location"]
    summary = api("GET", f"{location}/messagestatus").json["messageStatuses"][0]["categories"]
    names = ["Sent", "Pending", "Received", "Acknowledged", "Undeliverable"]
    assert [row["name"] for row in summary] == names
    assert summary[1] == {"name": "Pending", "recipientCount": 2, "percentageTotal": "100.0%"}
    deliver()
    detailed = api("GET", f"{location}/messagestatus?view=detailed").json
    assert detailed["status"] == "1 to 2 of 2    "
    kinds = detailed["messageStatuses"][0]["status"]
    assert [kind["type"] for kind in kinds] == ["email", "sms", "voice"]
    assert (kinds[1]["status"], kinds[1]["destination"]) == ("DELIVRD", PHONE)
    assert kinds[1]["receivedTimestamp"] >= kinds[1]["sentTimestamp"]
    assert kinds[0] == {"type": "email", "status": "", "destination": ""}


@pytest.mark.parametrize("path", ["messagestatus", "messageresponses"])
def test_a_view_is_asked_for_in_any_case_and_no_other_is_known(api: Api, path: str) -> None:
    uri = f"{api.send().headers['Location']}/{path}"
    assert api("GET", f"{uri}?view=").json == api("GET", f"{uri}?view=SUMMARY").json == api("GET", uri).json
    assert api("GET", f"{uri}?view=Detailed").json == api("GET", f"{uri}?view=detailed").json
    wrong = api("GET", f"{uri}?view=whole")
    assert (wrong.status, wrong.json["errorText"]) == (422, "view must be one of summary, detailed.")


def test_an_answer_shows_among_the_responses(api: Api, acme: Account) -> None:
    location = api.send(to=f"{PHONE},61400400401").headers["Location"]
    receiving.record_inbound(
        device=routing.sandbox(acme), sender=f"+{PHONE}", kind="text", content={"body": "Yes"}, channel="sms"
    )
    summary = api("GET", f"{location}/messageresponses").json["messageresponses"]
    assert {row["type"]: row["responseCount"] for row in summary} == {"noresponse": "1", "notmatched": "1"}
    detailed = api("GET", f"{location}/messageresponses?view=detailed").json["messageresponses"]
    first, second = detailed
    assert (first["responseMessage"]["content"], first["responseMessage"]["channel"]) == ("Yes", "SMS")
    assert first["from"]["mobile"] == PHONE
    assert set(second["responseMessage"].values()) == {"N/A"}
    only = api("GET", f"{location}/messageresponses?view=detailed&filter=noresponse").json
    assert len(only["messageresponses"]) == 1


def test_of_many_answers_the_latest_is_shown(api: Api, acme: Account) -> None:
    location = api.send().headers["Location"]
    for text in ("Yes", "No", "Maybe"):
        receiving.record_inbound(
            device=routing.sandbox(acme), sender=f"+{PHONE}", kind="text", content={"body": text}, channel="sms"
        )
    [told] = api("GET", f"{location}/messageresponses?view=detailed").json["messageresponses"]
    assert told["responseMessage"]["content"] == "Maybe"


def test_a_page_is_read_from_its_end_and_nothing_is_counted_that_it_shows(api: Api) -> None:
    """Joined to its login, SQLite may read and sort all messages of a week for a page: a second for 200,000."""
    for _ in range(3):
        api.send()
    for path, counts in (("/messages?limit=2", 1), ("/messages", 0)):
        with CaptureQueriesContext(connection) as asked:
            assert api("GET", path).json["status"].endswith("of 3    ")
        of_messages = [q["sql"] for q in asked if 'FROM "messaging_message"' in q["sql"]]
        assert sum("COUNT(" in sql for sql in of_messages) == counts
        assert not any("JOIN" in sql for sql in of_messages)


def test_lists_are_turned_by_twenty(api: Api) -> None:
    for number in range(23):
        api.send(subject=f"No. {number}")
    first = api("GET", "/messages").json
    assert first["status"] == "1 to 20 of 23    "
    following = next(link["uri"] for link in first["link"] if link["rel"] == "next")
    assert "limit=20" in following
    assert "offset=20" in following
    assert api("GET", "/messages?limit=2&self=me&path=x").status == 200
    second = api("GET", following).json
    assert second["status"] == "21 to 23 of 23    "
    assert [link["rel"] for link in second["link"]] == ["previous"]
    assert len(api("GET", "/messages?limit=0").json["messages"]) == 23
    assert len(api("GET", "/messages?LIMIT=2&Label=&viewtype=SHARED").json["messages"]) == 2
    assert api("GET", "/messages?offset=99").json == {"status": "No records found", "link": []}


def test_a_list_says_how_many_people_answered(api: Api, acme: Account) -> None:
    to_two = api.send(to=f"{PHONE},61400400401").headers["Location"]
    to_one = api.send(to="61400400401").headers["Location"]
    for sender, text in ((PHONE, "Yes"), (PHONE, "No"), ("61400400402", "Who?")):
        receiving.record_inbound(
            device=routing.sandbox(acme), sender=f"+{sender}", kind="text", content={"body": text}, channel="sms"
        )
    counts = {m["link"][0]["uri"]: m["responseCount"] for m in api("GET", "/messages").json["messages"]}
    assert counts == {to_two: "1", to_one: "0"}
    assert api("GET", to_two).json["responseCount"] == "1"


def test_only_own_messages_are_listed_unless_the_shared_ones_are_asked_for(api: Api, make: Make) -> None:
    api.send(subject="Mine")
    colleague = make()
    colleague.send(subject="Theirs")
    assert [m["subject"] for m in api("GET", "/messages").json["messages"]] == ["Mine"]
    shared = api("GET", "/messages?viewType=shared").json["messages"]
    assert [m["subject"] for m in shared] == ["Theirs", "Mine"]


def test_a_label_finds_its_messages_and_old_ones_need_a_window(api: Api) -> None:
    with time_machine.travel(NOW - timedelta(days=10)):
        api.send(label="old")
    with time_machine.travel(NOW):
        api.send(label="new")
        assert [m["subject"] for m in api("GET", "/messages?label=new").json["messages"]] == ["Hello"]
        assert "messages" not in api("GET", "/messages?label=old").json
        window = "criteriaFromDate=01/04/2026&criteriaFromTime=00:00&criteriaToDate=30/04/2026&criteriaToTime=23:59"
        assert len(api("GET", f"/messages?{window}").json["messages"]) == 1
        assert api("GET", "/messages?criteriaFromDate=01/04/2026").status == 422
        wrong = api("GET", f"/messages?{window}".replace("30/04", "31/04"))
        assert (wrong.status, wrong.json["errorText"].split()[0]) == (422, "criteriaToDate")


def test_a_message_for_later_waits_and_one_that_repeats_is_several(api: Api) -> None:
    with time_machine.travel(NOW):
        later = api.send(messageType="SCHEDULED", scheduleType="ONCE", scheduleDate="05/05/2026 08:30")
        assert (later.status, later.json["subject"]) == (200, "Hello")
        assert later.headers["Location"]
        assert Message.objects.get().scheduled_at == datetime(2026, 5, 5, 8, 30, tzinfo=UTC)
        again = api.send(
            messageType="SCHEDULED",
            scheduleType="REPEAT",
            scheduleDate="05/05/2026 08:30",
            repetitionCount="3",
            repeatDays=1,
        )
        assert again.status == 200
        times = sorted(m.scheduled_at for m in Message.objects.all() if m.scheduled_at)
        assert times[-1] - times[0] == timedelta(days=2)
        assert len(times) == 4


def test_a_message_that_is_taken_back_is_seen_no_more_and_not_sent(api: Api, deliver: Deliver) -> None:
    location = api.send().headers["Location"]
    assert api("DELETE", location).status == 204
    assert api("GET", location).status == 404
    assert "messages" not in api("GET", "/messages").json
    deliver()
    assert Message.objects.get().state == "cancelled"


def test_a_workspace_keeps_its_messages(api: Api) -> None:
    made = api("POST", "/workspaces", {"projectName": "Ops", "status": "A"}, kind="workspace")
    uri = made.headers["Location"]
    location = api("POST", f"{uri}/messages", {"to": PHONE, "subject": "Hi"}).headers["Location"]
    assert location.startswith(f"{uri}/messages/")
    assert api("GET", location).status == 200
    outside = api.send().headers["Location"].rpartition("/")[2]
    assert api("GET", f"{uri}/messages/{outside}").status == 404
    inside = location.rpartition("/")[2]
    for company in ("", "/workspaces/undefined"):
        assert api("GET", f"{company}/messages/{inside}/messagestatus").status == 404
        assert api("GET", f"{company}/messages/{outside}").status == 200
        assert len(api("GET", f"{company}/messages").json["messages"]) == 1
    assert len(api("GET", f"{uri}/messages").json["messages"]) == 1
    assert api("GET", "/workspaces/0000000000000001/messages").status == 404
    assert api("DELETE", f"{uri}/messages/{outside}").status == 404
    assert api("DELETE", location).status == 204
    assert api("GET", location).status == 404


def test_another_accounts_workspace_is_forbidden(api: Api, make: Make, other: Account) -> None:
    path = api("POST", "/workspaces", {"projectName": "Ops", "status": "A"}, kind="workspace").headers["Location"]
    stranger = make(other)
    for where in (path, f"{path}/messages", f"{path}/contacts"):
        assert stranger("GET", where, kind="workspace").status == 403
    answer = stranger("POST", f"{path}/messages", {"to": PHONE, "subject": "Hi"})
    assert (answer.status, answer.json["errorText"], answer.json["errorSummary"]) == (403, "Forbidden", "")


def test_a_disabled_workspace_sends_nothing(api: Api) -> None:
    uri = api("POST", "/workspaces", {"projectName": "Ops", "status": "D"}, kind="workspace").headers["Location"]
    assert api("POST", f"{uri}/messages", {"to": PHONE, "subject": "Hi"}).status == 403
    assert api("PUT", uri, {"projectName": "Ops", "status": "A"}, kind="workspace").status == 204
    assert api("POST", f"{uri}/messages", {"to": PHONE, "subject": "Hi"}).status == 202


def test_a_sandbox_key_disables_no_workspace(api: Api, make: Make) -> None:
    uri = api("POST", "/workspaces", {"projectName": "Ops", "status": "A"}, kind="workspace").headers["Location"]
    change = {"projectName": "Ops", "status": "D"}
    assert make(type="sandbox")("PUT", uri, change, kind="workspace").status == 403
    assert api("POST", f"{uri}/messages", {"to": PHONE, "subject": "Hi"}).status == 202


def test_a_workspace_has_one_name_and_is_never_deleted(api: Api) -> None:
    body = {"projectName": "Ops", "status": "A", "projectNumber": 7, "billingcostcentre": ""}
    made = api("POST", "/workspaces", body, kind="workspace")
    assert made.json["projectNumber"] == "7"
    assert "billingcostcentre" not in made.json or made.json["billingcostcentre"] is None
    again = api("POST", "/workspaces", body, kind="workspace")
    assert (again.status, "Ops" in again.json["errorText"]) == (422, True)
    assert api("DELETE", made.headers["Location"], kind="workspace").status == 405
    listed = api("GET", "/workspaces", kind="workspace").json
    assert [w["projectName"] for w in listed["workspaces"]] == ["Ops"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"to": None}, "to"),
        ({"to": ""}, "to"),
        ({"to": " ; , "}, "to"),
        ({"to": "someone@example.org", "body": None, "voice": {"body": "x"}}, "Voice"),
        ({"to": "12"}, "number"),
        ({"to": ["61400400400"]}, "to"),
        ({"to": "6" * 10_001}, "to"),
        ({"subject": None}, "subject"),
        ({"subject": {"a": 1}}, "subject"),
        ({"body": "x" * 1566}, "1570"),
        ({"body": "ع" * 796}, "800"),
        ({"label": "x" * 49}, "label"),
        ({"type": "loud"}, "type"),
        ({"messageTemplateId": "A1"}, "messageTemplateId"),
        ({"resource": {"resourceId": "A1"}}, "resource"),
        ({"body": None, "email": {"body": "x"}}, "E-mail"),
        ({"messageattributes": {"attribute": [{"value": "x"}]}}, "attribute"),
        ({"messageType": "SCHEDULED"}, "scheduleDate"),
        ({"messageType": "SCHEDULED", "scheduleDate": "31/02/2027 10:00"}, "scheduleDate"),
        ({"messageType": "SCHEDULED", "scheduleDate": "01/01/2020 10:00"}, "passed"),
        ({"messageType": "SCHEDULED", "scheduleDate": "01/01/9999 10:00", "scheduleType": "REPEAT"}, "366"),
        ({"repetitionCount": "many"}, "repetitionCount"),
    ],
)
def test_what_cannot_be_sent_is_422_and_leaves_nothing(api: Api, change: dict[str, Any], said: str) -> None:
    answer = api.send(**change)
    assert (answer.status, said in answer.json["errorText"]) == (422, True), answer.raw
    assert not Message.objects.exists()


@pytest.mark.parametrize("status", [None, "", "X", {}, [], 5, True])
def test_a_workspaces_status_is_one_of_two_letters(api: Api, status: Any) -> None:
    answer = api("POST", "/workspaces", {"projectName": "Ops", "status": status}, kind="workspace")
    assert (answer.status, "status" in answer.json["errorText"]) == (422, True)


def test_a_stranger_finds_nothing(api: Api, make: Make, other: Account) -> None:
    location = api.send().headers["Location"]
    stranger = make(other)
    assert stranger("GET", location).status == 404
    assert stranger("DELETE", location).status == 404
    assert "messages" not in stranger("GET", "/messages").json


def test_an_unknown_path_or_method_is_answered_in_the_language_asked_for(api: Api) -> None:
    assert api("GET", "/nothing").json["errorText"] == "Not Found"
    assert api("GET", "/nothing", accept="").xml.findtext("errorText") == "Not Found"
    assert api("PUT", "/messages", {}).json["errorText"] == "Method Not Allowed"
    assert api("POST", "/messages", b"x" * (14 * 1024 * 1024 + 1)).status == 413
