"""Broadcasts by our own API: create, list, read, analyse, cancel."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.audit import COMMAND
from accounts.models import Account, Plan
from messaging import contacts
from messaging.models import Broadcast, BroadcastRecipient, Device, Message
from messaging.transports import sandbox
from tests.messaging.api.conftest import Call, Issue, call, issue
from tests.messaging.broadcasts.conftest import phones

__all__ = ["call", "issue"]
Ask = Callable[..., Any]
TEXT = {"name": "Hours", "to": ["+905551234567"], "text": "Hello {{contact.first_name|there}}"}
TEMPLATE = {"name": "sale", "language": {"code": "en"}}


@pytest.fixture
def ask(call: Call, issue: Issue, enterprise: Account) -> Ask:
    _, secret = issue()
    return lambda method, path, body=None, **headers: call(method, path, secret, body, **headers)


def test_a_text_to_a_list_goes_by_sms_and_names_each_contact(
    ask: Ask, enterprise: Account, run: Callable[[], None]
) -> None:
    contacts.create_contact(enterprise, address="905550000000", first_name="Ada", by=COMMAND)
    answer = ask("POST", "broadcasts", {**TEXT, "to": phones(2)})
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert set(made) == {"id", "status", "total", "created_at", "expected_end"}
    assert (made["status"], made["total"]) == ("queued", 2)
    assert answer.headers["Location"] == f"/api/v1/broadcasts/{made['id']}"
    run()
    texts = {message.to: (message.channel, message.content["body"]) for message in Message.objects.all()}
    assert texts == {"+905550000000": ("sms", "Hello Ada"), "+905550000001": ("sms", "Hello there")}


def test_it_is_read_with_its_progress_and_analysed(ask: Ask, run: Callable[[], None]) -> None:
    id = ask("POST", "broadcasts", {**TEXT, "to": [*phones(2), sandbox.FAILS]}).json()["id"]
    run()
    one = ask("GET", f"broadcasts/{id}").json()
    assert (one["status"], one["type"], one["content"]["body"]) == ("completed", "text", TEXT["text"])
    assert one["progress"] == {
        "total": 3,
        "waiting": 0,
        "sent": 2,
        "delivered": 2,
        "read": 0,
        "failed": 1,
        "skipped": 0,
        "percent": 100.0,
    }
    found = ask("GET", f"broadcasts/{id}/analytics").json()
    assert (found["delivery_rate"], found["failed_reasons"]) == (100.0, {"SANDBOX_FAILED": 1})


def test_they_are_listed_newest_first_a_page_at_a_time(ask: Ask) -> None:
    for name in ("One", "Two", "Three"):
        ask("POST", "broadcasts", {**TEXT, "name": name})
    page = ask("GET", "broadcasts?limit=2").json()
    assert [item["name"] for item in page["items"]] == ["Three", "Two"]
    rest = ask("GET", f"broadcasts?limit=2&cursor={page['next_cursor']}").json()
    assert ([item["name"] for item in rest["items"]], rest["next_cursor"]) == (["One"], None)
    Broadcast.objects.filter(name="Two").update(status="cancelled")
    assert [item["name"] for item in ask("GET", "broadcasts?status=cancelled").json()["items"]] == ["Two"]


def test_a_segment_a_device_and_a_time_may_be_named(ask: Ask, enterprise: Account) -> None:
    person = contacts.create_contact(enterprise, address="905551234567", by=COMMAND)
    segment = contacts.create_segment(enterprise, name="Regulars", by=COMMAND)
    contacts.add_members(segment, [person.pk])
    phone = Device.objects.create(account=enterprise, name="Phone", number="+4915112345678", transport="sandbox")
    at = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=2)
    asked = {"name": "S", "segment_id": str(segment.pk), "template": TEMPLATE, "device_id": str(phone.pk)}
    answer = ask("POST", "broadcasts", {**asked, "scheduled_at": at.isoformat(), "time_zone": "Europe/Berlin"})
    assert answer.json()["status"] == "scheduled", answer.content
    stored = Broadcast.objects.get()
    assert (stored.segment, stored.device, stored.scheduled_at) == (segment, phone, at)
    assert (stored.channel, stored.time_zone) == ("whatsapp", "Europe/Berlin")


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"name": ""}, 422, "name"),
        ({"name": "   "}, 422, "name"),
        ({"to": None}, 422, "to"),
        ({"to": []}, 422, "to"),
        ({"to": ["12"]}, 422, "to.0"),
        ({"to": ["+905551234567", 1]}, 422, "to.1"),
        ({"to": "+905551234567"}, 422, "to"),
        ({"segment_id": "1"}, 422, "segment_id"),
        ({"text": None}, 422, "text"),
        ({"text": ""}, 422, "text"),
        ({"template": TEMPLATE}, 422, "text"),
        ({"channel": "fax"}, 422, "channel"),
        ({"device_id": "77"}, 422, "device_id"),
        ({"scheduled_at": "2020-01-01T00:00:00Z"}, 422, "scheduled_at"),
        ({"scheduled_at": "soon"}, 422, "scheduled_at"),
        ({"time_zone": "Mars"}, 422, "time_zone"),
        ({"too": "much"}, 422, "too"),
    ],
)
def test_what_is_wrong_is_said_with_its_field(ask: Ask, change: dict[str, Any], status: int, field: str) -> None:
    answer = ask("POST", "broadcasts", {**TEXT, **change})
    assert (answer.status_code, answer.json()["error"].get("field")) == (status, field), answer.content
    assert not Broadcast.objects.exists()
    assert not BroadcastRecipient.objects.exists()


def test_a_template_cannot_go_by_sms_nor_a_broadcast_without_anybody(ask: Ask) -> None:
    asked = {"name": "S", "to": phones(1), "template": TEMPLATE}
    assert ask("POST", "broadcasts", {**asked, "channel": "sms"}).json()["error"]["field"] == "channel"
    assert ask("POST", "broadcasts", {"name": "S", "text": "Hi"}).json()["error"]["field"] == "to"
    assert ask("POST", "broadcasts", {"name": "S", "to": phones(1)}).json()["error"]["field"] == "template"


def test_a_repeat_has_the_first_answer(ask: Ask) -> None:
    first = ask("POST", "broadcasts", TEXT, Idempotency_Key="k1")
    again = ask("POST", "broadcasts", TEXT, Idempotency_Key="k1")
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["Idempotent-Replay"] == "true"
    other = ask("POST", "broadcasts", {**TEXT, "name": "Other"}, Idempotency_Key="k1")
    assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_key_reused")
    assert Broadcast.objects.count() == 1


def test_one_that_waits_is_cancelled_and_one_that_runs_is_not(ask: Ask, run: Callable[[], None]) -> None:
    first, second = (ask("POST", "broadcasts", TEXT).json()["id"] for _ in range(2))
    assert ask("POST", f"broadcasts/{first}/cancel").json()["status"] == "cancelled"
    run()
    refused = ask("POST", f"broadcasts/{second}/cancel")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "not_pending")


def test_the_plan_is_said_in_our_own_words(call: Call, issue: Issue, acme: Account) -> None:
    _, secret = issue()
    assert Plan.objects.get(code="free").broadcasts_per_day == 1
    refused = call("POST", "broadcasts", secret, {**TEXT, "to": phones(101)})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "plan")
    assert call("POST", "broadcasts", secret, TEXT).status_code == 201
    refused = call("POST", "broadcasts", secret, TEXT)
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "broadcast_limit")


def test_each_operation_asks_for_its_own_permission(call: Call, issue: Issue, enterprise: Account) -> None:
    _, writer = issue("writer", scopes=["broadcasts:write"])
    _, reader = issue("reader", scopes=["broadcasts:read"])
    id = call("POST", "broadcasts", writer, TEXT).json()["id"]
    for path in ("broadcasts", f"broadcasts/{id}", f"broadcasts/{id}/analytics"):
        assert call("GET", path, reader).status_code == 200
        assert call("GET", path, writer).json()["error"]["code"] == "missing_scope"
    for path, body in (("broadcasts", TEXT), (f"broadcasts/{id}/cancel", None)):
        assert call("POST", path, reader, body).json()["error"]["code"] == "missing_scope"
    assert call("POST", f"broadcasts/{id}/cancel", writer).status_code == 200


def test_a_stranger_sees_none(ask: Ask, call: Call, issue: Issue, other: Account) -> None:
    id = ask("POST", "broadcasts", TEXT).json()["id"]
    _, stranger = issue(account=other)
    assert call("GET", "broadcasts", stranger).json()["items"] == []
    for method, path in (("GET", ""), ("GET", "/analytics"), ("POST", "/cancel")):
        assert call(method, f"broadcasts/{id}{path}", stranger).status_code == 404
