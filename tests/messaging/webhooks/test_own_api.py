"""Webhooks by our own API."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Account, AuditEntry
from messaging import sealing
from messaging.models import WebhookDelivery, WebhookEndpoint
from messaging.webhooks import raising
from tests.messaging.api.conftest import Call, Issue, call, issue
from tests.messaging.conftest import Deliver, Send
from tests.messaging.webhooks.receiver import Receiver

__all__ = ["call", "issue"]
pytestmark = pytest.mark.django_db
Post = Callable[[], None]
Api = Callable[..., Any]


@pytest.fixture
def api(issue: Issue, call: Call) -> Api:
    """Ask with a token that may do everything: `api("POST", "webhooks", {…})`."""
    _, secret = issue()
    return lambda method, path, body=None: call(method, path, secret, body)


@pytest.fixture
def made(api: Api, receiver: Receiver) -> Any:
    """A webhook at the receiver, as its creator was told of it."""
    answer = api("POST", "webhooks", {"url": receiver.url})
    assert answer.status_code == 201
    return answer.json()


def test_an_address_is_enough_for_a_webhook_and_its_secret_is_shown_once(api: Api, made: Any) -> None:
    assert made["secret"].startswith("whsec_")
    assert (made["state"], made["format"], made["events"]) == ("active", "standard", [])
    read = api("GET", f"webhooks/{made['id']}").json()
    assert "secret" not in read
    assert made["secret"] not in str(api("GET", "webhooks").json())


def test_secrets_and_headers_are_encrypted_at_rest(api: Api, receiver: Receiver) -> None:
    asked = {"url": receiver.url, "headers": {"X-Key": "my own key"}}
    answer = api("POST", "webhooks", asked).json()
    assert answer["header_names"] == ["x-key"]
    row = WebhookEndpoint.objects.get()
    stored = str(WebhookEndpoint.objects.values().get())
    assert answer["secret"] not in stored
    assert "my own key" not in stored
    assert answer["secret"] in sealing.unseal(row.sealed_secrets)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://example.com/", "must be an https address"),
        ("https://127.0.0.1/", "must name a public host"),
        ("https://169.254.169.254/latest/meta-data", "must name a public host"),
        ("https://localhost/", "must name a public host"),
        ("https://user:password@example.com/", "must not hold a user name or password"),
        ("https://example.com:22/", "must not name the port of another service"),
        ("file:///etc/passwd", "must be an https address"),
        ("", "must be an https address"),
    ],
)
def test_refuses_an_address_and_says_why(api: Api, url: str, why: str) -> None:
    answer = api("POST", "webhooks", {"url": url or "x"})
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert (error["code"], error["field"]) == ("webhook_url", "url")
    assert why in error["message"]
    assert not WebhookEndpoint.objects.exists()


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({}, "url"),
        ({"url": "https://a.example/", "events": ["message.lost"]}, "events"),
        ({"url": "https://a.example/", "format": "carrier pigeon"}, "format"),
        ({"url": "https://a.example/", "format": "startmessaging", "events": ["message.sent"]}, "events"),
        ({"url": "https://a.example/", "headers": {"Host": "b.example"}}, "headers"),
        ({"url": "https://a.example/", "headers": {"webhook-id": "mine"}}, "headers"),
        ({"url": "https://a.example/", "headers": {"X A": "b"}}, "headers"),
        ({"url": "https://a.example/", "headers": {"X-A": "b\r\nX-B: c"}}, "headers"),
        ({"url": "https://a.example/", "retry_schedule": [-1]}, "retry_schedule.0"),
        ({"url": "https://a.example/", "retry_schedule": [90_000]}, "retry_schedule.0"),
        ({"url": "https://a.example/", "secret": "whsec_short"}, "secret"),
        ({"url": "https://a.example/", "filters": {"device_id": "999"}}, "filters.device_id"),
        ({"url": "https://a.example/", "filters": {"token_id": "999"}}, "filters.token_id"),
        ({"url": "https://a.example/", "filters": {"dialect": "fax"}}, "dialect"),
        ({"url": "https://a.example/", "event": []}, "event"),
    ],
)
def test_refuses_what_makes_no_webhook(api: Api, asked: Any, field: str) -> None:
    answer = api("POST", "webhooks", asked)
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == field
    assert not WebhookEndpoint.objects.exists()


def test_lists_reads_changes_and_deletes(api: Api, made: Any) -> None:
    path = f"webhooks/{made['id']}"
    assert [item["id"] for item in api("GET", "webhooks").json()["items"]] == [made["id"]]
    asked = {
        "name": "Shop",
        "events": ["message.failed", "message.delivered"],
        "filters": {"sandbox": False, "dialect": "startmessaging"},
        "retry_schedule": [5, 60],
        "concurrency": 1,
        "rate": 10,
        "in_order": True,
    }
    changed = api("PATCH", path, asked).json()
    assert changed["events"] == ["message.delivered", "message.failed"]
    for name in ("name", "retry_schedule", "concurrency", "rate", "in_order"):
        assert changed[name] == asked[name]
    assert changed["filters"] == {"device_id": None, "token_id": None, "dialect": "startmessaging", "sandbox": False}
    assert api("POST", f"{path}/pause").json()["state"] == "paused"
    assert api("POST", f"{path}/resume").json()["state"] == "active"
    assert api("DELETE", path).status_code == 204
    assert api("GET", path).status_code == 404
    assert api("GET", "webhooks").json()["items"] == []
    log = AuditEntry.objects.filter(action__startswith="webhook.").order_by("pk")
    done = ["created", "changed", "paused", "resumed", "removed"]
    assert list(log.values_list("action", flat=True)) == [f"webhook.{word}" for word in done]


def test_a_stranger_sees_nothing(made: Any, issue: Issue, call: Call, other: Account) -> None:
    _, secret = issue("theirs", account=other)
    path = f"webhooks/{made['id']}"
    assert call("GET", "webhooks", secret).json()["items"] == []
    for method, at in (
        ("GET", path), ("PATCH", path), ("DELETE", path), ("POST", f"{path}/pause"), ("POST", f"{path}/resume"),
        ("POST", f"{path}/rotate"), ("POST", f"{path}/example"), ("GET", f"{path}/deliveries"),
        ("GET", f"{path}/calls"),
    ):  # fmt: skip
        assert call(method, at, secret, {}).status_code == 404
    assert WebhookEndpoint.objects.get().removed_at is None


def test_what_each_permission_is_for(made: Any, issue: Issue, call: Call) -> None:
    path = f"webhooks/{made['id']}"
    _, reader = issue("reader", scopes=["webhooks:list"])
    _, sender = issue("sender", scopes=["messages:send"])
    _, writer = issue("writer", scopes=["webhooks:write"])
    assert call("GET", path, reader).status_code == 200
    assert call("PATCH", path, reader, {"name": "x"}).status_code == 403
    assert call("GET", path, sender).status_code == 403
    assert call("POST", f"{path}/rotate", reader, {}).status_code == 403
    assert call("DELETE", path, writer).status_code == 403
    assert call("PATCH", path, writer, {"name": "x"}).status_code == 200


def test_a_sandbox_token_reaches_nothing_that_is_real(made: Any, issue: Issue, call: Call, receiver: Receiver) -> None:
    _, sandbox = issue("try", type="sandbox")
    assert call("GET", f"webhooks/{made['id']}", sandbox).status_code == 404
    mine = call("POST", "webhooks", sandbox, {"url": receiver.url, "filters": {"sandbox": False}}).json()
    assert mine["filters"]["sandbox"] is True
    assert call("PATCH", f"webhooks/{mine['id']}", sandbox, {"filters": {"sandbox": None}}).json()["filters"]["sandbox"]
    assert call("PATCH", "webhooks/settings", sandbox, {"message_texts": False}).status_code == 403


def test_a_new_secret_works_beside_the_old_one_during_the_overlap(
    api: Api, made: Any, acme: Account, post: Post, receiver: Receiver
) -> None:
    from standardwebhooks import Webhook

    new = api("POST", f"webhooks/{made['id']}/rotate", {"overlap": "24h"}).json()["secret"]
    assert new != made["secret"]
    api("POST", f"webhooks/{made['id']}/example", {})
    post()
    for secret in (made["secret"], new):
        Webhook(secret).verify(receiver.got[0].body, receiver.got[0].headers)
    newest = api("POST", f"webhooks/{made['id']}/rotate", {"overlap": "now"}).json()["secret"]
    api("POST", f"webhooks/{made['id']}/example", {})
    post()
    assert len(receiver.got[1].headers["webhook-signature"].split()) == 1
    Webhook(newest).verify(receiver.got[1].body, receiver.got[1].headers)


def test_an_example_goes_to_this_webhook_alone(api: Api, made: Any, post: Post, receiver: Receiver) -> None:
    api("POST", "webhooks", {"url": receiver.url})
    sent = api("POST", f"webhooks/{made['id']}/example", {"event": "message.failed"})
    assert sent.status_code == 202
    post()
    [got] = receiver.got
    assert got.json["type"] == "message.failed"
    assert got.json["data"]["example"] is True
    assert got.json["data"]["error"]["code"] == "no_service"
    assert api("POST", f"webhooks/{made['id']}/example", {"event": "message.lost"}).status_code == 422


@pytest.mark.parametrize("name", ["standard", "startmessaging", "connexease", "smsgate", "whispir"])
def test_there_is_an_example_of_every_event_of_every_format(
    api: Api, post: Post, receiver: Receiver, name: str
) -> None:
    made = api("POST", "webhooks", {"url": receiver.url, "format": name}).json()
    [known] = [one for one in api("GET", "webhooks/formats").json()["items"] if one["name"] == name]
    words = [event["name"] for event in known["events"]]
    for word in words:
        assert api("POST", f"webhooks/{made['id']}/example", {"event": word}).status_code == 202
    post()
    assert len(receiver.got) == len(words) >= 2
    assert all(len(got.body) < 20_000 for got in receiver.got)


def test_the_log_shows_every_attempt_with_its_secrets_masked(
    api: Api, send: Send, deliver: Deliver, post: Post, later: Callable[[timedelta], None], receiver: Receiver
) -> None:
    receiver.status = 503
    asked = {"url": receiver.url, "events": ["message.delivered"], "headers": {"Authorization": "Bearer hush"}}
    made = api("POST", "webhooks", asked).json()
    message = send()
    deliver()
    post()
    receiver.status = 200
    later(timedelta(minutes=1))
    post()
    listed = api("GET", f"webhooks/{made['id']}/deliveries?message={message.pk}").json()["items"]
    assert [(one["event"], one["state"], one["attempts"]) for one in listed] == [("message.delivered", "delivered", 2)]
    read = api("GET", f"webhooks/{made['id']}/deliveries/{listed[0]['id']}").json()
    assert [attempt["status"] for attempt in read["tried"]] == [503, 200]
    assert read["body"].encode() == receiver.got[0].body
    assert read["event_id"] == receiver.got[0].headers["webhook-id"]
    assert receiver.got[0].headers["authorization"] == "Bearer hush"
    assert "hush" not in str(read)
    assert read["tried"][0]["request_headers"]["authorization"] == "Bearer ••••"
    detail = api("GET", f"webhooks/{made['id']}").json()
    assert (detail["succeeded"], detail["failed"], detail["waiting"]) == (1, 1, 0)


def test_a_receiver_that_repeats_what_it_was_sent_puts_no_secret_into_the_log(
    api: Api, post: Post, receiver: Receiver
) -> None:
    receiver.text = b"Who is very-private-key-1? Not a-shop, nor a-bare-token, nor b-private-token."
    headers = {"X-Api-Key": "very-private-key-1", "X-Other": "Token a-bare-token", "Authorization": "b-private-token"}
    made = api("POST", "webhooks", {"url": receiver.url, "headers": headers | {"X-Team": "a-shop"}}).json()
    sent = api("POST", f"webhooks/{made['id']}/example", {}).json()
    post()
    [tried] = api("GET", f"webhooks/{made['id']}/deliveries/{sent['id']}").json()["tried"]
    assert tried["answer"] == "Who is ••••? Not a-shop, nor ••••, nor ••••."


def test_an_empty_secret_is_none_where_the_format_needs_none(api: Api, post: Post, receiver: Receiver) -> None:
    asked = {"url": receiver.url, "format": "connexease", "secret": ""}
    made = api("POST", "webhooks", asked).json()
    assert made["secret"] == ""
    for secret in ("a-secret-of-ours", ""):
        rotated = api("POST", f"webhooks/{made['id']}/rotate", {"secret": secret, "overlap": "24h"}).json()
        assert rotated["secret"] == secret
        api("POST", f"webhooks/{made['id']}/example", {})
        post()
    assert [got.headers.get("authorization") for got in receiver.got] == ["Bearer a-secret-of-ours", None]
    for name in ("standard", "startmessaging", "smsgate"):
        assert api("POST", "webhooks", {**asked, "format": name}).status_code == 422


def test_replays_one_with_the_same_id(api: Api, made: Any, post: Post, receiver: Receiver) -> None:
    sent = api("POST", f"webhooks/{made['id']}/example", {}).json()
    post()
    again = api("POST", f"webhooks/{made['id']}/deliveries/{sent['id']}/replay")
    assert (again.status_code, again.json()["state"]) == (202, "waiting")
    post()
    assert len(receiver.got) == 2
    assert receiver.got[0].headers["webhook-id"] == receiver.got[1].headers["webhook-id"]


def test_replays_a_range_having_counted_it_first(
    api: Api, made: Any, acme: Account, post: Post, receiver: Receiver
) -> None:
    for _ in range(3):
        raising.raise_event(acme.pk, "device.status", data={"status": "connected"})
    post()
    WebhookDelivery.objects.filter(pk=WebhookDelivery.objects.first().pk).update(state="failed")  # type: ignore[union-attr]
    since = (timezone.now() - timedelta(hours=1)).isoformat()
    path = f"webhooks/{made['id']}/replay"
    counted = api("POST", path, {"since": since, "dry_run": True})
    assert (counted.status_code, counted.json()) == (202, {"count": 1, "dry_run": True})
    assert not WebhookDelivery.objects.filter(state="waiting").exists()
    assert api("POST", path, {"since": since}).json() == {"count": 1, "dry_run": False}
    post()
    assert len(receiver.got) == 4
    assert api("POST", path, {"since": since, "which": "all"}).json()["count"] == 3
    post()
    assert len(receiver.got) == 7
    assert api("POST", path, {"since": since, "until": since, "which": "all"}).json()["count"] == 0


def test_what_messages_say_is_left_out_if_the_account_says_so(
    api: Api, made: Any, send: Send, deliver: Deliver, post: Post, receiver: Receiver
) -> None:
    assert api("PATCH", "webhooks/settings", {"message_texts": False}).json() == {"message_texts": False}
    assert api("GET", "webhooks/settings").json() == {"message_texts": False}
    send(text="What nobody else needs to know")
    deliver()
    post()
    assert receiver.got
    assert all(b"nobody else" not in got.body for got in receiver.got)
    assert all("content" not in got.json["data"] for got in receiver.got)


def test_only_the_messages_it_asks_for(
    api: Api, submit: Callable[..., Any], deliver: Deliver, post: Post, receiver: Receiver, acme: Account
) -> None:
    for filters in ({"dialect": "startmessaging"}, {"sandbox": False}, {"dialect": "gateway", "sandbox": True}):
        api("POST", "webhooks", {"url": f"{receiver.url}/{len(filters)}{filters.get('sandbox')}", "filters": filters})
    submit()
    deliver()
    post()
    assert {got.path for got in receiver.got} == {"/hook/2True"}


def test_acceptance_is_told_to_those_who_ask_for_it_by_name(
    api: Api, made: Any, issue: Issue, call: Call, post: Post, receiver: Receiver
) -> None:
    api("POST", "webhooks", {"url": f"{receiver.url}/log", "events": ["message.accepted"]})
    _, secret = issue("another")
    sent = call("POST", "messages", secret, {"to": ["+966500000142", "+966500000143"], "text": "Hello"}).json()
    post()
    assert [got.path for got in receiver.got] == ["/hook/log"] * 2
    assert {got.json["data"]["message_id"] for got in receiver.got} == {sent["id"]}
    assert {got.json["data"]["to"] for got in receiver.got} == {"+966500000142", "+966500000143"}
    assert {got.json["data"]["state"] for got in receiver.got} == {"accepted"}


def test_at_most_a_hundred_webhooks(api: Api, acme: Account) -> None:
    WebhookEndpoint.objects.bulk_create(WebhookEndpoint(account=acme, url="https://a.example/") for _ in range(100))
    assert api("POST", "webhooks", {"url": "https://a.example/"}).status_code == 422


def test_a_listener_fetches_its_calls_and_says_what_was_answered(api: Api, acme: Account) -> None:
    from standardwebhooks import Webhook

    made = api("POST", "webhooks/listen", {"events": ["device.status"]}).json()
    raising.raise_event(acme.pk, "device.status", data={"status": "connected"})
    [one] = api("GET", f"webhooks/{made['id']}/calls").json()["items"]
    Webhook(made["secret"]).verify(one["body"], one["headers"])
    assert api("GET", f"webhooks/{made['id']}/calls").json()["items"] == []
    said = {"items": [{"id": one["id"], "status": 500, "milliseconds": 3, "text": "no"}]}
    assert api("POST", f"webhooks/{made['id']}/calls", said).status_code == 204
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.attempts, delivery.last_status) == ("waiting", 1, 500)
    WebhookDelivery.objects.update(due_at=timezone.now())
    [again] = api("GET", f"webhooks/{made['id']}/calls").json()["items"]
    assert (again["id"], again["body"]) == (one["id"], one["body"])
    said["items"][0]["status"] = 204
    api("POST", f"webhooks/{made['id']}/calls", said)
    delivery.refresh_from_db()
    assert delivery.state == "delivered"
    assert api("GET", f"webhooks/{made['id']}/deliveries/{delivery.pk}").json()["tried"][0]["answer"] == "no"


def test_what_a_format_leaves_open_is_chosen_of_what_it_lists(api: Api, post: Post, receiver: Receiver) -> None:
    asked = {"url": receiver.url, "format": "whispir", "secret": "me:secret", "email": "ops@example.com"}
    [known] = [one for one in api("GET", "webhooks/formats").json()["items"] if one["name"] == "whispir"]
    assert known["options"]["content_type"] == ["json", "xml"]
    for options in ({"auth": "digest"}, {"colour": "blue"}, {"auth": ["httpheader"]}, "xml"):
        assert api("POST", "webhooks", {**asked, "options": options}).status_code == 422, options
    made = api("POST", "webhooks", {**asked, "options": {"auth": "basicauth", "content_type": "xml"}}).json()
    assert made["options"] == {"auth": "basicauth", "content_type": "xml"}
    assert (made["email"], made["is_by_name"]) == ("ops@example.com", False)
    api("POST", f"webhooks/{made['id']}/example", {"event": "reply"})
    api("PATCH", f"webhooks/{made['id']}", {"options": {"auth": "querystring"}})
    post()
    api("POST", f"webhooks/{made['id']}/example", {"event": "undeliverable"})
    post()
    assert receiver.got[-1].path.endswith("?auth=me%3Asecret")
    assert api("PATCH", f"webhooks/{made['id']}", {"email": "nobody"}).status_code == 422
    assert api("POST", "webhooks", {"url": receiver.url, "options": {"auth": "basicauth"}}).status_code == 422
