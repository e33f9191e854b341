"""Devices as this API knows them: those that send SMS."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from accounts.models import Account
from messaging import checked_ids as ids
from messaging import routing, transport
from messaging.dialects.smsgate.serializers import render_device
from messaging.dialects.smsgate.times import timestamp
from messaging.errors import Refusal, Refused
from messaging.models import Channel, Device


def phones(account: Account) -> list[Device]:
    """Return the account's devices that send SMS, the sandbox among them."""
    known = transport.found()
    return [d for d in routing.devices(account) if d.transport in known and Channel.SMS in known[d.transport].channels]


def find(account: Account, rendered: str) -> Device:
    """Return one of them; raises Refused(DEVICE_UNKNOWN)."""
    number = ids.read("device", rendered)
    found = next((device for device in phones(account) if device.pk == number), None)
    if found is None:
        raise Refused(Refusal.DEVICE_UNKNOWN, "There is no such device.", field="deviceId")
    return found


def shown(device: Device) -> dict[str, Any]:
    """Return a device as its reader sees it. One that never reports by itself is reached now."""
    made = timestamp(device.created_at)
    return {
        "id": render_device(device),
        "name": device.name,
        "createdAt": made,
        "updatedAt": made,
        "lastSeen": timestamp(device.last_seen_at or timezone.now()),
        "simCards": [{"slotIndex": 0, "simNumber": 1, "phoneNumber": device.number}] if device.number else [],
    }
