"""/devices."""

from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import Account
from messaging import routing
from messaging.dialects.smsgate.serializers import render_device
from messaging.models import Device
from tests.messaging.dialects.smsgate.conftest import Api


def test_the_accounts_phones_are_listed(api: Api, stranger: Api, phone: Device) -> None:
    answer = api.get("/devices")
    assert answer.status == 200
    assert [device["name"] for device in answer.body] == ["Sandbox", "Pixel 8"]
    pixel = answer.body[1]
    assert pixel == {
        "id": render_device(phone),
        "name": "Pixel 8",
        "createdAt": pixel["createdAt"],
        "updatedAt": pixel["createdAt"],
        "lastSeen": pixel["lastSeen"],
        "simCards": [{"slotIndex": 0, "simNumber": 1, "phoneNumber": "+4915112345678"}],
    }
    assert all(len(device["id"]) == 21 for device in answer.body)
    assert [device["name"] for device in stranger.get("/devices").body] == ["Sandbox"]


def test_a_device_was_last_seen_when_it_asked_and_one_that_never_asks_is_there(api: Api, phone: Device) -> None:
    seen = timezone.now() - timedelta(hours=3)
    Device.objects.filter(pk=phone.pk).update(last_seen_at=seen)
    routing.forget()
    sandbox, pixel = (datetime.fromisoformat(device["lastSeen"]) for device in api.get("/devices").body)
    assert abs(pixel - seen) < timedelta(seconds=1)
    assert timezone.now() - sandbox < timedelta(minutes=1)


def test_a_device_is_removed_with_what_waits_for_it(api: Api, phone: Device) -> None:
    id = api.send(deviceId=render_device(phone)).body["id"]
    assert api.delete(f"/devices/{render_device(phone)}").status == 204
    assert [device["name"] for device in api.get("/devices").body] == ["Sandbox"]
    assert api.delete(f"/devices/{render_device(phone)}").told == (404, "device not found")
    assert api.get(f"/messages/{id}").status == 200, "its messages stay"


def test_a_stranger_removes_nothing(stranger: Api, phone: Device) -> None:
    for id in (render_device(phone), "a" * 21, str(phone.pk)):
        assert stranger.delete(f"/devices/{id}").status == 404
    phone.refresh_from_db()
    assert phone.removed_at is None


def test_an_account_without_devices_has_the_sandbox(api: Api, acme: Account) -> None:
    assert not Device.objects.for_account(acme).exists()
    assert len(api.get("/devices").body) == 1
