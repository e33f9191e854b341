"""Linking, asking after and removing devices."""

from collections.abc import Callable, Iterator
from typing import ClassVar

import pytest

from accounts.models import Account, AuditEntry
from messaging import transport
from messaging.models import Channel, Device, Message
from messaging.states import State
from messaging.transport import BaseTransport
from tests.messaging.conftest import Deliver
from tests.messaging.dialects.whatsgate.asking import Ask
from tests.messaging.dialects.whatsgate.conftest import Issue

Hello = dict[str, str]
AddDevice = Callable[..., Device]
OFFICE = "4915112345678"


class Phone(BaseTransport):
    """A transport whose devices are linked by a QR code."""

    label = "Phone"
    channels: ClassVar[frozenset[str]] = frozenset(Channel.values)

    def pairing_code(self, device: Device) -> str | None:
        return f"link:{device.pk}"


@pytest.fixture
def phones() -> Iterator[None]:
    transport.found()["phone"] = Phone()
    yield
    transport.forget()


@pytest.fixture
def add(acme: Account, phones: None) -> AddDevice:
    """Add a phone to acme that waits to be linked."""

    def create(**more: object) -> Device:
        fields = {"account": acme, "name": "Office", "number": f"+{OFFICE}", "transport": "phone"}
        return Device.objects.create(**{**fields, "status": Device.Status.NOT_INITIALIZED, **more})

    return create


def test_devices_are_listed_with_their_state(ask: Ask, add: AddDevice) -> None:
    add()

    assert ask("devices").body == {
        "success": True,
        "data": [
            {"device": "123456789", "name": "Sandbox", "status": "connected"},
            {"device": OFFICE, "name": "Office", "status": "not initialized"},
        ],
    }


def test_linking_shows_a_qr_code_and_waits_for_the_phone(ask: Ask, add: AddDevice) -> None:
    add()
    assert ask(f"status/{OFFICE}").body == {"success": True, "message": "not initialized"}

    answer = ask(f"connect/+{OFFICE}/")

    assert answer.status == 200
    assert answer.body["success"] is True
    assert answer.body["qrCode"].startswith("data:image/png;base64,iVBORw0KGgo")
    assert ask(f"status/{OFFICE}").body["message"] == "not connected"
    ask(f"connect/+{OFFICE}/")
    entry = AuditEntry.objects.get(action="device.pairing")
    assert (entry.proof, entry.changes) == ("token", {"status": ["not_initialized", "not_connected"]})


@pytest.mark.parametrize(
    ("status", "word"),
    [("connected", "connected"), ("disconnected", "disconnected"), ("not_connected", "not connected")],
)
def test_a_state_has_the_vendors_word(ask: Ask, add: AddDevice, status: str, word: str) -> None:
    add(status=status)

    assert ask(f"status/{OFFICE}").body == {"success": True, "message": word}


def test_a_connected_device_is_not_linked_again(ask: Ask, add: AddDevice) -> None:
    add(status=Device.Status.CONNECTED)

    for number in (OFFICE, "123456789"):
        answer = ask(f"connect/{number}")
        assert (answer.status, answer.body) == (400, {"success": False, "message": "device is already connected"})


@pytest.mark.parametrize("path", ["connect/555", "status/555", "connect/nobody", f"status/{OFFICE}%00"])
def test_an_unknown_device_is_not_found(ask: Ask, path: str) -> None:
    answer = ask(path)

    assert answer.status in (404, 422)
    if "%" not in path:
        assert (answer.status, answer.body) == (404, {"success": False, "message": "device not found!"})


def test_another_accounts_device_is_not_found(ask: Ask, add: AddDevice, other: Account) -> None:
    add(account=other)

    assert ask(f"status/{OFFICE}").status == 404
    assert ask("delete", {"sender_device": OFFICE}).status == 422
    assert OFFICE not in str(ask("devices").body)


def test_linking_needs_more_than_reading(ask: Ask, add: AddDevice, issue: Issue) -> None:
    add()
    reader = issue(type="read_only")

    assert ask("devices", token=reader).status == 200
    assert ask(f"connect/{OFFICE}", token=reader).status == 403
    assert ask("delete", {"sender_device": OFFICE}, token=reader).status == 403


def test_a_deleted_device_leaves_the_account(ask: Ask, add: AddDevice, acme: Account) -> None:
    device = add(status=Device.Status.CONNECTED)

    answer = ask("delete", {"sender_device": OFFICE})

    assert (answer.status, answer.body) == (200, {"success": True, "message": "Device deleted successfully"})
    assert ask(f"status/{OFFICE}").status == 404
    entry = AuditEntry.objects.get(account=acme, target_type="device", target_id=device.pk)
    assert (entry.action, entry.actor_label, entry.proof) == ("device.removed", "ERP", "token")
    again = ask("delete", {"sender_device": OFFICE})
    assert (again.status, again.body["message"]) == (422, "The selected sender device is invalid.")


def test_waiting_messages_of_a_deleted_device_fail_with_their_reason(
    ask: Ask, add: AddDevice, hello: Hello, deliver: Deliver
) -> None:
    add(status=Device.Status.CONNECTED)
    ask("send/text", {**hello, "sender_device": OFFICE})

    ask("delete", {"sender_device": OFFICE})
    deliver()

    message = Message.objects.get()
    assert message.state == State.FAILED
    assert message.recipients.get().error_detail == "Its device was unlinked."


def test_the_number_of_a_deleted_device_can_be_used_again(ask: Ask, add: AddDevice) -> None:
    add()
    ask("delete", {"sender_device": OFFICE})
    add(name="Successor")

    assert "Successor" in str(ask("devices").body)
