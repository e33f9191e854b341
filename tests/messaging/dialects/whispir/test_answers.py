"""What is posted to callbacks: who answered, who was not reached, in which form, and how often it is tried."""

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import Account
from messaging import routing
from messaging.models import Contact, Message, ResponseRule, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from messaging.receiving import record_inbound
from messaging.transports.sandbox import FAILS
from messaging.webhooks.notices import send_notices
from tests.messaging.conftest import Deliver
from tests.messaging.dialects.whispir.conftest import BASE, Answer, Api, Make, vendor
from tests.messaging.dialects.whispir.test_callbacks import KEY, KIND, payload
from tests.messaging.webhooks.conftest import later, loopback_is_listed, post
from tests.messaging.webhooks.receiver import Got, Receiver, receiving

pytestmark = pytest.mark.django_db
__all__ = ["later", "loopback_is_listed", "post"]
PHONE = "966500000142"
Post = Callable[[], None]
Later = Callable[[timedelta], None]
Write = Callable[..., Message]
FIVE_MINUTES = timedelta(minutes=5, seconds=31)  # with what is added at random


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """One that remembers what was posted alone: it is asked by GET when a callback is made."""
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def register(api: Api, receiver: Receiver) -> Callable[..., dict[str, Any]]:
    def make(**changes: Any) -> dict[str, Any]:
        status, receiver.status = receiver.status, 200
        made = api("POST", "/callbacks", payload(receiver, **changes), kind=KIND)
        assert made.status == 201, made.raw
        receiver.status = status
        receiver.got.clear()
        found: dict[str, Any] = made.json
        return found

    return make


@pytest.fixture
def write(acme: Account) -> Write:
    """Somebody writes to acme's sandbox."""

    def one(text: str, sender: str = PHONE, *, account: Account = acme, **more: Any) -> Message:
        asked = {"kind": "text", "content": {"body": text}, "channel": "sms", **more}
        device = routing.sandbox(account)
        return Message.objects.get(pk=record_inbound(device=device, sender=f"+{sender}", **asked))

    return one


def send(api: Api, deliver: Deliver, **changes: Any) -> str:
    """Send a message that names the callback; returns its id."""
    sent = api.send(**{"to": PHONE, "callbackId": "Answers", **changes})
    assert sent.status == 202, sent.raw
    deliver()
    return str(sent.headers["Location"].rpartition("/")[2])


def test_a_reply_is_posted_in_json_with_all_there_is_to_know(
    api: Api, register: Any, deliver: Deliver, write: Write, post: Post, receiver: Receiver, acme: Account
) -> None:
    register()
    id = send(api, deliver, callbackParameters={"CustomerId": "890h", "count": 17})
    said = write("Yes, I accept.")
    post()
    [got] = receiver.got
    assert got.headers["content-type"] == "application/json"
    assert got.headers["x-whispir-callback-key"] == KEY
    told = got.json
    at = f"{said.created_at.astimezone(acme.zone):%d/%m/%y %H:%M}"
    assert told["messageid"] == id
    assert told["messagelocation"] == f"{BASE}/messages/{id}"
    assert told["from"] == {"name": PHONE, "mri": "", "mobile": PHONE, "email": "", "voice": PHONE}
    assert told["responseMessage"] == {"channel": "SMS", "acknowledged": at, "content": "Yes, I accept."}
    own = told["customParameters"]
    assert own.items() >= {"CustomerId": "890h", "count": "17", "matchedCategory": "", "responseRule": ""}.items()
    assert own.items() >= {"sender_full_name": "Jo Doe", "sender_first_name": "Jo", "sender_last_name": "Doe"}.items()
    assert own["recipient_sms"] == own["recipient_voice"] == PHONE
    sent = Message.objects.get(pk=int(id, 16)).created_at.astimezone(acme.zone)
    assert (own["date"], own["time"], own["month"]) == (f"{sent:%Y-%m-%d}", f"{sent:%H:%M}", f"{sent:%B}")
    assert own.keys() >= {
        *("sender_sms", "sender_email", "recipient_full_name", "recipient_first_name", "recipient_last_name"),
        *("recipient_email", "yyyy", "yy", "mm", "day", "dd", "hrs", "min", "sec", "first_name", "last_name"),
    }
    assert all(isinstance(value, str) for value in own.values())


