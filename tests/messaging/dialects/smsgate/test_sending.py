"""POST /messages."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Account
from messaging import routing
from messaging.dialects.smsgate.serializers import read_id, render_device
from messaging.models import Device, IdempotencyKey, Message, OptOut
from messaging.states import State
from tests.messaging.contents import encoded
from tests.messaging.dialects.smsgate.conftest import HELLO, TO, Api

NOW = datetime(2026, 1, 31, 9, 0, 0, 123456, tzinfo=UTC)


def test_a_message_is_accepted_as_the_vendor_shows_it(api: Api, sandbox_device: Device) -> None:
    answer = api.send()

    message = Message.objects.get()
    at = message.created_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert answer.status == 202
    assert read_id(answer.body["id"]) == message.pk
    assert len(answer.body["id"]) == len(answer.body["deviceId"]) == 21
    assert answer.headers["Location"] == f"/api/3rdparty/v1/messages/{answer.body['id']}"
    assert answer.body == {
        "id": answer.body["id"],
        "deviceId": render_device(sandbox_device),
        "state": "Pending",
        "isHashed": False,
        "isEncrypted": False,
        "recipients": [{"phoneNumber": TO, "state": "Pending"}],
        "states": {"Pending": at},
        "createdAt": at,
        "textMessage": {"text": "Hello from JWT!"},
    }
    assert (message.channel, message.dialect, message.login) == ("sms", "smsgate", api.login)


def test_the_recipient_of_the_vendors_own_sample_is_a_phone_number(api: Api) -> None:
    answer = api.post("/messages", {"recipient": TO, "textMessage": {"text": "Hello"}})
    assert (answer.status, answer.body["recipients"]) == (202, [{"phoneNumber": TO, "state": "Pending"}])


def test_the_older_spelling_of_a_text_is_taken(api: Api) -> None:
    answer = api.post("/messages", {"phoneNumbers": [TO], "message": "Hello"})
    assert (answer.status, answer.body["textMessage"]) == (202, {"text": "Hello"})


def test_data_is_taken_and_shown(api: Api) -> None:
    data = {"data": encoded(8), "port": 53_739}
    answer = api.post("/messages", {"phoneNumbers": [TO], "dataMessage": data})
    assert (answer.status, answer.body["dataMessage"]) == (202, data)
    assert "textMessage" not in answer.body
    assert Message.objects.get().kind == "data"


def test_null_is_what_was_not_given(api: Api) -> None:
    fields = (
        "id", "deviceId", "dataMessage", "message", "mmsMessage", "simNumber", "withDeliveryReport", "isEncrypted",
        "priority", "ttl", "validUntil", "scheduleAt", "recipient",
    )  # fmt: skip
    assert api.send({**HELLO, **dict.fromkeys(fields)}).status == 202


def test_fields_and_queries_that_are_not_known_are_ignored(api: Api) -> None:
    assert api.send(colour="blue", query="?colour=blue").status == 202


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"message": "also"}, "Exactly one of"),
        ({"dataMessage": {"data": encoded(8), "port": 1}}, "Exactly one of"),
        ({"textMessage": None}, "Exactly one of"),
        ({"textMessage": {"text": ""}}, "textMessage.text"),
        ({"textMessage": {"text": "a" * 65_536}}, "textMessage.text"),
        ({"textMessage": None, "dataMessage": {"data": "a b c", "port": 1}}, "dataMessage.data must be base64"),
        ({"textMessage": None, "dataMessage": {"data": encoded(8), "port": 0}}, "dataMessage.port"),
        ({"textMessage": None, "dataMessage": {"data": encoded(8), "port": 65_536}}, "dataMessage.port"),
        ({"textMessage": None, "mmsMessage": {"text": "Look"}}, "mmsMessage cannot be sent"),
        ({"phoneNumbers": None}, "The field phoneNumbers is required."),
        ({"phoneNumbers": []}, "phoneNumbers"),
        ({"phoneNumbers": [""]}, "phoneNumbers"),
        ({"phoneNumbers": [TO] * 101}, "phoneNumbers"),
        ({"phoneNumbers": [TO, "+1 (234) 567-890"]}, "phone numbers must be unique"),
        ({"phoneNumbers": [TO, "12"]}, "invalid phone number"),
        ({"phoneNumbers": TO}, "phoneNumbers"),
        ({"id": "a" * 37}, "id"),
        ({"deviceId": "a" * 22}, "deviceId"),
        ({"simNumber": 0}, "simNumber"),
        ({"simNumber": 4}, "simNumber"),
        ({"priority": 128}, "priority"),
        ({"priority": -129}, "priority"),
        ({"ttl": 4}, "ttl"),
        ({"ttl": 0}, "ttl"),
        ({"ttl": 10**20}, "ttl"),
        ({"ttl": 5, "validUntil": "2999-01-01T00:00:00Z"}, "Only one of ttl and validUntil"),
        ({"validUntil": "2020-01-01T00:00:00Z"}, "would expire"),
        ({"validUntil": "tomorrow"}, "validUntil"),
        ({"validUntil": "9999-12-31T23:59:59-14:00"}, "validUntil"),
        ({"scheduleAt": "2020-01-01T00:00:00Z"}, "scheduleAt must be in the future"),
        ({"scheduleAt": "2999-01-02T00:00:00Z", "validUntil": "2999-01-01T00:00:00Z"}, "would expire"),
        ({"withDeliveryReport": "yes"}, "withDeliveryReport"),
    ],
)
def test_what_is_wrong_is_400_and_said(api: Api, change: dict[str, Any], said: str) -> None:
    answer = api.send(**change)
    assert answer.status == 400
    assert said in answer.body["message"]
    assert set(answer.body) == {"message"}
    assert not Message.objects.exists()


def test_a_body_that_is_not_sent_as_json_is_400(api: Api) -> None:
    for content_type in ("text/plain", "application/x-www-form-urlencoded", ""):
        assert api.call("POST", "/messages", dict(HELLO), content_type=content_type).status == 400
    assert api.call("POST", "/messages", dict(HELLO), content_type="application/json; charset=utf-8").status == 202


def test_numbers_are_taken_by_their_form_alone(api: Api) -> None:
    answer = api.send(phoneNumbers=["+49 (151) 123-456.78", "966500000142"])
    assert [row["phoneNumber"] for row in answer.body["recipients"]] == ["+4915112345678", "+966500000142"]


def test_an_account_may_ask_for_the_strict_check_of_numbers(api: Api, acme: Account) -> None:
    Account.objects.filter(pk=acme.pk).update(strict_numbers=True)
    assert api.send().status == 400
    assert api.send(phoneNumbers=["+966500000142"]).status == 202


@pytest.mark.parametrize("word", ["true", "True", "1"])
def test_numbers_are_left_alone_where_they_are_not_to_be_checked(api: Api, word: str) -> None:
    answer = api.send(phoneNumbers=["12345", "GATE", "0151 123"], query=f"?skipPhoneValidation={word}")
    assert [row["phoneNumber"] for row in answer.body["recipients"]] == ["12345", "GATE", "0151 123"]


@pytest.mark.parametrize("written", ["966500000142", "+966 50 000 0142", "+966500000142"])
def test_no_spelling_of_a_number_gets_around_its_stop(api: Api, acme: Account, written: str) -> None:
    OptOut.objects.create(account=acme, address="+966500000142")
    Account.objects.filter(pk=acme.pk).update(has_opt_outs=True)
    assert api.send(phoneNumbers=[written], query="?skipPhoneValidation=true").status == 400
    assert not Message.objects.exists()
    assert api.send(phoneNumbers=["12345"], query="?skipPhoneValidation=true").status == 202


def test_a_query_that_cannot_be_read_is_400(api: Api) -> None:
    for query in ("?skipPhoneValidation=maybe", "?deviceActiveWithin=-1", "?deviceActiveWithin=soon"):
        assert api.send(query=query).status == 400, query


def test_ciphertext_is_kept_as_it_is(api: Api) -> None:
    cipher = "$aes-256-cbc/pbkdf2-sha1$i=75000$c2FsdHNhbHRzYWx0c2FsdA==$Y2lwaGVydGV4dA=="
    answer = api.send(isEncrypted=True, phoneNumbers=[cipher], textMessage={"text": cipher})
    assert answer.body["isEncrypted"]
    assert answer.body["recipients"][0]["phoneNumber"] == answer.body["textMessage"]["text"] == cipher
    assert api.get(f"/messages/{answer.body['id']}").body["textMessage"] == {"text": cipher}


def test_encrypted_data_is_ciphertext_too(api: Api) -> None:
    cipher = "$aes-256-cbc/pbkdf2-sha1$i=75000$c2FsdA==$Y2lwaGVy"
    body = {"isEncrypted": True, "phoneNumbers": [cipher], "dataMessage": {"data": cipher, "port": 7}}
    assert api.post("/messages", body).body["dataMessage"] == {"data": cipher, "port": 7}


def test_what_a_phone_is_to_know_is_kept_with_the_message(api: Api) -> None:
    api.send(simNumber=2, withDeliveryReport=False, priority=-5)
    message = Message.objects.get()
    assert message.context["sim_number"] == 2
    assert message.context["with_delivery_report"] is False
    assert message.priority == -5


def test_a_time_to_live_is_the_end_of_the_message(api: Api) -> None:
    with time_machine.travel(NOW, tick=False):
        api.send(ttl=60)
    assert Message.objects.get().expires_at == NOW + timedelta(seconds=60)


@pytest.mark.parametrize("written", ["2999-01-01T02:00:00+02:00", "2999-01-01T00:00:00", "2999-01-01T00:00:00.000000Z"])
def test_times_are_taken_in_any_zone_and_without_one_are_utc(api: Api, written: str) -> None:
    assert api.send(validUntil=written).status == 202
    assert Message.objects.get().expires_at == datetime(2999, 1, 1, tzinfo=UTC)


def test_a_scheduled_message_waits(api: Api) -> None:
    at = timezone.now() + timedelta(hours=1)
    answer = api.send(scheduleAt=at.isoformat())
    assert (answer.status, answer.body["state"]) == (202, "Pending")
    message = Message.objects.get()
    assert message.scheduled_at == at
    assert message.recipients.get().due_at == at


# Its own id


def test_a_message_may_bring_its_own_id(api: Api) -> None:
    answer = api.send(id="order 7/8")
    assert answer.body["id"] == "order 7/8"
    assert answer.headers["Location"] == "/api/3rdparty/v1/messages/order%207%2F8"
    assert api.send(id="order-9").status == 202
    assert api.get("/messages/order-9").body["id"] == "order-9"
    assert [row["id"] for row in api.get("/messages").body] == ["order-9", "order 7/8"]


def test_an_id_is_used_once_in_an_account_whatever_the_body(api: Api, stranger: Api) -> None:
    assert api.send(id="order-9").status == 202
    for text in ("Hello from JWT!", "Another"):
        answer = api.send(id="order-9", textMessage={"text": text})
        assert answer.told == (409, "message with the same ID already exists")
    assert Message.objects.count() == 1
    assert stranger.send(id="order-9").status == 202
    assert IdempotencyKey.objects.filter(expires_at=None).count() == 2


def test_an_idempotency_key_gets_the_first_answer_again(api: Api, deliver: Any) -> None:
    first = api.post("/messages", dict(HELLO), Idempotency_Key="k1")
    deliver()
    again = api.post("/messages", dict(HELLO), Idempotency_Key="k1")
    assert (again.status, again.body) == (202, first.body)
    assert again.headers["Idempotent-Replay"] == "true"
    assert api.send(HELLO).body["id"] != first.body["id"]
    assert api.post("/messages", {**HELLO, "priority": 1}, Idempotency_Key="k1").status == 409
    assert api.post("/messages", dict(HELLO), Idempotency_Key="k" * 256).status == 400


# Its device


def test_a_message_may_name_its_device(api: Api, phone: Device) -> None:
    assert api.send(deviceId=render_device(phone)).body["deviceId"] == render_device(phone)
    assert Message.objects.get().device == phone


def test_a_device_that_cannot_be_had_is_400(api: Api, stranger: Api, phone: Device) -> None:
    for sender, device_id in ((api, "a" * 21), (stranger, render_device(phone)), (api, "phone")):
        answer = sender.send(deviceId=device_id)
        assert answer.told == (400, "failed to select device: record not found")
    assert not Message.objects.exists()


def test_only_a_device_that_was_seen_lately_is_taken_if_that_is_asked(api: Api, phone: Device) -> None:
    Device.objects.filter(pk=phone.pk).update(last_seen_at=timezone.now() - timedelta(hours=3))
    routing.forget()
    id = render_device(phone)
    assert api.send(deviceId=id, query="?deviceActiveWithin=4").status == 202
    assert api.send(deviceId=id, query="?deviceActiveWithin=2").told == (
        400,
        "failed to select device: record not found",
    )
    assert api.send(query="?deviceActiveWithin=2").status == 202, "the sandbox is always there"
    assert api.send(query=f"?deviceActiveWithin={10**12}").status == 202


def test_the_days_limit_is_429_and_says_when_to_come_back(api: Api, acme: Account) -> None:
    acme.plan.messages_per_day = 2
    acme.plan.save(update_fields=["messages_per_day"])
    assert api.send().status == 202
    assert api.send(phoneNumbers=[TO, "+966500000142"]).status == 429
    assert api.with_scopes("messages:send").send().status == 202, "a JWT counts on its login, and what is refused not"
    answer = api.send()
    assert answer.status == 429
    assert int(answer.headers["Retry-After"]) >= 1


def test_requests_are_not_limited(api: Api, acme: Account) -> None:
    acme.plan.requests_per_second = 1
    acme.plan.save(update_fields=["requests_per_second"])
    assert {api.send().status for _ in range(5)} == {202}


def test_what_was_accepted_is_delivered(api: Api, deliver: Any) -> None:
    api.send()
    deliver()
    assert Message.objects.get().state == State.DELIVERED
