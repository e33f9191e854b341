"""How often a call is tried, who is written to at the end, and how calls are listed and marked."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import Account
from messaging.models import WebhookDelivery, WebhookEndpoint
from messaging.webhooks.notices import send_notices
from tests.messaging.conftest import Deliver
from tests.messaging.dialects.whispir.callbacks.conftest import FIVE_MINUTES, PHONE, Later, Post, Write, failing, send
from tests.messaging.dialects.whispir.callbacks.test_registering import KEY
from tests.messaging.dialects.whispir.conftest import BASE, Api, Make, vendor
from tests.messaging.webhooks.receiver import Got, Receiver

pytestmark = pytest.mark.django_db


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
    assert [c["responseMessage"]["content"] for c in calls("?LIMIT=1&Offset=1")] == ["Second"]
    assert [c["responseMessage"]["content"] for c in calls("?Status=success")] == ["First"]
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
