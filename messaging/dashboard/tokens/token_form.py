"""The form of a token, to make or to change it. What may be given is for `tokens.issuing` to say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.datastructures import MultiValueDict

from accounts.models import Membership
from messaging import dialect
from messaging.dashboard.tokens import permissions
from messaging.dashboard.tokens.wording import day
from tokens import issuing
from tokens.issuing import cleaning
from tokens.models import Token
from tokens.scopes import PRESETS, KeyType, is_unlimited

CUSTOM = "custom"
_PRESETS = {"send": "Send only", "send-and-read": "Send and read", "everything": "Everything", CUSTOM: "Choose"}
_KEEP, _NEVER, _DATE = "keep", "never", "date"
_PERIODS = {"30": "30 days", "90": "90 days", "365": "1 year"}
_FURTHEST = 100 * 365  # days
_TYPE_HINTS = {
    KeyType.PRODUCTION: "Sends real messages and counts toward your plan.",
    KeyType.SANDBOX: "Same replies, nothing leaves the gateway.",
    KeyType.READ_ONLY: "For dashboards and reports. Cannot send.",
}


class TokenForm(forms.Form):
    """A token's fields, to make one or, with `token`, to change it."""

    name = forms.CharField(
        max_length=255,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="The app and what it sends. You will look for this name when something goes wrong.",
    )
    type = forms.ChoiceField(required=False)
    preset = forms.ChoiceField(label="What it can do", choices=list(_PRESETS.items()), required=False)
    permissions = forms.MultipleChoiceField(
        choices=[(box.value, box.label) for box in permissions.boxes()], required=False
    )
    dialects = forms.MultipleChoiceField(
        label="Accepted API styles",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Leave all empty to accept every style, those added later too.",
    )
    expires = forms.ChoiceField(required=False)
    date = forms.DateField(label="Last day", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    requests_per_second = forms.IntegerField(
        label="Requests per second", required=False, widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )
    networks = forms.CharField(
        label="Allowed IP addresses",
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "class": "mono ltr"}),
        help_text="One address or range per line. Leave empty to allow any.",
    )
    mine = forms.BooleanField(required=False)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        membership: Membership,
        address: str,
        token: Token | None = None,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        self.membership, self.account, self.address, self.token = membership, membership.account, address, token
        first = self._of_token(token) if token else {"type": self._types()[0], "preset": "everything"}
        super().__init__(data, initial={**first, **(initial or {})})
        self.initial.setdefault("expires", self._expiries()[0][0])
        choices: dict[str, list[tuple[str, str]]] = {
            "type": [(type, KeyType(type).label) for type in self._types()],
            "dialects": self._styles(),
            "expires": self._expiries(),
        }
        for name, offered in choices.items():
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = offered
        self.fields["mine"].label = f"And mine, {address}"
        limit = self.account.plan.requests_per_second
        self.fields["requests_per_second"].help_text = f"Empty: what your plan allows, {limit:,}."
        self.fields["date"].widget.attrs["min"] = timezone.localdate(timezone=self.account.zone).isoformat()

    def _types(self) -> list[str]:
        if self.token:
            return [self.token.type]
        return [type for type in KeyType.values if issuing.may_grant(self.membership, type)]

    def _styles(self) -> list[tuple[str, str]]:
        known = dialect.names()
        kept = {name: name for name in (self.token.dialects if self.token else ())}
        return list((kept | known).items())

    def _expiries(self) -> list[tuple[str, str]]:
        keep = [(_KEEP, f"As it is, {day(self.token.expires_at)}")] if self.token and self.token.expires_at else []
        today = timezone.localdate(timezone=self.account.zone)
        ends = {days: today + timedelta(days=int(days)) for days in _PERIODS}
        periods = [(days, f"In {label}, {ends[days].day} {ends[days]:%B %Y}") for days, label in _PERIODS.items()]
        return [*keep, (_NEVER, "Never"), *periods, (_DATE, "On a date…")]

    def _of_token(self, token: Token) -> dict[str, Any]:
        fitting = (name for name, scopes in PRESETS.items() if scopes and set(scopes) == set(token.scopes))
        preset = "everything" if is_unlimited(token.scopes) else next(fitting, CUSTOM)
        return {
            "name": token.name,
            "type": token.type,
            "preset": preset,
            "permissions": [box.value for box in permissions.boxes() if set(box.scopes) & set(token.scopes)],
            "dialects": token.dialects,
            "requests_per_second": token.requests_per_second,
            "networks": "\n".join(token.networks),
        }

    def prefilled(self, query: QueryDict) -> dict[str, Any]:
        """Return what an address such as `?name=ERP&preset=send` fills in; what makes no sense is left out."""
        found = {}
        for name, field in self.fields.items():
            if name in query:
                try:
                    value = field.widget.value_from_datadict(query, MultiValueDict(), name)
                    found[name] = field.clean(value) and value
                except ValidationError:
                    continue
        return found

    def posted(self) -> TokenForm:
        """Return this form as if it were sent as it stands, to say what it would make."""
        values = {name: self[name].value() for name in self.fields}
        lists = {name: [*v] if isinstance(v, list | tuple) else [v] for name, v in values.items() if v}
        address, token = self.address, self.token
        return TokenForm(MultiValueDict(lists), membership=self.membership, address=address, token=token)

    # What is asked
    def clean_name(self) -> str:
        return cleaning.clean_name(self.cleaned_data["name"])

    def clean_type(self) -> str:
        return self.cleaned_data["type"] or self._types()[0]

    def clean_requests_per_second(self) -> int | None:
        return cleaning.clean_rate(self.cleaned_data["requests_per_second"])

    def clean_networks(self) -> list[str]:
        return cleaning.clean_networks(self.cleaned_data["networks"].splitlines())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name, read, shown_at in (
            ("scopes", self._scopes, "preset"),
            ("expires_at", self._expires_at, "date"),
        ):
            try:
                cleaned[name] = read()
            except ValidationError as error:
                self.add_error(shown_at, error)
        if cleaned.get("mine") and self.address and "networks" in cleaned:
            cleaned["networks"] = cleaning.clean_networks([*cleaned["networks"], self.address])
        return cleaned

    def _scopes(self) -> list[str]:
        ticked = self.cleaned_data.get("permissions") or []
        preset = self.cleaned_data.get("preset") or (CUSTOM if ticked else "everything")
        scopes: list[str] = [*PRESETS.get(preset, ())]
        if preset == CUSTOM:
            scopes = [scope for box in permissions.boxes() if box.value in ticked for scope in box.given(self.token)]
            if not scopes:
                raise ValidationError("Tick at least one permission.")
        return cleaning.clean_scopes(scopes, type=self.cleaned_data.get("type", ""))

    def _expires_at(self) -> datetime | None:
        zone = self.account.zone
        today = timezone.localdate(timezone=zone)
        match self.cleaned_data.get("expires") or self._expiries()[0][0]:
            case "keep":
                return self.token.expires_at if self.token else None
            case "never":
                return None
            case "date":
                last: date | None = self.cleaned_data.get("date")
            case days:
                last = today + timedelta(days=int(days))
        if last is None:
            raise ValidationError("Pick the last day on which it works.")
        if last - today > timedelta(days=_FURTHEST):
            raise ValidationError("Pick a day within a hundred years, or never.")
        return cleaning.clean_expiry(datetime.combine(last, time(23, 59, 59), tzinfo=zone))

    def asked(self) -> issuing.Changes:
        """Return what the verbs of `tokens.issuing` take."""
        cleaned = self.cleaned_data
        asked: issuing.Changes = {
            "name": cleaned["name"],
            "scopes": cleaned["scopes"],
            "networks": cleaned["networks"],
            "dialects": cleaned["dialects"],
            "requests_per_second": cleaned["requests_per_second"],
        }
        if not (self.token and cleaned["expires_at"] == self.token.expires_at):
            asked["expires_at"] = cleaned["expires_at"]
        return asked

    # What the page shows
    @property
    def type_cards(self) -> Iterator[dict[str, object]]:
        chosen = self["type"].value()
        for type in self._types():
            hint = _TYPE_HINTS[KeyType(type)]
            yield {"value": type, "label": KeyType(type).label, "hint": hint, "checked": type == chosen}

    @property
    def presets(self) -> Iterator[dict[str, object]]:
        chosen = self["preset"].value()
        for value, label in _PRESETS.items():
            yield {"value": value, "label": label, "checked": value == chosen}

    @property
    def permission_rows(self) -> Iterator[dict[str, Any]]:
        return permissions.rows(self["permissions"].value() or ())
