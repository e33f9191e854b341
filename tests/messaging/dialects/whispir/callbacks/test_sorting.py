"""Answers, sorted by the rules of their messages, as callbacks and `messageresponses` tell them."""

from typing import Any

import pytest

from accounts.models import Account
from messaging.models import Contact, Message, ResponseRule
from tests.messaging.conftest import Deliver
from tests.messaging.dialects.whispir.callbacks.conftest import PHONE, Post, Write, send
from tests.messaging.dialects.whispir.conftest import BASE, Answer, Api, vendor
from tests.messaging.webhooks.receiver import Receiver

pytestmark = pytest.mark.django_db


PATTERNS = [
    {"name": "Coming", "textPrompt": "Y", "pattern": "startswith"},
    {"name": "Late", "textPrompt": "late", "pattern": "contains"},
    {"name": "Absent", "textPrompt": "no", "pattern": "exactmatch"},
    {"name": "Never", "textPrompt": "yes", "pattern": "exactMatch"},
]


@pytest.fixture
def ruled(api: Api) -> str:
    """The name of a template whose answers are sorted."""
    rule = {"name": "Attendance", "responseTemplatePatterns": {"responseTemplatePattern": PATTERNS}}
    made = api("POST", "/responserules", rule, kind="responserule")
    assert made.status == 201, made.raw
    template = {"messageTemplateName": "Roster", "subject": "Roster", "body": "Are you coming?"}
    id = made.json["id"]
    made = api("POST", "/templates", {**template, "responseTemplateId": id}, kind="template")
    assert made.status == 201, made.raw
    return "Roster"


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("Y", "Coming"),
        ("  yes please ", "Coming"),
        ("I am LATE again", "Late"),
        ("No", "Absent"),
        (" nO\n", "Absent"),
        ("Nothing", ""),
        ("", ""),
    ],
)
def test_the_first_pattern_that_an_answer_fits_is_its_category(
    api: Api, register: Any, deliver: Deliver, write: Write, post: Post, receiver: Receiver, ruled: str,
    text: str, category: str,
) -> None:  # fmt: skip
    register()
    id = send(api, deliver, messageTemplateName=ruled, subject=None, body=None)
    answer = write(text)
    post()
    [got] = receiver.got
    own = got.json["customParameters"]
    assert (own["matchedCategory"], own["responseRule"]) == (category, "Attendance")
    answers = answer.context["answers"]
    assert (answers["message"], answers["category"], answers["rule"]) == (int(id, 16), category, "Attendance")


def responses(api: Api, id: str, view: str, filter: str, language: str = "json") -> Answer:
    accept = vendor("messageresponse", language)
    found = api("GET", f"/messages/{id}/messageresponses?view={view}&filter={filter}", accept=accept)
    assert found.status == 200, found.raw
    return found


def test_answers_are_counted_by_category(api: Api, deliver: Deliver, write: Write, ruled: str) -> None:
    numbers = [f"96650000015{n}" for n in range(5)]
    id = send(api, deliver, to=",".join(numbers), callbackId=None, messageTemplateName=ruled, subject=None, body=None)
    for number, text in zip(numbers, ("yes", "Y", "running late", "What?"), strict=False):
        write(text, number)

    def counts(filter: str) -> dict[str, tuple[str, str]]:
        rows = responses(api, id, "summary", filter).json["messageresponses"]
        return {row["type"]: (row["responseCount"], row["percentageTotal"]) for row in rows}

    assert counts("default") == {"noresponse": ("1", "20%"), "notmatched": ("4", "80%")}
    assert counts("responserule") == {
        "Coming": ("2", "40%"),
        "Late": ("1", "20%"),
        "Absent": ("0", "0%"),
        "Never": ("0", "0%"),
        "notmatched": ("1", "20%"),
        "noresponse": ("1", "20%"),
    }
    assert counts("noresponse") == {"noresponse": ("1", "20%")}
    assert counts("notmatched") == {"notmatched": ("1", "20%")}

    def people(filter: str) -> dict[str, str]:
        rows = responses(api, id, "detailed", filter).json["messageresponses"]
        return {row["from"]["mobile"]: row["responseCategory"] for row in rows}

    sorted_ = dict(zip(numbers, ("Coming", "Coming", "Late", "notmatched", "noresponse"), strict=True))
    assert people("responserule") == sorted_
    assert people("default") == {n: "noresponse" if n == numbers[4] else "notmatched" for n in numbers}
    assert people("noresponse") == {numbers[4]: "noresponse"}
    assert people("notmatched") == {numbers[3]: "notmatched"}


def test_responses_in_xml_look_as_the_vendor_prints_them(api: Api, deliver: Deliver, write: Write, ruled: str) -> None:
    id = send(api, deliver, callbackId=None, messageTemplateName=ruled, subject=None, body=None)
    write("yes & more")
    dap = "{http://schemas.api.whispir.com/dap}"
    root = responses(api, id, "summary", "responserule", "xml").xml
    rows = root.findall(f"{dap}messageresponses/{dap}response")
    assert [(row.get("type"), row.findtext("responseCount")) for row in rows][:2] == [("Coming", "1"), ("Late", "0")]
    root = responses(api, id, "detailed", "responserule", "xml").xml
    [row] = root.findall(f"{dap}messageresponses/{dap}response")
    said = row.find("responseMessage")
    assert said is not None
    assert (said.get("channel"), said.findtext("content")) == ("SMS", "yes & more")
    assert row.findtext("responseCategory") == "Coming"


