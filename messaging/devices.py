"""Linking, naming and removing devices, for every door alike."""

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.audit import Actor
from messaging import routing, transport, webhooks
from messaging.errors import Refusal, Refused
from messaging.models import Device
from tokens.errors import Denial, Denied


def pair_device(device: Device, *, by: Actor, is_sandbox: bool = False) -> str:
    """Begin to link the device; returns the text of the QR code that its phone scans.

    Raises Refused(DEVICE_CONNECTED) where nothing is left to link, Denied for a sandbox token and a real device.
    """
    _must_reach(device, is_sandbox=is_sandbox)
    is_linked = device.status == Device.Status.CONNECTED
    code = None if is_linked else transport.get(device.transport).pairing_code(device)
    if code is None:
        raise Refused(Refusal.DEVICE_CONNECTED, f"“{device.name}” is already connected.", field="device")
    waiting = Device.objects.filter(pk=device.pk, status=Device.Status.NOT_INITIALIZED)
    with transaction.atomic():
        has_begun = waiting.update(status=Device.Status.NOT_CONNECTED)
        if has_begun:
            changes = {"status": [device.status, Device.Status.NOT_CONNECTED]}
            device.status = Device.Status.NOT_CONNECTED
            audit.record(account=device.account, actor=by, action="device.pairing", target=device, changes=changes)
    if has_begun:
        routing.forget(device.account_id)
    return code


def rename_device(device: Device, *, name: str, by: Actor) -> Device:
    """Give the device another name. Raises Refused: REQUIRED or TOO_LONG."""
    name = name.strip()
    most = Device._meta.get_field("name").max_length or 0
    if not name:
        raise Refused(Refusal.REQUIRED, "A device needs a name.", field="name")
    if len(name) > most:
        raise Refused(Refusal.TOO_LONG, f"A name has at most {most} characters.", field="name", params={"limit": most})
    before, device.name = device.name, name
    if name != before:
        with transaction.atomic():
            device.save(update_fields=["name"])
            changes = {"name": [before, name]}
            audit.record(account=device.account, actor=by, action="device.renamed", target=device, changes=changes)
        routing.forget(device.account_id)
    return device


def remove_device(device: Device, *, by: Actor, is_sandbox: bool = False) -> None:
    """Take the device out of its account. Its messages stay; those still waiting fail and say why. Who listens is told.

    Raises Denied for a sandbox token and a real device.
    """
    _must_reach(device, is_sandbox=is_sandbox)
    now = timezone.now()
    with transaction.atomic():
        if Device.objects.filter(pk=device.pk, removed_at=None).update(removed_at=now):
            audit.record(account=device.account, actor=by, action="device.removed", target=device)
            if device.status == Device.Status.CONNECTED:
                gone = {"status": Device.Status.DISCONNECTED.value}
                webhooks.raise_event(device.account_id, webhooks.Kind.DEVICE_STATUS, device=device, data=gone)
    device.removed_at = now
    routing.forget(device.account_id)


def _must_reach(device: Device, *, is_sandbox: bool) -> None:
    """A sandbox token changes nothing that is real, whoever made it."""
    if is_sandbox and device.transport != routing.SANDBOX:
        raise Denied(Denial.SCOPE, "A sandbox token changes no device but the sandbox.")
