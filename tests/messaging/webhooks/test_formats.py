"""What each API style's receivers get: its own words, its own shapes."""

import hashlib
import hmac
from collections.abc import Callable
from typing import Any

import pytest

from accounts.audit import COMMAND
from accounts.models import Account
from messaging import routing, webhooks
from messaging.dialects.connexease.serializers import render_id as wamid
from messaging.dialects.smsgate.serializers import render_device
from messaging.dialects.smsgate.serializers import render_id as sms_id
from messaging.models import Message
from messaging.receiving import record_inbound
from messaging.transports.sandbox import FAILS, IS_READ
from messaging.webhooks import raising
from tests.messaging.conftest import Deliver, Send
from tests.messaging.webhooks.conftest import Listen
from tests.messaging.webhooks.receiver import Receiver

pytestmark = pytest.mark.django_db
Post = Callable[[], None]


def payloads(receiver: Receiver) -> list[Any]:
    return [got.json for got in receiver.got]


def receive(account: Account, text: str = "Hi", *, channel: str = "sms", kind: str = "text", **content: Any) -> Message:
    said = content or {"body": text}
    id = record_inbound(
        device=routing.sandbox(account), sender="+966500000142", kind=kind, content=said, channel=channel
    )
    return Message.objects.get(pk=id)


# Standard
def test_a_received_message_says_who_wrote_what_to_which_number(
    listen: Listen, acme: Account, post: Post, receiver: Receiver
) -> None:
    listen(events=["message.received"])
    message = receive(acme, "Where is my order?")
    post()
    [got] = payloads(receiver)
    assert got["type"] == "message.received"
    assert got["data"]["from"] == "+966500000142"
    assert got["data"]["to"] == routing.SANDBOX_NUMBER
    assert got["data"]["content"] == {"body": "Where is my order?"}
    assert (got["data"]["message_id"], got["data"]["state"]) == (str(message.pk), "received")


def test_a_failure_says_why(listen: Listen, send: Send, deliver: Deliver, post: Post, receiver: Receiver) -> None:
    listen(events=["message.failed"])
    send(FAILS)
    deliver()
    post()
    [got] = payloads(receiver)
    assert got["data"]["error"].keys() == {"code", "detail"}
    assert got["data"]["error"]["detail"]


def test_each_recipient_has_an_event_of_its_own(
    listen: Listen, send: Send, deliver: Deliver, post: Post, receiver: Receiver
) -> None:
    listen(events=["message.delivered"])
    send(["+966500000142", "+966500000143"])
    deliver()
    post()
    assert {got["data"]["to"] for got in payloads(receiver)} == {"+966500000142", "+966500000143"}
    assert len({got.headers["webhook-id"] for got in receiver.got}) == 2


def test_a_body_is_never_larger_than_20_kb(listen: Listen, acme: Account, post: Post, receiver: Receiver) -> None:
    listen(events=["message.received", "device.ping"])
    receive(acme, "ب" * 12_000)
    raising.raise_event(acme.pk, "device.ping", data={"health": {"log": "x" * 30_000}})
    post()
    for got in receiver.got:
        assert len(got.body) < 20_000
    by_type = {got["type"]: got["data"] for got in payloads(receiver)}
    assert "content" not in by_type["message.received"]
    assert by_type["device.ping"] == {"left_out": "too large"}


# Connexease
def test_connexease_forwards_metas_object(
    listen: Listen, send: Send, deliver: Deliver, post: Post, receiver: Receiver
) -> None:
    listen(format="connexease", secret="a-secret-of-the-shop")
    message = send(IS_READ, channel="whatsapp")
    deliver()
    post()
    values = []
    for got in payloads(receiver):
        assert got["object"] == "whatsapp_business_account"
        [change] = got["entry"][0]["changes"]
        assert change["field"] == "messages"
        values.append(change["value"])
    statuses = [status for value in values for status in value["statuses"]]
    assert {status["status"] for status in statuses} == {"sent", "delivered", "read"}
    assert {status["id"] for status in statuses} == {wamid(message.pk)}
    assert {status["recipient_id"] for status in statuses} == {IS_READ.lstrip("+")}
    assert all(status["timestamp"].isdigit() for status in statuses)
    assert {got.headers["authorization"] for got in receiver.got} == {"Bearer a-secret-of-the-shop"}


