"""What is posted to callbacks: who answered, who was not reached, and in which form."""

import json
from base64 import b64encode
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from django.utils import timezone

from accounts.models import Account
from messaging.models import Message, WebhookAttempt
from messaging.receiving import record_inbound
from messaging.transports.sandbox import FAILS
from tests.messaging.conftest import Deliver
from tests.messaging.dialects.whispir.callbacks.conftest import PHONE, Post, Write, send
from tests.messaging.dialects.whispir.callbacks.test_registering import KEY
from tests.messaging.dialects.whispir.conftest import BASE, Api, Make
from tests.messaging.webhooks.receiver import Got, Receiver, receiving

pytestmark = pytest.mark.django_db


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
