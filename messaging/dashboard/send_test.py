"""Sending one message by hand."""

from typing import Any
from uuid import uuid4

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.models import Account
from accounts.permissions import MemberRequest, member_required
from accounts.roles import Can
from messaging import routing, sending, transport
from messaging.drafting import Draft, Sender
from messaging.errors import Refused
from messaging.idempotency import Key
from messaging.ids import LARGEST
from messaging.models import Channel, Device, Message
from tokens.errors import Denied

_FIELDS = {"to": "to", "text": "text", "device": "device"}  # the core's fields, by how their paths begin


class TestMessage(forms.Form):
    device = forms.ModelChoiceField(
        Device.objects.none(), required=False, empty_label="The account’s default", help_text="What it leaves through."
    )
    to = forms.CharField(
        label="Number",
        max_length=32,
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "off", "list": "special"}),
        help_text="With country code, such as +15550100000.",
    )
    text = forms.CharField(max_length=4096, widget=forms.Textarea(attrs={"rows": 4, "data-parts": "#parts"}))
    sandbox = forms.BooleanField(
        label="Keep it in the sandbox",
        required=False,
        help_text="Nothing leaves this machine, whatever the device.",
    )
    once = forms.UUIDField(widget=forms.HiddenInput)  # sent twice, it is one message

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account
        self.fields["device"].queryset = Device.objects.for_account(account)  # type: ignore[attr-defined]

    def send(self) -> int | None:
        """Send the message and return its id; None if it was refused, and the form says why."""
        asked = self.cleaned_data
        sender = Sender.from_person(self.account, is_sandbox=asked["sandbox"])
        body = "\0".join([str(asked["device"]), asked["to"], asked["text"], str(asked["sandbox"])])
        key = Key(space="dashboard", value=str(asked["once"]), body=body.encode())
        draft = Draft(
            to=[asked["to"]],
            kind="text",
            body={"body": asked["text"]},
            channel=self._channel(asked["device"]),
            device=asked["device"],
        )
        try:
            return sending.accept(sender, draft, key=key).first_id
        except Refused as refusal:
            field = _FIELDS.get((refusal.field or "").partition(".")[0])
            self.add_error(field, refusal.detail)
        except Denied as denial:
            self.add_error(None, denial.detail)
        return None

    def _channel(self, device: Device | None) -> str:
        """SMS, unless the device speaks something else only."""
        known = transport.get(device.transport).channels if device else frozenset({Channel.SMS})
        return Channel.SMS if Channel.SMS in known else sorted(known)[0]


@require_http_methods(["GET", "HEAD", "POST"])
@member_required(Can.SEND)
def send_test(request: MemberRequest) -> HttpResponse:
    account = request.membership.account
    routing.sandbox(account)
    if request.method != "POST":
        form = TestMessage(account=account, initial=_initial(request))
        return _page(request, form)
    form = TestMessage(request.POST, account=account)
    if form.is_valid() and (sent := form.send()) is not None:
        return redirect("message", pk=sent)
    return _page(request, form, status=422)


def _page(request: MemberRequest, form: TestMessage, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "special_numbers": transport.get(routing.SANDBOX).special_numbers}
    return render(request, "messaging/send_test.html", context, status=status)


def _initial(request: MemberRequest) -> dict[str, object]:
    """Begin with the message or the device that the address names, if it is the account's."""
    account = request.membership.account
    initial: dict[str, object] = {"once": uuid4(), "sandbox": True, "device": _asked_id(request, "device")}
    mine = Message.objects.for_account(account).filter(kind="text", direction="out")
    again = mine.select_related("device").filter(pk=_asked_id(request, "again") or 0).first()
    if again:
        is_sandbox = bool(again.device and again.device.transport == routing.SANDBOX)
        text = again.content.get("body", "")
        initial |= {"to": again.to, "text": text, "device": again.device_id, "sandbox": is_sandbox}
    return initial


def _asked_id(request: MemberRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return min(int(text), LARGEST) if text.isascii() and text.isdigit() and len(text) < 20 else None