def test_connexease_tells_a_failure_with_metas_error(
    listen: Listen, send: Send, deliver: Deliver, post: Post, receiver: Receiver
) -> None:
    listen(format="connexease", events=["message_status"])
    send(FAILS, channel="whatsapp")
    deliver()
    post()
    [status] = [p["entry"][0]["changes"][0]["value"]["statuses"][0] for p in payloads(receiver)]
    assert status["status"] == "failed"
    assert status["errors"][0]["code"] == 131_026
    assert status["errors"][0]["error_data"]["details"]


def test_connexease_forwards_what_comes_in_by_whatsapp_alone(
    listen: Listen, acme: Account, post: Post, receiver: Receiver
) -> None:
    listen(format="connexease")
    receive(acme, channel="sms")
    message = receive(acme, "Hi", channel="whatsapp")
    post()
    [got] = payloads(receiver)
    value = got["entry"][0]["changes"][0]["value"]
    assert value["contacts"][0]["wa_id"] == "966500000142"
    [said] = value["messages"]
    assert said["id"] == wamid(message.pk)
    assert said["from"] == "966500000142"
    assert (said["type"], said["text"]) == ("text", {"body": "Hi"})


# SMSGate
def test_smsgate_gets_one_call_for_each_registered_event(
    acme: Account, send: Send, deliver: Deliver, post: Post, receiver: Receiver
) -> None:
    for word in ("sms:sent", "sms:delivered", "sms:failed", "sms:received", "sms:batch:received"):
        client_id = f"my-{word}"
        webhooks.register(acme, origin="smsgate", client_id=client_id, url=receiver.url, events=[word], by=COMMAND)
    message, failed = send(channel="sms"), send(FAILS, channel="sms")
    deliver()
    received = receive(acme, "Hi")
    post()
    by_word = {got["event"]: got for got in payloads(receiver)}
    assert by_word.keys() == {"sms:sent", "sms:delivered", "sms:failed", "sms:received", "sms:batch:received"}
    for word, got in by_word.items():
        assert got["webhookId"] == f"my-{word}"
        assert got["deviceId"] == render_device(routing.sandbox(acme))
    assert by_word["sms:delivered"]["payload"]["messageId"] == sms_id(message.pk)
    assert by_word["sms:delivered"]["payload"]["deliveredAt"]
    assert by_word["sms:failed"]["payload"]["messageId"] == sms_id(failed.pk)
    assert by_word["sms:failed"]["payload"]["reason"]
    payload = by_word["sms:received"]["payload"]
    assert payload["messageId"] == sms_id(received.pk)
    assert (payload["message"], payload["sender"], payload["phoneNumber"]) == ("Hi", "+966500000142", "+966500000142")
    assert by_word["sms:batch:received"]["payload"]["messages"] == [payload]
    assert all(value is not None for value in payload.values())


def test_smsgate_signs_the_body_and_the_time_with_the_accounts_key(
    acme: Account, post: Post, receiver: Receiver
) -> None:
    webhooks.register(acme, origin="smsgate", client_id="", url=receiver.url, events=["sms:received"], by=COMMAND)
    receive(acme, "Hi")
    post()
    [got] = receiver.got
    key = webhooks.signing_secret(acme, "smsgate")
    message = got.body + got.headers["x-timestamp"].encode()
    assert got.headers["x-signature"] == hmac.new(key.encode(), message, hashlib.sha256).hexdigest()


def test_smsgate_is_told_of_nothing_but_sms(
    acme: Account, send: Send, deliver: Deliver, post: Post, receiver: Receiver
) -> None:
    webhooks.register(acme, origin="smsgate", client_id="", url=receiver.url, events=["sms:sent"], by=COMMAND)
    send(channel="whatsapp")
    deliver()
    post()
    assert not receiver.got


def test_registering_the_same_id_again_replaces_it(acme: Account, other: Account, receiver: Receiver) -> None:
    def register(account: Account, word: str) -> int:
        return webhooks.register(
            account, origin="smsgate", client_id="mine", url=receiver.url, events=[word], by=COMMAND
        ).pk

    first = register(acme, "sms:sent")
    assert register(acme, "sms:failed") == first
    assert register(other, "sms:sent") != first
    assert webhooks.registered(acme, "smsgate").get().events == ["sms:failed"]
    assert webhooks.unregister(acme, origin="smsgate", client_id="mine", by=COMMAND)
    assert not webhooks.unregister(acme, origin="smsgate", client_id="mine", by=COMMAND)
    assert register(acme, "sms:sent") != first
