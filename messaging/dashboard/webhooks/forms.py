"""The form that registers or changes an endpoint. What may be in it is the core's to say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import Account
from messaging import dialect
from messaging.dashboard.webhooks.wording import grouped, schedule
from messaging.errors import Refused
from messaging.models import Device, WebhookEndpoint
from messaging.models.webhooks import LONGEST_URL
from messaging.webhooks import checks, rendering
from messaging.webhooks.format import Format
from tokens.models import Token

KEPT = "••••"  # a header's value that stays as it is
_SANDBOX = [("", "All messages"), ("no", "Real messages"), ("yes", "Sandbox messages")]
_FIELDS = {"retry_schedule": "retries"}
_PLAIN = ("name", "url", "events", "headers", "concurrency", "rate", "in_order", "email")
_OPTION = "option_"
_CODE = {"autocomplete": "off", "spellcheck": "false", "class": "mono ltr"}


class WebhookForm(forms.Form):
    name = forms.CharField(
        required=False,
        max_length=checks.LONGEST_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="What you call it. Empty: its host.",
    )
    url = forms.CharField(
        label="URL",
        max_length=LONGEST_URL,
        widget=forms.URLInput(attrs={**_CODE, "inputmode": "url", "placeholder": "https://"}),
        help_text="An https address of a public host.",
    )
    events = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple)
    secret = forms.CharField(required=False, max_length=255, widget=forms.TextInput(attrs=_CODE))
    headers = forms.CharField(
        label="Custom headers",
        required=False,
        max_length=30_000,
        widget=forms.Textarea(attrs={"rows": 3, **_CODE}),
        help_text="One a line, such as X-Team: shop. They are kept encrypted and not shown again.",
    )
    device = forms.ChoiceField(required=False)
    token = forms.ChoiceField(required=False)
    dialect = forms.ChoiceField(label="API style", required=False)
    sandbox = forms.ChoiceField(label="Messages", choices=_SANDBOX, required=False)
    retries = forms.CharField(
        label="Try again after",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric", "class": "ltr"}),
    )
    concurrency = forms.IntegerField(label="Calls at a time", min_value=1, max_value=checks.MOST_CONCURRENCY, initial=4)
    rate = forms.IntegerField(
        label="Calls a second", required=False, min_value=1, max_value=checks.MOST_RATE, help_text="Empty: any number."
    )
    in_order = forms.BooleanField(
        label="Keep each message’s events in order",
        required=False,
        help_text="An event waits until the one before it of the same message has arrived or was given up.",
    )
    email = forms.EmailField(
        label="E-mail",
        required=False,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "class": "ltr"}),
        help_text="Is told of calls that are given up, once an hour at most. Empty: nobody but the owners.",
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        account: Account,
        known: Format,
        endpoint: WebhookEndpoint | None = None,
    ) -> None:
        self.account, self.known, self.endpoint = account, known, endpoint
        super().__init__(data, initial=_initial(endpoint, known))
        for name, words in known.options.items():
            label = name.replace("_", " ").capitalize()
            self.fields[_OPTION + name] = forms.ChoiceField(label=label, choices=[(word, word) for word in words])
        self._choice("events").choices = [(word, text) for word, text in known.words.items()]
        devices = Device.objects.for_account(account).values_list("pk", "name")
        self._choice("device").choices = [("", "Any device"), *((str(pk), name) for pk, name in devices)]
        tokens = Token.objects.for_account(account).values_list("pk", "name")[:500]
        self._choice("token").choices = [("", "Any token"), *((str(pk), name) for pk, name in tokens)]
        self._choice("dialect").choices = [("", "Any API style"), *dialect.names().items()]
        self.fields["retries"].help_text = f"Seconds, separated by commas. Empty: {schedule(known.retry_after)}."
        self._name_secret()

    def _choice(self, name: str) -> Any:
        return self.fields[name]

    @property
    def options(self) -> list[Any]:
        """The fields of what the format leaves open."""
        return [self[_OPTION + name] for name in self.known.options]

    def _name_secret(self) -> None:
        if self.endpoint:
            del self.fields["secret"]
            return
        field = self.fields["secret"]
        if self.known.new_secret():
            field.label = "Signing secret"
            field.help_text = "Empty: one is made. It can be shown later to whoever proves who they are."
        else:
            field.label = "Custom Webhook Secret"
            field.help_text = "Sent as Authorization: Bearer. Empty: no Authorization header is sent."

    @property
    def groups(self) -> list[tuple[str, list[Any]]]:
        """The events' boxes, by what they are about."""
        boxes = {box.data["value"]: box for box in self["events"]}
        return [(title, [boxes[word] for word in words]) for title, words in grouped(self.known.words)]

    def clean_retries(self) -> list[int] | None:
        text = self.cleaned_data["retries"].strip()
        if not text:
            return None
        if not re.fullmatch(r"\d{1,6}(\s*,\s*\d{1,6})*", text, re.ASCII):
            raise ValidationError("Write seconds, such as 30, 120, 900.")
        return [int(part) for part in text.split(",")]

    def clean_headers(self) -> dict[str, str]:
        """Read a line for each header; one whose value is dotted out keeps the value it has."""
        kept = rendering.readable_headers(self.endpoint) if self.endpoint else {}
        found = {}
        for line in filter(None, map(str.strip, self.cleaned_data["headers"].splitlines())):
            name, colon, value = line.partition(":")
            if not colon:
                raise ValidationError(f"“{line[:40]}” has no colon: write Name: value.")
            name, value = name.strip(), value.strip()
            found[name] = kept.get(name.lower(), "") if value == KEPT else value
        return found

    def asked(self) -> dict[str, Any]:
        """Return what the verbs take."""
        given = self.cleaned_data
        return {
            **{name: given[name] for name in _PLAIN},
            "options": {name: given[_OPTION + name] for name in self.known.options},
            "dialect": given["dialect"],
            "retry_schedule": given["retries"],
            "sandbox": {"yes": True, "no": False}.get(given["sandbox"]),
            "device": self._row(Device.objects.for_account(self.account), given["device"]),
            "token": self._row(Token.objects.for_account(self.account), given["token"]),
        }

    def chosen_secret(self) -> str | None:
        """Return the secret that somebody chose, None to have one made where one is needed."""
        return self.cleaned_data.get("secret") or None

    @staticmethod
    def _row(rows: Any, pk: str) -> Any:
        return rows.filter(pk=int(pk)).first() if pk else None

    def show(self, refused: Refused) -> None:
        """Show what the core refuses beside the field that it is about."""
        field = _FIELDS.get(refused.field or "", refused.field)
        self.add_error(field if field in self.fields else None, refused.detail)


