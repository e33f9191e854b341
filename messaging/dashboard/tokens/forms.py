"""The small forms of the pages about credentials."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from tokens import issuing
from tokens.issuing import cleaning


class Overlap(forms.Form):
    """When the old secret stops."""

    CHOICES = ("now", "day", "week")
    overlap = forms.ChoiceField(label="Old secret stops", choices=[(choice, choice) for choice in CHOICES])
    made = forms.CharField(max_length=40)  # when the secret to be replaced was made, so that it is replaced once

    @property
    def chosen(self) -> timedelta | None:
        return issuing.OVERLAPS[self.CHOICES.index(self.cleaned_data["overlap"])]


class TypedName(forms.Form):
    """A danger, confirmed by typing the name of what it ends."""

    name = forms.CharField(label="Name", max_length=255, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def __init__(self, data: Mapping[str, Any] | None = None, *, expected: str) -> None:
        super().__init__(data)
        self.expected = expected

    def clean_name(self) -> str:
        if self.cleaned_data["name"] != self.expected.strip():
            raise ValidationError("This is not its name.")
        return self.expected


class LoginName(forms.Form):
    name = forms.CharField(
        max_length=255,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="The program that signs in with it.",
    )

    def clean_name(self) -> str:
        return cleaning.clean_name(self.cleaned_data["name"])


class Networks(forms.Form):
    """The account's own address list."""

    networks = forms.CharField(
        label="Allowed IP addresses",
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "class": "mono ltr"}),
        help_text="One address or range per line. Leave empty to allow any.",
    )
    mine = forms.BooleanField(required=False)

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, address: str, initial: dict[str, Any] | None = None
    ) -> None:
        super().__init__(data, initial=initial)
        self.address = address
        self.fields["mine"].label = f"And mine, {address}"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        lines = cleaned.get("networks", "").splitlines()
        lines += [self.address] if cleaned.get("mine") and self.address else []
        try:
            cleaned["networks"] = cleaning.clean_networks(lines)
        except ValidationError as error:
            self.add_error("networks", error)
        return cleaned
