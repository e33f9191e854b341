"""A Whispir callback from end to end: registered, named by messages, told of answers and failures, whatever happens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest

from messaging.transports.sandbox import ANSWERS, FAILS
from tests.live.conftest import Make
from tests.live.gateways import Gateway, kill, until
from tests.messaging.webhooks.receiver import HOST, Got, Receiver, receiving

pytestmark = [pytest.mark.live, pytest.mark.timeout(120)]
TYPE = "application/vnd.whispir.{}-v1+json"
COUNT = 100


@pytest.fixture(scope="module")
def gateway(copies: Make) -> Gateway:
    made = copies(settings={"GATEWAY_WEBHOOK_ALLOW": HOST})
    made.start()
    return made


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def ask(gateway: Gateway, method: str, path: str, body: object = None, *, kind: str = "message") -> httpx.Response:
    login = gateway.made["api_login"]
    type = TYPE.format(kind)
    return httpx.request(
        method,
        f"{gateway.url}/whispir{path}",
        json=body,
        auth=(login["username"], login["password"]),
        headers={"x-api-key": gateway.token, "Accept": type} | ({"Content-Type": type} if body else {}),
        timeout=30,
    )


def register(gateway: Gateway, receiver: Receiver, **changes: Any) -> str:
    callback = {
        "name": "Answers",
        "url": receiver.url,
        "auth": {"type": "querystring", "key": "a-key"},
        "contentType": "json",
        "removeHTML": "disabled",
        "retriesEnabled": True,
        "email": "ops@example.com",
        "callbacks": {"reply": "enabled", "undeliverable": "enabled"},
    }
    made = ask(gateway, "POST", "/callbacks", callback | changes, kind="api-callback")
    assert made.status_code == 201, made.text
    receiver.got.clear()
    return str(made.json()["id"])


def send(gateway: Gateway, **changes: Any) -> str:
    sent = ask(gateway, "POST", "/messages", {"subject": "Coming?", "callbackId": "Answers"} | changes)
    assert sent.status_code == 202, sent.text
    return sent.headers["Location"]


def test_answers_and_failures_come_back_with_what_the_sender_gave(gateway: Gateway, receiver: Receiver) -> None:
    register(gateway, receiver, name="In XML", contentType="xml")
    answered = send(gateway, to=ANSWERS, callbackId="In XML", callbackParameters={"Order": "17"})
    failed = send(gateway, to=FAILS, callbackId="In XML", callbackParameters={"Order": "18"})
    until(lambda: len(receiver.got) == 2, what="both calls")
    told = {}
    for got in receiver.got:
        assert got.path == "/hook?auth=a-key"
        root = ElementTree.fromstring(got.body)
        entries = {entry.findtext("key"): entry.findtext("value") for entry in root.iter("entry")}
        told[root.findtext("messageLocation")] = (
            entries["Order"],
            root.find("responseMessage/acknowledged") is not None,
        )
    assert told == {answered: ("17", True), failed: ("18", False)}
    for location in told:
        path = str(location).removeprefix(f"{gateway.url}/whispir")
        assert ask(gateway, "GET", path).status_code == 200


def test_each_answer_is_told_though_the_worker_is_killed_and_the_receiver_fails(
    gateway: Gateway, receiver: Receiver
) -> None:
    def fail_now_and_then(got: Got) -> None:
        receiver.status = 500 if len(receiver.got) % 5 == 0 else 200

    register(gateway, receiver)
    receiver.meanwhile = fail_now_and_then
    for number in range(COUNT):
        send(gateway, to=ANSWERS, subject=f"Coming to number {number}?")
        if number == COUNT // 2:
            kill(gateway.children("worker")[0])

    def told() -> set[str]:
        return {got.json["responseMessage"]["content"] for got in list(receiver.got)}

    def hurry() -> None:
        """A dead worker's messages, and calls that failed, come back in minutes: not so here."""
        for table in ("messaging_recipient", "messaging_webhookdelivery"):
            gateway.database.change(f"UPDATE {table} SET due_at = '2026-01-01' WHERE due_at IS NOT NULL")

    def is_over() -> bool:
        hurry()
        waiting = gateway.database.ask("SELECT 1 FROM messaging_webhookdelivery WHERE due_at IS NOT NULL")
        return len(told()) == COUNT and not waiting

    until(is_over, what="every answer", within=60)
    listed = ask(gateway, "GET", "/callbacks?name=Answers", kind="api-callback").json()["callbacks"]
    calls = ask(gateway, "GET", f"/callbacks/{listed[0]['id']}/calls?status=SUCCESS&limit=0", kind="api-call").json()
    assert len(calls["calls"]) >= COUNT
