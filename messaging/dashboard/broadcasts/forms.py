"""The form that makes a broadcast. What may be in it is the core's to say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import blake2b
from typing import Any

from django import forms

from accounts.models import Account
from messaging import broadcasts, routing, transport
from messaging.broadcasts import AddressList, Draft
from messaging.contacts.reading import lines
from messaging.dashboard.broadcasts.filling import components, gaps_of
from messaging.drafting import Sender
from messaging.errors import Refused
from messaging.idempotency import Key
from messaging.models import DEVICE_CHANNELS, Broadcast, Channel, Device, Segment, Template
from tokens.errors import Denied

_SEPARATORS = re.compile(r"[\n\r,;\t]+")
_MOST_SHOWN = 5
_FIELDS = {"recipients": "numbers", "scheduled_at": "send_at", "device": "device", "name": "name", "text": "text"}
_SAYS = [
    ("template", "Template", "WhatsApp takes it at any time."),
    ("text", "Text", "By SMS; by WhatsApp to people who wrote within 24 hours."),
]
_TO = [
    ("list", "Paste numbers", "One on each line."),
    ("file", "CSV file", "Its first line names the columns, one of them phone."),
    ("segment", "Segment", "Contacts you have put into a list."),
]
_WHEN = [("now", "Now", "As soon as it is stored."), ("later", "Later", "At a time you choose.")]


class BroadcastForm(forms.Form):
    name = forms.CharField(max_length=150, help_text="For you alone; the people do not see it.")
    says = forms.ChoiceField(label="What", choices=[(value, label) for value, label, _ in _SAYS], initial="template")
    template = forms.ModelChoiceField(
        Template.objects.none(),
        required=False,
        empty_label="Choose a template",
        widget=forms.Select(attrs={"class": "select"}),
    )
    text = forms.CharField(
        required=False,
        max_length=4096,
        widget=forms.Textarea(attrs={"rows": 4, "data-parts": "#parts"}),
    )
    to = forms.ChoiceField(label="To whom", choices=[(value, label) for value, label, _ in _TO], initial="list")
    numbers = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 6, "class": "mono", "autocomplete": "off", "spellcheck": "false"}),
        help_text="With country code, such as +15550100000. One that stands here twice gets one message.",
    )
    file = forms.FileField(required=False, widget=forms.FileInput(attrs={"accept": ".csv,text/csv,text/plain"}))
    segment = forms.ModelChoiceField(Segment.objects.none(), required=False, empty_label="Choose a segment")
    when = forms.ChoiceField(choices=[(value, label) for value, label, _ in _WHEN], initial="now")
    send_at = forms.DateTimeField(
        label="Time",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    device = forms.ModelChoiceField(
        Device.objects.none(), required=False, empty_label="The account’s default", help_text="What it leaves through."
    )
    sandbox = forms.BooleanField(
        label="Keep it in the sandbox",
        required=False,
        help_text="Nothing leaves this machine, whatever the device.",
    )
    once = forms.UUIDField(widget=forms.HiddenInput)  # sent twice, it is one broadcast

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account
        approved = Template.objects.for_account(account).filter(status=Template.Status.APPROVED)
        self.fields["template"].queryset = approved.order_by("name", "language")  # type: ignore[attr-defined]
        segments = Segment.objects.for_account(account).order_by("name")
        self.fields["segment"].queryset = segments  # type: ignore[attr-defined]
        self.fields["device"].queryset = Device.objects.for_account(account)  # type: ignore[attr-defined]
        self.fields["send_at"].help_text = f"In {account.time_zone}."
        self._add_gaps()

    def _add_gaps(self) -> None:
        """Give the chosen template's gaps a field each."""
        self.chosen = self._chosen()
        for place, gap in enumerate(gaps_of(self.chosen) if self.chosen else ()):
            self.fields[f"gap_{place}"] = forms.CharField(label=gap.label, required=False, max_length=1024)

    def _chosen(self) -> Template | None:
        field: Any = self.fields["template"]
        try:
            found: Template | None = field.clean(self["template"].value())
        except forms.ValidationError:
            return None
        return found

    @property
    def gaps(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("gap_")]

    def cards(self, name: str) -> list[dict[str, object]]:
        """Return a choice's options as the page shows them."""
        options = {"says": _SAYS, "to": _TO, "when": _WHEN}[name]
        chosen = self[name].value()
        return [
            {"value": value, "label": label, "hint": hint, "checked": value == chosen} for value, label, hint in options
        ]

    @property
    def choices(self) -> dict[str, list[dict[str, object]]]:
        return {name: self.cards(name) for name in ("says", "to", "when")}

    def clean(self) -> dict[str, Any]:
        """Ask for what belongs to each choice."""
        asked: dict[str, Any] = super().clean() or {}
        wanted = [
            {"template": "template", "text": "text"}.get(asked.get("says", "")),
            {"list": "numbers", "file": "file", "segment": "segment"}.get(asked.get("to", "")),
            "send_at" if asked.get("when") == "later" else None,
        ]
        if asked.get("says") == "template":
            wanted += [field.name for field in self.gaps]
        for name in filter(None, wanted):
            if not asked.get(name) and name not in self.errors:
                self.add_error(name, "This field is required.")
        return asked

    def send(self) -> Broadcast | None:
        """Make the broadcast and return it; None if it was refused, and the form says why."""
        with AddressList(self.account, field="numbers") as numbers:
            try:
                if not self._read(numbers):
                    return None
                sender = Sender.from_person(self.account, is_sandbox=self.cleaned_data["sandbox"])
                return broadcasts.accept(sender, self._draft(numbers), key=self._key()).broadcast
            except Refused as refused:
                self._show(refused)
            except Denied as denied:
                self.add_error(None, denied.detail)
        return None

    def _read(self, numbers: AddressList) -> bool:
        """Take the numbers that were pasted or sent in a file; False if some are none, and the form says which."""
        shown: list[str] = []
        others = 0
        for place, text in enumerate(self._texts()):
            try:
                numbers.add(place, text)
            except Refused:
                if len(shown) < _MOST_SHOWN:
                    shown.append(text[:40])
                else:
                    others += 1
        if shown:
            more = f" and {others} more" if others else ""
            field = "file" if self.cleaned_data["to"] == "file" else "numbers"
            self.add_error(field, f"These are no numbers with their country code: {', '.join(shown)}{more}.")
        return not shown

    def _texts(self) -> Iterator[str]:
        asked = self.cleaned_data
        if asked["to"] == "list":
            yield from (text for text in map(str.strip, _SEPARATORS.split(asked["numbers"])) if text)
        elif asked["to"] == "file":
            for line in lines(asked["file"].file):
                yield str(line.values.get("address") or line.problem or f"line {line.number} without a number")

    def _draft(self, numbers: AddressList) -> Draft:
        asked, is_later = self.cleaned_data, self.cleaned_data["when"] == "later"
        return Draft(
            name=asked["name"],
            kind=asked["says"],
            body=self._body(),
            recipients=asked["segment"] if asked["to"] == "segment" else numbers,
            channel=self._channel(),
            device=asked["device"],
            scheduled_at=asked["send_at"] if is_later else None,
            time_zone=self.account.time_zone if is_later else "",
        )

    def _channel(self) -> str:
        """WhatsApp for a template; a text goes by SMS, unless its way out speaks WhatsApp only."""
        device: Device | None = self.cleaned_data["device"]
        if self.cleaned_data["says"] == "template":
            return Channel.WHATSAPP
        if device:
            return Channel.SMS if Channel.SMS in transport.get(device.transport).channels else Channel.WHATSAPP
        ways = {name: routing.choose(account=self.account, channel=name, is_sandbox=False) for name in DEVICE_CHANNELS}
        real = [name for name, way in ways.items() if way.device and way.device.transport != routing.SANDBOX]
        return Channel.WHATSAPP if real == [Channel.WHATSAPP] else Channel.SMS

    def _body(self) -> dict[str, Any]:
        asked = self.cleaned_data
        if asked["says"] == "text":
            return {"body": asked["text"]}
        template: Template = asked["template"]
        filled = components(template, [asked[field.name] for field in self.gaps])
        return {"name": template.name, "language": {"code": template.language}, "components": filled}

    def _key(self) -> Key:
        asked, digest = self.cleaned_data, blake2b(digest_size=16)
        for name in self.fields:
            value = asked.get(name)
            digest.update(f"{name}\0{value.size if name == 'file' and value else value}\0".encode())
        return Key(space="dashboard broadcasts", value=str(asked["once"]), body=digest.digest())

    def _show(self, refused: Refused) -> None:
        """Show what the core refuses beside the field that it is about."""
        field = _FIELDS.get((refused.field or "").partition(".")[0])
        chosen = {"list": "numbers", "file": "file", "segment": "segment"}[self.cleaned_data["to"]]
        if (refused.field or "").startswith("template"):
            field = "template"
        self.add_error(chosen if field == "numbers" or refused.field == "file" else field, refused.detail)
