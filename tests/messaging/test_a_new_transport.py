"""A second transport is one file: it is found, carries messages, and needs no migration."""

import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from accounts.models import Account
from messaging import routing, transport, transports
from messaging.drafting import Draft, Sender
from messaging.models import Channel, Device, Message
from messaging.sending import accept
from messaging.states import State
from tests.messaging.conftest import Deliver

FILE = """
from messaging.states import State
from messaging.transport import BaseTransport, News, Receipt, Report, TransportError
from datetime import timedelta

flown = []


class Transport(BaseTransport):
    label = "Carrier pigeon"
    channels = frozenset({"sms"})

    def send(self, device, message):
        if message.address == "+15550000000":
            raise TransportError("HAWK", "A hawk was seen.", permanent=True)
        flown.append((device.name, message.address, message.content["body"]))
        return Receipt(state=State.SENT, reference="ring 7", check_in=timedelta())

    def check(self, device, message):
        return News(reports=[Report(message.id, State.DELIVERED)])
"""


@pytest.fixture
def pigeons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, acme: Account) -> Iterator[Device]:
    """Acme's loft: a device of a transport that one new file holds."""
    (tmp_path / "pigeon.py").write_text(FILE)
    with monkeypatch.context() as patch:
        patch.setattr(transports, "__path__", [*transports.__path__, str(tmp_path)])
        patch.setattr(sys, "dont_write_bytecode", True)
        transport.forget()
        yield Device.objects.create(account=acme, name="Loft", number="+4915112345678", transport="pigeon")
    sys.modules.pop(f"{transports.__name__}.pigeon", None)
    vars(transports).pop("pigeon", None)
    transport.forget()
    routing.forget()


def _send(account: Account, to: str, channel: str = Channel.SMS) -> Message:
    sender = Sender.from_person(account)
    accepted = accept(sender, Draft(to=[to], kind="text", body={"body": "Corn, please"}, channel=channel))
    return Message.objects.get(pk=accepted.first_id)


def test_it_carries_a_message(pigeons: Device, acme: Account, deliver: Deliver) -> None:
    message = _send(acme, "+15551234567")
    deliver()

    message.refresh_from_db()
    assert (message.device, message.state) == (pigeons, State.DELIVERED)
    assert message.recipients.get().reference == "ring 7"
    assert sys.modules["messaging.transports.pigeon"].flown == [("Loft", "+15551234567", "Corn, please")]


def test_its_reason_reaches_the_message(pigeons: Device, acme: Account, deliver: Deliver) -> None:
    message = _send(acme, "+15550000000")
    deliver()

    row = message.recipients.get()
    assert (row.state, row.error, row.error_detail) == (State.FAILED, "HAWK", "A hawk was seen.")


def test_it_is_left_out_for_channels_it_does_not_serve(pigeons: Device, acme: Account) -> None:
    message = _send(acme, "+15551234567", Channel.WHATSAPP)

    assert message.device
    assert message.device.transport == "sandbox"


def test_it_is_listed_and_needs_no_migration(pigeons: Device) -> None:
    assert ("pigeon", "Carrier pigeon") in transport.choices()
    pigeons.full_clean()
    call_command("makemigrations", "--check", "--dry-run", stdout=StringIO())