def _initial(endpoint: WebhookEndpoint | None, known: Format) -> dict[str, Any]:
    if endpoint is None:
        return {"events": list(known.usual)}
    names = ("name", "url", "dialect", "concurrency", "rate", "in_order", "email")
    return {
        **{name: getattr(endpoint, name) for name in names},
        **{_OPTION + name: word for name, word in endpoint.options.items()},
        "events": endpoint.events or list(known.usual),
        "device": str(endpoint.device_id or ""),
        "token": str(endpoint.token_id or ""),
        "sandbox": {True: "yes", False: "no", None: ""}[endpoint.sandbox],
        "retries": ", ".join(map(str, endpoint.retry_after or ())),
        "headers": "\n".join(f"{name}: {KEPT}" for name in rendering.header_names(endpoint)),
    }


class Overlap(forms.Form):
    """When the old secret stops, and the new one where somebody chose it."""

    CHOICES = ("now", "day", "week")
    overlap = forms.ChoiceField(label="Old secret stops", choices=[(choice, choice) for choice in CHOICES])
    secret = forms.CharField(required=False, max_length=255, widget=forms.TextInput(attrs=_CODE))


class Range(forms.Form):
    """Which calls to post again."""

    since = forms.DateTimeField(
        label="Of what happened since",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    until = forms.DateTimeField(
        label="And before",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text="Empty: up to now.",
    )
    which = forms.ChoiceField(
        label="Which calls",
        choices=[("lost", "Those that were given up or dropped"), ("all", "All, also the delivered ones")],
    )

    @property
    def chosen(self) -> dict[str, Any]:
        until: datetime | None = self.cleaned_data["until"]
        return {
            "since": self.cleaned_data["since"],
            "until": until or timezone.now(),
            "only_lost": self.cleaned_data["which"] == "lost",
        }


class Verifying(forms.Form):
    """A call as a receiver got it."""

    webhook = forms.ChoiceField(required=False)
    format = forms.ChoiceField(required=False, help_text="Where no webhook is chosen, together with its secret.")
    secret = forms.CharField(required=False, max_length=255, widget=forms.TextInput(attrs=_CODE))
    headers = forms.CharField(
        max_length=30_000,
        widget=forms.Textarea(attrs={"rows": 6, **_CODE}),
        help_text="A line each, as your server got them.",
    )
    body = forms.CharField(
        required=False,
        max_length=70_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, **_CODE}),
        help_text="The bytes of the body before your server parsed them.",
    )
