"""Which device a message leaves by."""

import threading
import time
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.models import Account
from messaging import transport
from messaging.errors import Refusal, Refused
from messaging.models import DEVICE_CHANNELS, Device

SANDBOX = "sandbox"  # the transport that every account has
SANDBOX_NUMBER = "+123456789"
_LIFETIME = 1.0  # seconds that another process's change to an account's devices may go unseen
_ROOM = 10_000


@dataclass(frozen=True, slots=True)
class Route:
    """A device, and in a word why: asked, default, or sandbox (the sender may not reach a real one).

    Without a device the gateway itself is the way out, or there is none.
    """

    device: Device | None
    why: str


_known: dict[int, tuple[float, list[Device]]] = {}
_lock = threading.Lock()


def forget(account_id: int | None = None) -> None:
    """Let the next choice read the account's devices anew; called where devices change."""
    with _lock:
        _known.clear() if account_id is None else _known.pop(account_id, None)


def devices(account: Account) -> list[Device]:
    """Return the account's devices, the sandbox among them, as they were at most a second ago."""
    held = _known.get(account.pk)
    now = time.monotonic()
    if held and held[0] > now:
        return held[1]
    found = list(Device.objects.for_account(account))
    if not any(device.transport == SANDBOX for device in found):
        found.append(sandbox(account))
    with _lock:
        if len(_known) >= _ROOM:
            _known.clear()
        _known[account.pk] = (now + _LIFETIME, found)
    return found


def sandbox(account: Account) -> Device:
    """Return the account's sandbox device, made on first use."""
    mine = Device.objects.for_account(account).filter(transport=SANDBOX)
    if device := mine.first():
        return device
    try:
        with transaction.atomic():
            return Device.objects.create(account=account, name="Sandbox", number=SANDBOX_NUMBER, transport=SANDBOX)
    except IntegrityError:  # another request made it meanwhile
        return mine.get()


def find(account: Account, number: str) -> Device | None:
    """Return the account's device with that number, compared by its digits."""
    digits = "".join(c for c in number if c.isdigit() and c.isascii())
    return next((device for device in devices(account) if digits and device.digits == digits), None)


def choose(
    *,
    account: Account,
    channel: str,
    is_sandbox: bool,
    wanted: Device | None = None,
    active_since: datetime | None = None,
) -> Route:
    """Return the way out: the sandbox for sandbox senders, else the device asked for, else the account's first
    connected device for the channel, else one that lost its connection; then for texts to telephones the sandbox,
    for other channels the gateway itself or nowhere.

    Raises Refused: DEVICE_NOT_CONNECTED where the device asked for was never linked, DEVICE_UNKNOWN where no
    device was seen since the moment given.
    """
    if is_sandbox:
        return Route(next(d for d in devices(account) if d.transport == SANDBOX), "sandbox")
    if wanted:
        if wanted.status in (Device.Status.NOT_INITIALIZED, Device.Status.NOT_CONNECTED):
            raise Refused(Refusal.DEVICE_NOT_CONNECTED, f"“{wanted.name}” is not linked yet.", field="device")
        return Route(_seen([wanted], active_since)[0], "asked")
    real = [device for device in devices(account) if device.transport != SANDBOX and serves(device, channel)]
    linked = [device for device in real if device.status == Device.Status.CONNECTED] or real
    if linked:
        return Route(_seen(linked, active_since)[0], "default")
    if channel in DEVICE_CHANNELS:
        return Route(next(d for d in devices(account) if d.transport == SANDBOX), "default")
    return Route(None, "gateway" if transport.of_gateway(channel) else "nowhere")


def _seen(found: list[Device], since: datetime | None) -> list[Device]:
    """Return the devices that were seen since the moment; raises Refused(DEVICE_UNKNOWN) where there is none."""
    seen = [device for device in found if since is None or device.is_active_since(since)]
    if not seen:
        raise Refused(Refusal.DEVICE_UNKNOWN, "No device was seen lately.", field="device")
    return seen


def serves(device: Device, channel: str) -> bool:
    """True if the device was linked and sends by the channel."""
    known = transport.found().get(device.transport)
    return (
        known is not None
        and channel in known.channels
        and device.status
        not in (
            Device.Status.NOT_INITIALIZED,
            Device.Status.NOT_CONNECTED,
        )
    )
