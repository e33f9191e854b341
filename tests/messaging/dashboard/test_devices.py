"""The devices page: the sandbox, other devices, and who may change them."""

import pytest
from django.test import Client

from accounts.models import Account, AuditEntry, User
from messaging import routing
from messaging.models import Device
from tests.conftest import SignedIn

pytestmark = pytest.mark.django_db
SENTENCE = "Until another device is linked, it is the default way out for every token."


@pytest.fixture
def alices(alice: User, acme: Account, signed_in: SignedIn) -> Client:
    return signed_in(alice)


def page(client: Client) -> str:
    return client.get("/devices/").content.decode()


def test_the_sandbox_is_there_from_the_start(alices: Client) -> None:
    shown = page(alices)
    for said in ("Sandbox", routing.SANDBOX_NUMBER, "Connected", "+15550100001", "fails for good", SENTENCE):
        assert said in shown


def test_a_device_that_is_not_linked_yet_says_so_and_is_no_way_out(alices: Client, acme: Account) -> None:
    device = _second(acme)
    device.status = Device.Status.NOT_INITIALIZED
    device.save()
    assert "Not linked yet" in page(alices)
    assert SENTENCE in page(alices)


def test_a_device_is_renamed(alices: Client, acme: Account) -> None:
    device = _second(acme)
    assert "Spare" in alices.get(f"/devices/{device.pk}/rename/").content.decode()
    alices.post(f"/devices/{device.pk}/rename/", {"name": "Front desk"})
    device.refresh_from_db()
    assert device.name == "Front desk"
    entry = AuditEntry.objects.get(target_id=device.pk, target_type="device")
    assert (entry.actor_label, entry.target_label) == ("alice@acme.example", "Front desk")


def test_a_device_needs_a_name(alices: Client, acme: Account) -> None:
    device = _second(acme)
    answer = alices.post(f"/devices/{device.pk}/rename/", {"name": " "})
    assert "This field is required." in answer.content.decode()
    device.refresh_from_db()
    assert device.name == "Spare"


def test_a_device_is_unlinked_after_a_question(alices: Client, acme: Account) -> None:
    device = _second(acme)
    assert "Keep device" in alices.get(f"/devices/{device.pk}/unlink/").content.decode()
    assert "Spare" in page(alices)
    alices.post(f"/devices/{device.pk}/unlink/")
    device.refresh_from_db()
    assert device.removed_at is not None
    assert f"/devices/{device.pk}/rename/" not in page(alices)


def test_the_sandbox_stays_as_it_is(alices: Client, acme: Account) -> None:
    sandbox = routing.sandbox(acme)
    for path in ("rename", "unlink"):
        assert alices.post(f"/devices/{sandbox.pk}/{path}/", {"name": "x"}).status_code == 404


def test_a_developer_sees_devices_but_changes_none(bob: User, acme: Account, signed_in: SignedIn) -> None:
    device, bobs = _second(acme), signed_in(bob)
    assert "Rename" not in page(bobs)
    for path in ("rename", "unlink"):
        assert bobs.post(f"/devices/{device.pk}/{path}/", {"name": "x"}).status_code == 403


def test_a_stranger_neither_sees_nor_changes_devices(
    charlie: User, acme: Account, other: Account, signed_in: SignedIn
) -> None:
    device, strangers = _second(acme), signed_in(charlie)
    assert "Spare" not in page(strangers)
    for path in ("rename", "unlink"):
        assert strangers.post(f"/devices/{device.pk}/{path}/", {"name": "x"}).status_code == 404


def _second(account: Account) -> Device:
    routing.sandbox(account)
    return Device.objects.create(account=account, name="Spare", number="+966500000188", transport="sandbox")