def test_in_xml_it_says_the_same(
    api: Api, register: Any, deliver: Deliver, write: Write, post: Post, receiver: Receiver
) -> None:
    register(contentType="xml")
    id = send(api, deliver, callbackParameters={"Order No": "17 & <18>"})
    write("Ja & nein <b>")
    post()
    [got] = receiver.got
    assert got.headers["content-type"] == "application/xml"
    root = ElementTree.fromstring(got.body)
    assert root.tag == "{http://schemas.api.whispir.com}deliveryResponse"
    assert [child.tag for child in root] == [
        "messageId",
        "messageLocation",
        "from",
        "responseMessage",
        "customParameters",
    ]
    assert (root.findtext("messageId"), root.findtext("responseMessage/content")) == (id, "Ja & nein <b>")
    entries = {entry.findtext("key"): entry.findtext("value") for entry in root.iter("entry")}
    assert entries["Order No"] == "17 & <18>"
    assert "matchedCategory" in entries


@pytest.mark.parametrize(
    ("auth", "key", "header", "path"),
    [
        ("httpheader", KEY, ("x-whispir-callback-key", KEY), "/hook"),
        ("querystring", "a b&c", None, "/hook?auth=a%20b%26c"),
        ("queryparam", KEY, None, f"/hook?auth={KEY}"),
        ("basicauth", "me:secret", ("authorization", f"Basic {b64encode(b'me:secret').decode()}"), "/hook"),
        ("basicauth", "bWU6c2VjcmV0", ("authorization", "Basic bWU6c2VjcmV0"), "/hook"),
        ("bearertoken", KEY, ("authorization", f"Bearer {KEY}"), "/hook"),
    ],
)
def test_each_call_shows_its_key_and_the_log_does_not(
    api: Api, register: Any, deliver: Deliver, write: Write, post: Post, receiver: Receiver,
    auth: str, key: str, header: tuple[str, str] | None, path: str,
) -> None:  # fmt: skip
    def repeat(got: Got) -> None:
        receiver.text = f"{got.path} {json.dumps(got.headers)}".encode()
        receiver.answer_headers = {"Location": f"https://example.com{got.path}"}

    register(auth={"type": auth, "key": key})
    receiver.meanwhile = repeat
    send(api, deliver)
    write("Yes")
    post()
    [got] = receiver.got
    assert got.path == path
    shown = {name: got.headers[name] for name in ("x-whispir-callback-key", "authorization") if name in got.headers}
    assert shown == (dict([header]) if header else {})
    attempt = WebhookAttempt.objects.get()
    assert attempt.is_good
    kept = f"{attempt.request_headers} {attempt.answer_headers} {attempt.answer}"
    for secret in (key, header[1].split()[-1] if header else "a%20b%26c"):
        assert secret not in kept


def test_only_messages_that_name_it_are_told(
    api: Api, register: Any, deliver: Deliver, write: Write, post: Post, receiver: Receiver
) -> None:
    register()
    with receiving() as others:
        register(name="Others", url=others.url)
        send(api, deliver, callbackId=None)
        write("To nobody")
        first = send(api, deliver)
        second = send(api, deliver, to=PHONE[:-1] + "3", callbackId="Others")
        write("To the first")
        write("To the second", PHONE[:-1] + "3")
        write("From somebody else", PHONE[:-1] + "4")
        post()
        assert [got.json["messageid"] for got in receiver.got] == [first]
        assert [got.json["messageid"] for got in others.got if got.body] == [second]


