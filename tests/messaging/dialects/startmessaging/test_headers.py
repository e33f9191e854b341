"""X-Request-ID and X-Webhook-URL."""

import pytest

from messaging.models import Message
from tests.messaging.dialects.startmessaging.conftest import TEXT, Api, Keys


def test_a_repeated_request_gets_its_first_answer_and_sends_nothing(api: Api) -> None:
    first = api.send(X_Request_ID="unique-request-id")
    again = api.send(X_Request_ID="unique-request-id")
    assert again.status == first.status == 200
    assert again.body == first.body
    assert first.headers["X-Request-ID"] == again.headers["X-Request-ID"] == "unique-request-id"
    assert "X-Idempotent-Replay" not in first.headers
    assert again.headers["X-Idempotent-Replay"] == "true"
    assert Message.objects.get().context["request_id"] == "unique-request-id"


def test_a_repeat_is_known_under_either_path_and_by_another_key_of_the_account(api: Api, key: Keys) -> None:
    first = api.send(X_Request_ID="r1")
    assert api.send(path="/startmessaging/v1/messages", X_Request_ID="r1").body == first.body
    assert key(name="new key").send(X_Request_ID="r1").body == first.body


def test_the_same_request_id_with_another_body_is_a_conflict(api: Api) -> None:
    api.send(X_Request_ID="r1")
    answer = api.send({**TEXT, "text": {"body": "Other"}}, X_Request_ID="r1")
    assert (answer.status, answer.code) == (409, "IDEMPOTENCY_CONFLICT")
    assert Message.objects.count() == 1


def test_a_refused_request_may_be_mended_under_the_same_id(api: Api) -> None:
    assert api.send({**TEXT, "to": "1"}, X_Request_ID="r1").status == 400
    assert api.send(X_Request_ID="r1").status == 200


def test_a_request_id_of_another_account_is_another(api: Api, key: Keys, other: object) -> None:
    first, second = api.send(X_Request_ID="r1"), key(account=other).send(X_Request_ID="r1")
    assert first.body["message_id"] != second.body["message_id"]


@pytest.mark.parametrize("value", ["x" * 128, "3f2b1c1e-8d3a-4a51-9a25-1f7d1b1f0a11", "order 7/é".replace("é", "e")])
def test_any_printable_request_id_of_up_to_128_characters_is_taken(api: Api, value: str) -> None:
    answer = api.send(X_Request_ID=value)
    assert (answer.status, answer.headers["X-Request-ID"]) == (200, value)


@pytest.mark.parametrize("value", ["x" * 129, "a\tb", "é", "a\x7f"])
def test_a_request_id_that_is_too_long_or_not_printable_is_refused(api: Api, value: str) -> None:
    answer = api.send(X_Request_ID=value)
    assert (answer.status, answer.code) == (400, "INVALID_REQUEST")
    assert answer.body["error"]["details"]["field"] == "X-Request-ID"
    assert "X-Request-ID" not in answer.headers
    assert not Message.objects.exists()


def test_the_request_id_is_echoed_by_reads_and_refusals_too(api: Api) -> None:
    assert api.get(X_Request_ID="r1").headers["X-Request-ID"] == "r1"
    assert Api(None).get(X_Request_ID="r1").headers["X-Request-ID"] == "r1"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/hook?x=1",
        "https://hooks.example.com:8443/a",
        "https://8.8.8.8/a",
        "https://[2606:4700::1111]/",
        "https://xn--bcher-kva.example/",
        "HTTPS://EXAMPLE.COM",
    ],
)
def test_a_webhook_address_for_this_message_is_kept(api: Api, url: str) -> None:
    assert api.send(X_Webhook_URL=url).status == 200
    assert Message.objects.get().context["webhook_url"] == url


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hook",
        "ftp://example.com",
        "example.com/hook",
        "https://",
        "https://user:password@example.com/",
        "https://user@example.com/",
        "https://localhost/",
        "https://LOCALHOST./",
        "https://a.localhost/",
        "https://printer.local/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://10.0.0.8/",
        "https://192.168.1.1:444/",
        "https://169.254.169.254/latest/meta-data",
        "https://0.0.0.0/",
        "https://224.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[2002:7f00:1::]/",
        "https://[fe80::1]/",
        "https://[fc00::1]/",
        "https://[2606:4700::1111%25eth0]/",
        "https://[::1/",
        "https://example.com:0/",
        "https://example.com:99999/",
        "https://example.com:x/",
        "https://exa mple.com/",
        "https://example.com\\@127.0.0.1/",
        "https://bücher.example/",
        "https://-a.example/",
        "https://a..example/",
        "https://example.com/" + "x" * 2048,
    ],
)
def test_a_webhook_address_that_is_not_https_to_a_public_host_is_refused(api: Api, url: str) -> None:
    answer = api.send(X_Webhook_URL=url)
    assert (answer.status, answer.code) == (400, "INVALID_WEBHOOK_URL")
    assert answer.body["error"]["details"] == {"field": "X-Webhook-URL"}
    assert not Message.objects.exists()
