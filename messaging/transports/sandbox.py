"""The sandbox: a small carrier in the box. Nothing leaves the machine.

Every number is "sent" at once and "delivered" a second or two later; the numbers in `MAGIC` do
something else. `GATEWAY_SANDBOX_PACE` stretches the delays; 0 makes them none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import ClassVar

from django.conf import settings

from messaging.models import DEVICE_CHANNELS, Device
from messaging.states import State
from messaging.transport import BaseTransport, News, Outgoing, Receipt, Reply, Report, TransportError

FAILS = "+15550100001"
FAILS_ONCE = "+15550100002"
STAYS_SENT = "+15550100003"
REPORTS_TWICE = "+15550100004"
REPORTS_OUT_OF_ORDER = "+15550100005"
ANSWERS = "+15550100006"
IS_READ = "+15550100007"
SENDS_STOP = "+15550100008"

MAGIC: dict[str, str] = {
    FAILS: "fails for good",
    FAILS_ONCE: "fails once, then is delivered",
    STAYS_SENT: "stays sent: no report ever comes",
    REPORTS_TWICE: "reports delivered twice",
    REPORTS_OUT_OF_ORDER: "reports delivered before sent",
    ANSWERS: "is delivered and answers “Echo: …”",
    IS_READ: "is delivered, then read",
    SENDS_STOP: "is delivered and answers STOP",
}


def _seconds(seconds: float) -> timedelta:
    return timedelta(seconds=seconds * settings.GATEWAY_SANDBOX_PACE)


def _delivered(message: Outgoing) -> News:
    return News(reports=[Report(message.id, State.DELIVERED)])


def _delivered_twice(message: Outgoing) -> News:
    return News(reports=[Report(message.id, State.DELIVERED)] * 2)


def _out_of_order(message: Outgoing) -> News:
    return News(reports=[Report(message.id, State.DELIVERED), Report(message.id, State.SENT)])


def _then_read(message: Outgoing) -> News:
    if message.state == State.DELIVERED:
        return News(reports=[Report(message.id, State.READ)])
    return News(reports=[Report(message.id, State.DELIVERED)], check_in=_seconds(2))


def _answers(message: Outgoing) -> News:
    said = message.content.get("body", "") if message.kind == "text" else message.kind
    reply = Reply(sender=message.address, kind="text", content={"body": f"Echo: {said}"[:4096]})
    return News(reports=[Report(message.id, State.DELIVERED)], replies=[reply])


def _stops(message: Outgoing) -> News:
    reply = Reply(sender=message.address, kind="text", content={"body": "STOP"})
    return News(reports=[Report(message.id, State.DELIVERED)], replies=[reply])


_NEWS: dict[str, Callable[[Outgoing], News]] = {
    REPORTS_TWICE: _delivered_twice,
    REPORTS_OUT_OF_ORDER: _out_of_order,
    ANSWERS: _answers,
    IS_READ: _then_read,
    SENDS_STOP: _stops,
}


class Transport(BaseTransport):
    label = "Sandbox"
    channels: ClassVar[frozenset[str]] = frozenset(DEVICE_CHANNELS)
    special_numbers: ClassVar[Mapping[str, str]] = MAGIC
    remedies: ClassVar[Mapping[str, str]] = {
        "SANDBOX_FAILED": "Write to any other number to see a delivery.",
        "SANDBOX_BUSY": "The gateway tries again by itself.",
    }

    def send(self, device: Device, message: Outgoing) -> Receipt:
        if message.address == FAILS:
            raise TransportError("SANDBOX_FAILED", "This sandbox number always fails.", permanent=True)
        if message.address == FAILS_ONCE and message.attempts == 0:
            raise TransportError("SANDBOX_BUSY", "This sandbox number fails the first time.", permanent=False)
        state = State.PROCESSING if message.address == REPORTS_OUT_OF_ORDER else State.SENT
        check_in = None if message.address == STAYS_SENT else _seconds(1 + message.id % 1000 / 1000)
        return Receipt(state=state, reference=f"sandbox-{message.id}", check_in=check_in)

    def check(self, device: Device, message: Outgoing) -> News:
        return _NEWS.get(message.address, _delivered)(message)