def test_the_latest_message_that_was_sent_is_the_one_that_is_answered(
    api: Api, register: Any, deliver: Deliver, write: Write, post: Post, receiver: Receiver
) -> None:
    register()
    send(api, deliver)
    second = send(api, deliver)
    later = timezone.now() + timedelta(hours=2)
    asked = {"messageType": "SCHEDULED", "scheduleType": "ONCE", "scheduleDate": f"{later:%d/%m/%Y %H:%M}"}
    assert api.send(to=PHONE, callbackId="Answers", **asked).status == 200
    write("Yes")
    post()
    assert [got.json["messageid"] for got in receiver.got] == [second]


def test_an_answer_comes_too_late_after_thirty_days(
    api: Api, register: Any, deliver: Deliver, write: Write, post: Post, receiver: Receiver, monkeypatch: Any
) -> None:
    from messaging import answering

    register()
    send(api, deliver)
    monkeypatch.setattr(answering, "KEPT", timedelta())
    assert write("Yes").context == {}
    post()
    assert not receiver.got


def test_each_answer_is_told_and_each_event_only_if_it_is_wanted(
    api: Api, register: Any, deliver: Deliver, write: Write, post: Post, receiver: Receiver
) -> None:
    register(name="Neither", callbacks={"reply": "disabled", "undeliverable": "disabled"})
    register(name="Failures", callbacks={"reply": "disabled", "undeliverable": "enabled"})
    register(name="Replies", callbacks={"reply": "enabled", "undeliverable": "disabled"})
    for number, name in enumerate(("Neither", "Failures", "Replies")):
        send(api, deliver, to=f"96650000015{number}", callbackId=name)
        write("Yes", f"96650000015{number}")
        send(api, deliver, to=FAILS.lstrip("+"), callbackId=name)
    post()
    words = [("acknowledged" in got.json["responseMessage"], got.json["from"]["mobile"]) for got in receiver.got]
    assert sorted(words) == [(False, FAILS.lstrip("+")), (True, "966500000152")]
    write("And again", "966500000152")
    post()
    assert len(receiver.got) == 3


def test_who_was_not_reached_is_told_with_the_reason(
    api: Api, register: Any, deliver: Deliver, post: Post, receiver: Receiver
) -> None:
    register()
    id = send(api, deliver, to=FAILS.lstrip("+"), callbackParameters={"Order": "17"})
    post()
    [got] = receiver.got
    assert got.json["messageid"] == id
    assert got.json["from"]["mobile"] == FAILS.lstrip("+")
    said = got.json["responseMessage"]
    assert said.keys() == {"channel", "undeliverable", "content"}
    assert said["content"] == Message.objects.get(pk=int(id, 16)).recipients.get().error_detail
    assert got.json["customParameters"]["Order"] == "17"


def test_html_is_removed_where_that_is_asked(
    api: Api, register: Any, deliver: Deliver, write: Write, post: Post, receiver: Receiver
) -> None:
    register(removeHTML="enabled")
    register(name="As it is")
    for name in ("Answers", "As it is"):
        send(api, deliver, callbackId=name)
        write("<p>Yes &amp; <b>no</b></p>")
    post()
    said = {got.json["responseMessage"]["content"] for got in receiver.got}
    assert said == {"Yes & no", "<p>Yes &amp; <b>no</b></p>"}


# Rules
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


# Tries
def failing(receiver: Receiver, status: int = 500) -> None:
    receiver.status = status


@pytest.mark.parametrize("status", [204, 302, 404, 500])
def test_without_retries_a_call_is_made_once_and_somebody_is_written_to(
    api: Api, register: Any, deliver: Deliver, write: Write, post: Post, later: Later, receiver: Receiver, status: int
) -> None:
    register(retriesEnabled=False)
    failing(receiver, status)
    receiver.text = b""
    send(api, deliver)
    write("Yes")
    for _ in range(3):
        post()
        later(timedelta(hours=1))
    assert len(receiver.got) == 1
    assert WebhookDelivery.objects.get().state == "failed"
    assert send_notices() == 1
    [letter] = mail.outbox
    assert letter.to == ["ops@example.com"]
    assert f"It answered {status}" in letter.body
    assert KEY not in letter.body


