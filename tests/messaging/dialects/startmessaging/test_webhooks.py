"""`/v1/webhooks`, and what is posted in this style."""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from pytest_django import Settings

from accounts.models import Account
from messaging import routing, webhooks
from messaging.receiving import record_inbound
from messaging.transports.sandbox import FAILS
from messaging.webhooks import posting
from tests.messaging.dialects.startmessaging.conftest import TEXT, Answer, Api
from tests.messaging.webhooks.receiver import HOST, Got, Receiver, receiving

pytestmark = pytest.mark.django_db
Ask = Callable[..., Answer]
SECRET = "a-secret-of-the-shop"
EVENTS = ["message.received", "message.status", "template.status"]


@pytest.fixture(autouse=True)
def loopback_is_listed(settings: Settings) -> None:
    settings.GATEWAY_WEBHOOK_ALLOW = [HOST]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """One that answers challenges as the vendor's documentation tells."""
    with receiving() as receiver:

        def answer(got: Got) -> None:
            asked = parse_qs(urlsplit(got.path).query)
            receiver.text = asked.get("hub.challenge", ["ok"])[0].encode()

        receiver.meanwhile = answer
        yield receiver


@pytest.fixture
def ask(api: Api) -> Ask:
    return lambda method, body=None: api.call(
        method, "/v1/webhooks", b"" if body is None else json.dumps(body).encode()
    )


def posts(receiver: Receiver) -> list[Got]:
    return [got for got in receiver.got if got.body]


def verifies(got: Got, secret: str) -> bool:
    """The owner's own receiver: the bare form, and the one with its prefix."""
    expected = hmac.new(secret.encode(), got.body, hashlib.sha256).hexdigest()
    return got.headers["x-signature"] == expected and got.headers["x-signature-256"] == f"sha256={expected}"


def test_saves_a_webhook_whose_address_answers_the_challenge(ask: Ask, receiver: Receiver) -> None:
    answer = ask("PUT", {"url": receiver.url, "secret": SECRET, "events": EVENTS[:2]})
    assert answer.status == 200
    assert answer.body == {"url": receiver.url, "events": EVENTS[:2], "status": "active"}
    asked = parse_qs(urlsplit(receiver.got[0].path).query)
    assert asked["hub.mode"] == ["subscribe"]
    assert asked["hub.verify_token"] == [SECRET]
    assert ask("GET").body == answer.body


@pytest.mark.parametrize(("status", "text"), [(200, b"something else"), (404, b""), (500, b"")])
def test_does_not_save_one_that_does_not(ask: Ask, receiver: Receiver, status: int, text: bytes) -> None:
    def answer_badly(got: Got) -> None:
        receiver.text, receiver.status = text, status

    receiver.meanwhile = answer_badly
    answer = ask("PUT", {"url": receiver.url, "secret": SECRET, "events": EVENTS})
    assert answer.status == 400
    assert answer.code == "WEBHOOK_VERIFICATION_FAILED"
    assert ask("GET").status == 404


@pytest.mark.parametrize(
    "url", ["http://example.com/", "https://localhost/", "https://10.0.0.1/", "ftp://x.y", "nothing"]
)
def test_refuses_an_address_that_must_not_be_called(ask: Ask, url: str) -> None:
    answer = ask("PUT", {"url": url, "secret": SECRET, "events": EVENTS})
    assert (answer.status, answer.code) == (400, "INVALID_WEBHOOK_URL")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"url": 5},
        {"url": "https://a.example/", "events": ["message.lost"]},
        {"url": "https://a.example/", "events": "message.status"},
        {"url": "https://a.example/", "secret": "short"},
        {"url": "https://a.example/", "secret": "with spaces in it"},
        [],
        None,
    ],
)
def test_refuses_a_body_that_is_wrong(ask: Ask, body: object) -> None:
    answer = ask("PUT", body)
    assert (answer.status, answer.code) == (400, "INVALID_REQUEST")


def test_ends_the_webhook(ask: Ask, receiver: Receiver) -> None:
    ask("PUT", {"url": receiver.url, "secret": SECRET, "events": EVENTS})
    assert ask("DELETE").status == 204
    assert ask("GET").status == 404
    assert ask("DELETE").status == 404


def test_saving_again_replaces_it(ask: Ask, receiver: Receiver) -> None:
    ask("PUT", {"url": receiver.url, "secret": SECRET, "events": EVENTS})
    ask("PUT", {"url": f"{receiver.url}/other", "events": EVENTS[:1]})
    assert ask("GET").body == {"url": f"{receiver.url}/other", "events": EVENTS[:1], "status": "active"}


def test_posts_what_becomes_of_messages_and_what_comes_in(
    ask: Ask, receiver: Receiver, acme: Account, deliver: Callable[[], None], api: Api
) -> None:
    ask("PUT", {"url": receiver.url, "secret": SECRET, "events": EVENTS})
    id = api.send().body["message_id"]
    deliver()
    record_inbound(
        device=routing.sandbox(acme), sender="+966500000142", kind="text", content={"body": "Hi"}, channel="whatsapp"
    )
    posting.post_all()
    got = posts(receiver)
    assert all(verifies(one, SECRET) for one in got)
    statuses = [one.json["data"] for one in got if one.json["event"] == "message.status"]
    assert {status["message_id"] for status in statuses} == {id}
    assert {status["status"] for status in statuses} >= {"sent", "delivered"}
    [received] = [one.json["data"] for one in got if one.json["event"] == "message.received"]
    assert received["from"] == "966500000142"
    assert received["text"] == {"body": "Hi"}
    assert received["contact"]["wa_id"] == "966500000142"


def test_the_requests_own_address_gets_its_messages_events_instead(
    ask: Ask, receiver: Receiver, deliver: Callable[[], None], api: Api
) -> None:
    ask("PUT", {"url": receiver.url, "secret": SECRET, "events": EVENTS})
    with receiving() as other:
        api.send(X_Webhook_URL=f"{other.url}?order=1")
        api.send(X_Webhook_URL=f"{other.url}?order=2")
        deliver()
        posting.post_all()
        assert {one.path for one in other.got} == {"/hook?order=1", "/hook?order=2"}
        assert all(verifies(one, SECRET) for one in other.got)
        assert len(other.got) == 4
    assert not posts(receiver)


def test_the_requests_own_address_is_signed_though_nobody_ever_set_a_secret(
    deliver: Callable[[], None], api: Api, acme: Account
) -> None:
    with receiving() as other:
        api.send(X_Webhook_URL=other.url)
        deliver()
        posting.post_all()
        assert other.got
        assert all(verifies(one, webhooks.signing_secret(acme, "startmessaging")) for one in other.got)


def test_a_failed_message_says_why(ask: Ask, receiver: Receiver, deliver: Callable[[], None], api: Api) -> None:
    ask("PUT", {"url": receiver.url, "secret": SECRET, "events": EVENTS})
    api.send({**TEXT, "to": FAILS})
    deliver()
    posting.post_all()
    [failed] = [one.json["data"] for one in posts(receiver) if one.json["data"].get("status") == "failed"]
    assert failed["error"]["code"]
    assert failed["error"]["message"]