def test_an_answer_to_a_later_message_is_none_to_the_earlier(
    api: Api, register: Any, deliver: Deliver, write: Write
) -> None:
    register()
    first, second = send(api, deliver), send(api, deliver)
    write("To the second")
    kinds = [
        [row["responseCategory"] for row in responses(api, id, "detailed", "default").json["messageresponses"]]
        for id in (first, second)
    ]
    assert kinds == [["noresponse"], ["notmatched"]]


def test_once_a_rule_is_deleted_answers_are_sorted_no_more(
    api: Api, deliver: Deliver, write: Write, ruled: str, acme: Account
) -> None:
    id = send(api, deliver, callbackId=None, messageTemplateName=ruled, subject=None, body=None)
    ResponseRule.objects.for_account(acme).delete()
    write("yes")
    [row] = responses(api, id, "detailed", "responserule").json["messageresponses"]
    assert row["responseCategory"] == "notmatched"


def test_a_contact_is_told_and_shown_by_name(
    api: Api, register: Any, deliver: Deliver, write: Write, post: Post, receiver: Receiver, acme: Account
) -> None:
    register()
    contact = Contact.objects.create(
        account=acme, first_name="Ana", last_name="Roe", address=f"+{PHONE}", email="ana@example.com"
    )
    mri = f"Ana_Roe.{contact.pk}@Contact.localhost"
    id = send(api, deliver, to=mri)
    write("Yes")
    post()
    person = {"name": "Ana Roe", "mri": mri, "mobile": PHONE, "email": "ana@example.com", "voice": PHONE}
    assert receiver.got[0].json["from"] == person
    own = receiver.got[0].json["customParameters"]
    assert (own["recipient_full_name"], own["first_name"], own["last_name"]) == ("Ana Roe", "Ana", "Roe")
    [row] = responses(api, id, "detailed", "default").json["messageresponses"]
    assert row["from"] == person


def test_all_parts_of_a_message_are_one(
    api: Api, register: Any, deliver: Deliver, write: Write, post: Post, receiver: Receiver, acme: Account
) -> None:
    """Texts for each person and an e-mail beside them are several messages of the core."""
    register()
    people = [
        Contact.objects.create(account=acme, first_name=name, last_name="Roe", address=number, email=f"{name}@ex.com")
        for name, number in (("Ana", f"+{PHONE}"), ("Ben", "+966500000143"), ("Cem", "+966500000144"))
    ]
    to = ",".join(f"x.{contact.pk}@Contact.localhost" for contact in people)
    email = {"type": "text/plain", "body": "Dear @@first_name@@, are you coming?"}
    id = send(api, deliver, to=to, body="@@first_name@@?", email=email)
    assert Message.objects.for_account(acme).count() > 3
    write("Yes", "966500000143")
    post()
    [got] = receiver.got
    assert (got.json["messageid"], got.json["messagelocation"]) == (id, f"{BASE}/messages/{id}")
    assert got.json["from"]["name"] == "Ben Roe"
    rows = responses(api, id, "detailed", "default").json["messageresponses"]
    assert [(row["from"]["name"], row["responseCategory"]) for row in rows] == [
        ("Ana Roe", "noresponse"),
        ("Ben Roe", "notmatched"),
        ("Cem Roe", "noresponse"),
    ]
    counts = responses(api, id, "summary", "default").json["messageresponses"]
    assert {row["type"]: row["percentageTotal"] for row in counts} == {"noresponse": "67%", "notmatched": "33%"}


def test_what_has_no_way_out_is_undeliverable(
    api: Api, register: Any, deliver: Deliver, post: Post, receiver: Receiver
) -> None:
    register()
    body = {"body": "Hello", "type": "ConfCall:,ConfAccountNo:,ConfPinNo:,ConfModPinNo:,Pin:"}
    id = send(api, deliver, body=None, voice=body)
    post()
    told = {got.json["responseMessage"]["channel"]: got.json for got in receiver.got}
    assert told["VOICE"]["messageid"] == id
    assert told["VOICE"]["responseMessage"]["content"]


def test_in_a_workspace_the_message_is_read_there(
    api: Api, register: Any, deliver: Deliver, write: Write, post: Post, receiver: Receiver
) -> None:
    register()
    wid = api("POST", "/workspaces", {"projectName": "Ops", "status": "A"}, kind="workspace").json["id"]
    body = {"to": PHONE, "subject": "Hello", "callbackId": "Answers"}
    sent = api("POST", f"/workspaces/{wid}/messages", body)
    deliver()
    write("Yes")
    post()
    assert receiver.got[0].json["messagelocation"] == sent.headers["Location"]