def test_with_retries_it_is_made_again_every_five_minutes_for_a_day(
    api: Api, register: Any, deliver: Deliver, write: Write, post: Post, later: Later, receiver: Receiver
) -> None:
    register()
    failing(receiver)
    send(api, deliver)
    write("Yes")
    post()
    delivery = WebhookDelivery.objects.get()
    assert delivery.due_at
    assert timedelta(minutes=4, seconds=55) < delivery.due_at - timezone.now() < FIVE_MINUTES
    later(FIVE_MINUTES)
    post()
    assert len(receiver.got) == 2
    assert receiver.got[0].body == receiver.got[1].body
    assert not send_notices()
    WebhookDelivery.objects.update(tries=287)  # most of the day passes
    for expected in (3, 4, 4):
        later(FIVE_MINUTES)
        post()
        assert len(receiver.got) == expected
    assert WebhookDelivery.objects.get().state == "failed"
    assert send_notices() == 1


def test_a_receiver_that_recovers_gets_the_call(
    api: Api, register: Any, deliver: Deliver, write: Write, post: Post, later: Later, receiver: Receiver
) -> None:
    register()
    failing(receiver)
    send(api, deliver)
    write("Yes")
    post()
    failing(receiver, 200)
    later(FIVE_MINUTES)
    post()
    assert WebhookDelivery.objects.get().state == "delivered"
    assert not send_notices()


def test_nobody_is_flooded_with_letters(
    api: Api, register: Any, deliver: Deliver, write: Write, post: Post, receiver: Receiver
) -> None:
    """However many calls fail, and though one in two succeeds meanwhile, there is a letter an hour."""
    register(retriesEnabled=False)
    send(api, deliver)

    def every_second(got: Got) -> None:
        receiver.status = 500 if len(receiver.got) % 2 else 200

    receiver.meanwhile = every_second
    for _ in range(3):
        for _ in range(6):
            write("Yes")
        post()
        send_notices()
    assert [letter.to for letter in mail.outbox] == [["ops@example.com"]]
    WebhookEndpoint.objects.update(told_at=timezone.now() - timedelta(minutes=61))
    for _ in range(2):
        write("Yes")
        post()
    send_notices()
    assert len(mail.outbox) == 2


# Calls
def test_calls_are_listed_by_status_and_marked_as_done(
    api: Api, register: Any, deliver: Deliver, write: Write, post: Post, later: Later, receiver: Receiver
) -> None:
    callback = register()
    id = send(api, deliver)
    write("First")
    post()
    failing(receiver, 503)
    for text in ("Second", "Third"):
        write(text)
        post()
    path = f"/callbacks/{callback['id']}/calls"

    def calls(query: str = "") -> list[dict[str, Any]]:
        return list(api("GET", f"{path}{query}", kind="api-call").json.get("calls", []))

    assert [(c["responseMessage"]["content"], c["status"]) for c in calls()] == [
        ("Third", "FAILED"),
        ("Second", "FAILED"),
        ("First", "SUCCESS"),
    ]
    assert [c["responseMessage"]["content"] for c in calls("?status=SUCCESS")] == ["First"]
    third, second = calls("?status=failed")
    assert (third["messageId"], third["messageLocation"]) == (id, f"{BASE}/messages/{id}")
    assert third["from"]["mobile"] == PHONE
    told = third["callback"]
    assert (told["id"], told["name"], told["statusCode"]) == (callback["id"], "Answers", "503")
    assert told["statusMessage"] == "It answered 503."
    assert KEY not in json.dumps(third)
    links = {link["rel"]: link for link in third["link"]}
    assert api("GET", links["self"]["uri"], kind="api-call").json["calls"] == [third]
    both = f"{path}?id={second['id']}&id={third['id']}"
    assert api("PUT", both, {"status": "SUCCESS"}, kind="api-call").status == 204
    assert {call["status"] for call in calls()} == {"SUCCESS"}
    failing(receiver, 200)
    receiver.got.clear()
    later(timedelta(hours=1))
    post()
    assert not receiver.got


