"""/webhooks."""

from typing import Any

import pytest

from accounts.audit import COMMAND
from messaging.dialects.smsgate.serializers import render_device
from messaging.models import Device, WebhookEndpoint
from messaging.webhooks import endpoints
from tests.messaging.dialects.smsgate.conftest import Api

EVENTS = (
    "sms:received", "sms:data-received", "sms:sent", "sms:delivered", "sms:failed", "sms:cancelled", "mms:received",
    "mms:downloaded", "system:ping", "app:started", "sms:batch:received", "sms:batch:data-received",
    "mms:batch:received", "mms:batch:downloaded",
)  # fmt: skip
HOOK = {"url": "https://example.com/hook", "event": "sms:received"}


def test_a_webhook_is_registered_listed_and_removed(api: Api, stranger: Api) -> None:
    assert api.get("/webhooks").body == []
    made = api.post("/webhooks", HOOK)
    assert made.status == 201
    assert made.body == {"id": made.body["id"], "deviceId": None, **HOOK}
    assert len(made.body["id"]) == 21
    assert api.get("/webhooks").body == [made.body]
    assert stranger.get("/webhooks").body == []
    assert stranger.delete(f"/webhooks/{made.body['id']}").status == 204
    assert api.get("/webhooks").body == [made.body], "a stranger removes nothing"
    assert api.delete(f"/webhooks/{made.body['id']}").status == 204
    assert api.get("/webhooks").body == []
    assert api.delete(f"/webhooks/{made.body['id']}").status == 204


@pytest.mark.parametrize("event", EVENTS)
def test_every_event_of_the_vendors_is_taken(api: Api, event: str) -> None:
    assert api.post("/webhooks", {**HOOK, "event": event}).body["event"] == event


def test_the_same_id_replaces(api: Api, stranger: Api) -> None:
    api.post("/webhooks", {"id": "mine", **HOOK})
    again = {"id": "mine", "url": "https://example.com/other", "event": "sms:sent"}
    assert api.post("/webhooks", again).status == 201
    assert api.get("/webhooks").body == [{"deviceId": None, **again}]
    stranger.post("/webhooks", {"id": "mine", **HOOK})
    assert api.get("/webhooks").body == [{"deviceId": None, **again}]


@pytest.mark.parametrize("name", ["deviceId", "device_id"])
def test_it_may_be_for_one_device_by_either_spelling(api: Api, phone: Device, name: str) -> None:
    made = api.post("/webhooks", {**HOOK, "id": None, name: render_device(phone)})
    assert made.body["deviceId"] == render_device(phone)
    assert set(made.body) == {"id", "deviceId", "url", "event"}
    assert api.delete(f"/devices/{render_device(phone)}").status == 204
    assert api.get("/webhooks").body == [], "it goes with its device"


@pytest.mark.parametrize(
    "change",
    [
        {"url": "http://example.com/hook"},
        {"url": "ftp://example.com/hook"},
        {"url": "example.com"},
        {"url": "https://127.0.0.1/hook"},
        {"url": "https://localhost/hook"},
        {"url": ""},
        {"url": None},
        {"event": "sms:eaten"},
        {"event": ""},
        {"event": None},
        {"deviceId": "a" * 21},
        {"deviceId": 5},
        {"id": "a" * 37},
    ],
)
def test_what_is_wrong_is_400(api: Api, change: dict[str, Any]) -> None:
    answer = api.post("/webhooks", {**HOOK, **change})
    assert answer.status == 400
    assert set(answer.body) == {"message"}
    assert not WebhookEndpoint.objects.exists()


def test_https_may_be_written_large(api: Api) -> None:
    assert api.post("/webhooks", {**HOOK, "url": "HTTPS://example.com/hook"}).status == 201


def test_another_accounts_device_is_none(stranger: Api, phone: Device) -> None:
    answer = stranger.post("/webhooks", {**HOOK, "deviceId": render_device(phone)})
    assert answer.told == (400, "failed to select device: record not found")


def test_webhooks_of_other_doors_are_not_shown(api: Api) -> None:
    endpoints.create(api.account, by=COMMAND, url="https://example.com/", events=["message.sent"])
    assert api.get("/webhooks").body == []
