"""Devices: the sandbox and what else messages leave through."""

from dataclasses import dataclass

from django import forms
from django.contrib import messages as notices
from django.db.models import Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from accounts.audit import person
from accounts.models import Account
from accounts.permissions import MemberRequest, member_required
from accounts.roles import Can
from messaging import routing, transport
from messaging.dashboard import wording
from messaging.devices import remove_device, rename_device
from messaging.ids import LARGEST
from messaging.models import DEVICE_CHANNELS, Channel, Device, UsageDay


@dataclass(frozen=True, slots=True)
class Card:
    """One device as the dashboard shows it."""

    device: Device
    state: wording.Word
    sent_today: int
    is_sandbox: bool
    kind: str
    channels: str


class Name(forms.Form):
    name = forms.CharField(max_length=150)


def cards(account: Account) -> list[Card]:
    """Return the account's devices with what they sent today; the sandbox comes last."""
    sandbox = routing.sandbox(account)
    today = UsageDay.objects.filter(account=account, day=timezone.localdate(timezone=account.zone))
    sent = dict(today.values_list("device_ref").annotate(Sum("accepted")))
    found = [_card(device, sent.get(device.pk, 0), sandbox) for device in Device.objects.for_account(account)]
    return sorted(found, key=lambda card: card.is_sandbox)


def _card(device: Device, sent_today: int, sandbox: Device) -> Card:
    by = transport.found().get(device.transport)
    labels = [Channel(name).label for name in sorted(by.channels)] if by else []
    return Card(
        device=device,
        state=wording.DEVICES[device.status],
        sent_today=sent_today,
        is_sandbox=device == sandbox,
        kind=by.label if by else device.transport,
        channels=" and ".join(labels),
    )


@require_GET
@member_required(Can.SEE)
def devices(request: MemberRequest) -> HttpResponse:
    account = request.membership.account
    context = {
        "cards": cards(account),
        "is_sandbox_default": _is_sandbox_default(account),
        "special_numbers": transport.get(routing.SANDBOX).special_numbers,
        "may_send": request.membership.may(Can.SEND),
        "may_manage": request.membership.may(Can.MANAGE_DEVICES),
    }
    return render(request, "messaging/devices.html", context)


def _is_sandbox_default(account: Account) -> bool:
    """True while no channel has a linked device of its own."""
    ways = [routing.choose(account=account, channel=channel, is_sandbox=False) for channel in DEVICE_CHANNELS]
    return all(way.device and way.device.transport == routing.SANDBOX for way in ways)


@require_http_methods(["GET", "HEAD", "POST"])
@member_required(Can.MANAGE_DEVICES)
def rename(request: MemberRequest, pk: int) -> HttpResponse:
    device = _find(request, pk)
    form = Name(request.POST or None, initial={"name": device.name})
    if form.is_valid():
        renamed = rename_device(device, name=form.cleaned_data["name"], by=person(request))
        notices.success(request, f"The device is called “{renamed.name}” now.")
        return redirect("devices")
    return render(request, "messaging/rename_device.html", {"form": form, "device": device})


@require_http_methods(["GET", "HEAD", "POST"])
@member_required(Can.MANAGE_DEVICES)
def unlink(request: MemberRequest, pk: int) -> HttpResponse:
    """Ask, and on POST take the device out of the account."""
    device = _find(request, pk)
    if request.method == "POST":
        remove_device(device, by=person(request))
        notices.success(request, f"“{device.name}” is unlinked.")
        return redirect("devices")
    return render(request, "messaging/unlink_device.html", {"device": device})


def _find(request: MemberRequest, pk: int) -> Device:
    """Return one of the account's devices, the sandbox excepted: it stays as it is."""
    account = request.membership.account
    mine = Device.objects.for_account(account).exclude(pk=routing.sandbox(account).pk)
    return get_object_or_404(mine, pk=min(pk, LARGEST))