def test_marking_names_calls_that_there_are(
    api: Api, register: Any, deliver: Deliver, write: Write, post: Post, make: Make, other: Account
) -> None:
    mine, others = register(), register(name="Others")
    send(api, deliver)
    write("Yes")
    post()
    path = f"/callbacks/{mine['id']}/calls"
    [call] = api("GET", path, kind="api-call").json["calls"]
    done = {"status": "SUCCESS"}

    def put(path: str, body: dict[str, str] = done) -> int:
        return int(api("PUT", path, body, kind="api-call").status)

    assert put(path) == 422
    assert put(f"{path}?id=") == 404
    assert put(f"{path}?id=0000000000000001") == 404
    assert put(f"/callbacks/{others['id']}/calls?id={call['id']}") == 404
    assert put(f"{path}?id={call['id']}", {"status": "FAILED"}) == 422
    assert put(f"{path}?id={call['id']}", {}) == 422
    assert put(path + "?" + "&".join(["id=1"] * 101)) == 422
    assert make(other)("PUT", f"{path}?id={call['id']}", done, kind="api-call").status == 404
    assert api("GET", f"{path}?status=UNKNOWN", kind="api-call").status == 422


def test_calls_in_xml(api: Api, register: Any, deliver: Deliver, write: Write, post: Post) -> None:
    callback = register()
    send(api, deliver)
    write("Yes")
    post()
    root = api("GET", f"/callbacks/{callback['id']}/calls", accept=vendor("api-call", "xml")).xml
    [call] = root.iter("{http://schemas.api.whispir.com/dap}call")
    assert (call.findtext("status"), call.findtext("callback/statusCode")) == ("SUCCESS", "200")


# Tenants, and our own API
def test_a_stranger_can_neither_name_it_nor_answer_for_it(
    api: Api, register: Any, make: Make, deliver: Deliver, write: Write, post: Post, receiver: Receiver, other: Account
) -> None:
    register()
    stranger = make(other)
    refused = stranger.send(to=PHONE, callbackId="Answers")
    assert refused.status == 422
    send(api, deliver)
    write("To another account", account=other)
    post()
    assert not receiver.got


def test_what_comes_to_a_real_number_answers_nothing_from_the_sandbox(
    api: Api, register: Any, deliver: Deliver, post: Post, receiver: Receiver, acme: Account
) -> None:
    from messaging.models import Device

    register()
    send(api, deliver)
    phone = Device.objects.create(account=acme, name="Phone", transport="android", number="+966500000999")
    record_inbound(device=phone, sender=f"+{PHONE}", kind="text", content={"body": "Yes"}, channel="sms")
    post()
    assert not receiver.got


def test_our_own_api_posts_everything_in_this_form(
    acme: Account, send: Any, deliver: Deliver, write: Write, post: Post, receiver: Receiver
) -> None:
    from django.test import Client

    from accounts.audit import COMMAND
    from tokens import issuing

    _, token = issuing.create_token(account=acme, name="app", by=COMMAND, grantor=None)
    asked = {"format": "whispir", "url": receiver.url, "events": ["reply", "undeliverable"], "secret": KEY}
    headers = {"Authorization": f"Bearer {token}"}
    made = Client().post("/api/v1/webhooks", json.dumps(asked), content_type="application/json", headers=headers)
    assert made.status_code == 201, made.content
    send(FAILS)
    deliver()
    said = write("Hello there")
    post()
    by_word = {
        ("reply" if "acknowledged" in got.json["responseMessage"] else "undeliverable"): got for got in receiver.got
    }
    assert by_word.keys() == {"reply", "undeliverable"}
    assert {got.headers["x-whispir-callback-key"] for got in receiver.got} == {KEY}
    assert by_word["reply"].json["messageid"] == f"{said.pk:016X}"
    assert by_word["reply"].json["responseMessage"]["content"] == "Hello there"
