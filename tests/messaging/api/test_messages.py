"""Messages by our own API."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.audit import COMMAND
from accounts.models import Account
from messaging.models import IdempotencyKey, Message
from tests.messaging.api.conftest import Call, Issue
from tokens import issuing
from tokens.authentication import forget

TO = "+905321234567"
pytestmark = pytest.mark.django_db


@pytest.fixture
def secret(issue: Issue) -> str:
    return issue()[1]


@pytest.fixture
def strangers(other: Account) -> str:
    return issuing.create_token(account=other, name="theirs", by=COMMAND, grantor=None)[1]


def test_a_message_is_accepted_and_can_be_read(call: Call, secret: str) -> None:
    sent = call("POST", "messages", secret, {"to": "+90 532 123 45 67", "text": "Hello"})
    assert sent.status_code == 202
    assert sent["Location"] == f"/api/v1/messages/{sent.json()['id']}"
    read = call("GET", f"messages/{sent.json()['id']}", secret).json()
    assert read["state"] == sent.json()["state"] == "accepted"
    assert read["created_at"] == sent.json()["created_at"]
    assert read["content"] == {"body": "Hello"}
    assert read["dialect"] == "gateway"
    assert read["recipients"] == [{"to": TO, "state": "accepted", "error": "", "error_detail": ""}]


def test_a_picture_goes_to_several_people_by_whatsapp(call: Call, secret: str) -> None:
    body = {
        "to": [TO, "+905321234568"],
        "channel": "whatsapp",
        "type": "image",
        "image": {"link": "https://example.com/a.jpg"},
        "from": "123456789",
        "ttl": 60,
    }
    id = call("POST", "messages", secret, body).json()["id"]
    read = call("GET", f"messages/{id}", secret).json()
    assert (read["type"], read["channel"], len(read["recipients"])) == ("image", "whatsapp", 2)
    assert read["expires_at"]


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"text": "Hi"}, "required", "to"),
        ({"to": TO}, "required", "text"),
        ({"to": TO, "text": ""}, "required", "text"),
        ({"to": TO, "text": 5}, "invalid", "text"),
        ({"to": "hello", "text": "Hi"}, "invalid_recipient", None),
        ({"to": [], "text": "Hi"}, "invalid", "to"),
        ({"to": TO, "text": "Hi", "colour": "red"}, "invalid", None),
        ({"to": TO, "text": "Hi", "priority": 200}, "invalid", "priority"),
        ({"to": TO, "text": "Hi", "from": "999"}, "unknown_device", "from"),
        ({"to": TO, "type": "image", "image": {"link": "https://example.com/a.jpg"}}, "unknown_type", "type"),
        ({"to": TO, "text": "Hi", "type": "telepathy"}, "invalid", "type"),
        ({"to": TO, "text": "Hi", "expires_at": "2020-01-01T00:00:00Z"}, "in_the_past", "expires_at"),
        ({"to": TO, "text": "Hi", "expires_at": "9999-12-31T23:59:59-14:00"}, "invalid", "expires_at"),
        ({"to": TO, "text": "Hi", "ttl": 5, "expires_at": "2020-01-01T00:00:00Z"}, "invalid", "ttl"),
        ({"to": TO, "text": "x" * 4097}, "too_long", "text"),
        ({"to": TO, "text": "a\0b"}, "invalid", None),
    ],
)
def test_what_cannot_be_sent_is_refused_by_field(
    call: Call, secret: str, body: dict[str, Any], code: str, field: str | None
) -> None:
    response = call("POST", "messages", secret, body)
    assert response.status_code == 422
    assert response.json()["error"]["code"] == code
    assert field is None or response.json()["error"]["field"] == field
    assert not Message.objects.exists()


@pytest.mark.parametrize("raw", [b"{", b"\xff", b'{"to": "\\ud800"}', b"[" * 5000, b"1" * 10_000])
def test_what_is_no_message_is_a_clear_refusal(call: Call, secret: str, raw: bytes) -> None:
    response = call("POST", "messages", secret, raw)
    assert response.status_code in (400, 422)
    assert response.json()["error"]["message"]


def test_a_repeat_gets_the_first_answer(call: Call, secret: str) -> None:
    body = {"to": TO, "text": "Once"}
    first = call("POST", "messages", secret, body, Idempotency_Key="order-1")
    again = call("POST", "messages", secret, body, Idempotency_Key="order-1")
    assert again.status_code == 202
    assert again.content == first.content
    assert again["Idempotent-Replay"] == "true"
    assert "Idempotent-Replay" not in first
    assert Message.objects.count() == IdempotencyKey.objects.count() == 1
    other = call("POST", "messages", secret, {"to": TO, "text": "Twice"}, Idempotency_Key="order-1")
    assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_key_reused")


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
def test_a_wrong_key_is_refused(call: Call, secret: str, key: str) -> None:
    response = call("POST", "messages", secret, {"to": TO, "text": "Hi"}, Idempotency_Key=key)
    assert (response.status_code, response.json()["error"]["field"]) == (422, "Idempotency-Key")


def test_many_are_accepted_together(call: Call, secret: str) -> None:
    body = {"messages": [{"to": f"+90532000{n:04}", "text": f"No. {n}"} for n in range(100)]}
    sent = call("POST", "messages/bulk", secret, body, Idempotency_Key="run-1")
    assert sent.status_code == 202
    ids = sent.json()["ids"]
    assert sent.json()["count"] == len(set(ids)) == Message.objects.count() == 100
    assert call("GET", f"messages/{ids[7]}", secret).json()["content"] == {"body": "No. 7"}
    again = call("POST", "messages/bulk", secret, body, Idempotency_Key="run-1")
    assert (again.content, again["Idempotent-Replay"]) == (sent.content, "true")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"to": "nobody", "text": "Hi"}, "messages.1"),
        ({"to": TO, "text": "x" * 5000}, "messages.1.text"),
        ({"to": TO, "text": "Hi", "from": "999"}, "messages.1.from"),
        ({"to": 5, "text": "Hi"}, "messages.1.to"),
    ],
)
def test_one_wrong_message_stops_all(call: Call, secret: str, wrong: dict[str, Any], field: str) -> None:
    response = call("POST", "messages/bulk", secret, {"messages": [{"to": TO, "text": "Hi"}, wrong]})
    assert response.status_code == 422
    assert response.json()["error"]["field"].startswith(field)
    assert not Message.objects.exists()


def test_a_request_has_at_most_a_thousand_recipients(call: Call, secret: str) -> None:
    most = [{"to": [f"+9053{m}00{n:04}" for n in range(501)], "text": "Hi"} for m in (1, 2)]
    assert call("POST", "messages/bulk", secret, {"messages": most}).json()["error"]["field"] == "messages"


def test_the_list_goes_page_by_page_newest_first(call: Call, secret: str) -> None:
    ids = [call("POST", "messages", secret, {"to": TO, "text": f"{n}"}).json()["id"] for n in range(5)]
    first = call("GET", "messages?limit=3", secret).json()
    assert [row["id"] for row in first["items"]] == ids[:1:-1]
    last = call("GET", f"messages?limit=3&cursor={first['next_cursor']}", secret).json()
    assert [row["id"] for row in last["items"]] == ids[1::-1]
    assert last["next_cursor"] is None


def test_the_list_can_be_narrowed(call: Call, secret: str) -> None:
    id = call("POST", "messages", secret, {"to": TO, "text": "Hi"}).json()["id"]
    device = call("GET", f"messages/{id}", secret).json()["device_id"]
    day = f"{timezone.now():%Y-%m-%d}"
    for fits in ("to=905321234567", f"device={device}", "state=accepted", "direction=out", f"since={day}T00:00:00Z"):
        assert len(call("GET", f"messages?{fits}", secret).json()["items"]) == 1, fits
    for not_so in ("to=905320000000", "device=999999", "state=failed", "dialect=smsgate", f"until={day}T00:00:00Z"):
        assert not call("GET", f"messages?{not_so}", secret).json()["items"], not_so
    assert call("GET", "messages?state=lost", secret).json()["error"]["field"] == "state"


def test_a_waiting_message_can_be_cancelled_once(call: Call, secret: str) -> None:
    at = (timezone.now() + timedelta(hours=1)).isoformat()
    id = call("POST", "messages", secret, {"to": TO, "text": "Hi", "scheduled_at": at}).json()["id"]
    assert call("POST", f"messages/{id}/cancel", secret).json()["state"] == "cancelled"
    assert call("POST", f"messages/{id}/cancel", secret).status_code == 409
    timeline = call("GET", f"messages/{id}/timeline", secret).json()["items"]
    assert [moment["event"] for moment in timeline] == ["accepted", "cancelled"]


def test_a_stranger_sees_nothing(call: Call, secret: str, strangers: str) -> None:
    id = call("POST", "messages", secret, {"to": TO, "text": "Hi"}).json()["id"]
    assert call("GET", "messages", strangers).json()["items"] == []
    for method, path in (("GET", ""), ("GET", "/timeline"), ("POST", "/cancel")):
        assert call(method, f"messages/{id}{path}", strangers).status_code == 404
    assert call("GET", "messages/99999999999999999999", secret).status_code == 404


def test_a_read_only_token_reads_and_changes_nothing(call: Call, issue: Issue, secret: str) -> None:
    _, reading = issue(type="read_only")
    id = call("POST", "messages", secret, {"to": TO, "text": "Hi"}).json()["id"]
    assert call("GET", f"messages/{id}", reading).status_code == 200
    refused = call("POST", "messages", reading, {"to": TO, "text": "Hi"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "read_only_token")
    assert call("POST", f"messages/{id}/cancel", reading).status_code == 403


def test_a_repeat_has_its_answer_also_when_its_message_would_now_be_too_late(
    call: Call, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    soon = timezone.now() + timedelta(minutes=5)
    body = {"to": TO, "text": "Hello", "expires_at": soon.isoformat()}
    first = call("POST", "messages", secret, body, Idempotency_Key="order-2")
    monkeypatch.setattr(timezone, "now", lambda: soon + timedelta(minutes=1))
    forget()
    again = call("POST", "messages", secret, body, Idempotency_Key="order-2")
    assert (again.status_code, again.json()["id"]) == (202, first.json()["id"])
    late = call("POST", "messages", secret, body, Idempotency_Key="order-3")
    assert (late.status_code, late.json()["error"]["code"]) == (422, "in_the_past")


def test_a_field_that_does_not_exist_is_named(call: Call, secret: str) -> None:
    answer = call("POST", "messages", secret, {"to": TO, "text": "Hi", "expire_at": "2030-01-01T00:00:00Z"})
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "expire_at")


def test_a_sandbox_token_cancels_no_message_but_the_sandboxs(call: Call, issue: Issue, secret: str) -> None:
    later = (timezone.now() + timedelta(hours=1)).isoformat()
    mine = issue(type="sandbox")[1]
    mail = {"to": "ann@example.com", "type": "email", "email": {"subject": "Hi"}, "scheduled_at": later}
    real = call("POST", "messages", secret, mail)
    trial = call("POST", "messages", secret, {"to": TO, "text": "Hello", "scheduled_at": later})
    assert call("POST", f"messages/{real.json()['id']}/cancel", mine).status_code == 403
    assert call("GET", f"messages/{real.json()['id']}", secret).json()["state"] == "accepted"
    assert call("POST", f"messages/{trial.json()['id']}/cancel", mine).status_code == 200
