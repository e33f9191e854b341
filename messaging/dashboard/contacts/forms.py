"""The forms of the pages about contacts. What may be in them is the core's to say."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from accounts.models import Account
from messaging.errors import Refused
from messaging.models import Contact, Segment

LARGEST_FILE = 32 * 1024 * 1024
_OWN = "One on each line, such as “city: Berlin”. Templates can use them as {{contact.city}}."


def segments_of(account: Account) -> Any:
    """Return the segments that contacts can be put into: others have rules."""
    return Segment.objects.for_account(account).filter(rules=[]).select_related("workspace").order_by("name")


class SegmentChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # not generic at runtime
    """A segment by its name, with its workspace if it has one."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} ({obj.workspace.name})" if obj.workspace else str(obj.name)


class Refusing(forms.Form):
    """Shows what the core refuses beside the field that it is about."""

    def show(self, refused: Refused) -> None:
        name = (refused.field or "").partition(".")[0]
        name = "own" if name == "fields" else name
        self.add_error(name if name in self.fields else None, refused.detail)


class ContactForm(Refusing):
    address = forms.CharField(
        label="Number",
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "off", "class": "ltr"}),
        help_text="With country code, such as +15550100000.",
    )
    email = forms.CharField(
        label="Email", required=False, max_length=254, widget=forms.TextInput(attrs={"type": "email"})
    )
    first_name = forms.CharField(required=False, max_length=150, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    last_name = forms.CharField(required=False, max_length=150, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    own = forms.CharField(
        label="Further fields",
        required=False,
        max_length=50_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_OWN,
    )

    def clean_own(self) -> dict[str, str]:
        """Read `name: value` lines."""
        found = {}
        for line in filter(str.strip, self.cleaned_data["own"].splitlines()):
            name, colon, value = line.partition(":")
            if not colon:
                raise ValidationError(f"“{line.strip()[:40]}” has no colon between its name and its value.")
            found[name.strip()] = value.strip()
        return found

    def given(self) -> dict[str, Any]:
        """Return what the core takes."""
        values = {name: self.cleaned_data[name] for name in ("address", "email", "first_name", "last_name")}
        return {**values, "fields": self.cleaned_data["own"]}


class NewContactForm(ContactForm):
    segment = forms.ModelChoiceField(Segment.objects.none(), required=False, empty_label="None")

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = segments_of(account).filter(workspace=None)  # as a contact that is made here
        self.fields["segment"].queryset = own  # type: ignore[attr-defined]


def filled(contact: Contact) -> dict[str, str]:
    """Return a contact as its form shows it."""
    own = "\n".join(f"{name}: {' '.join(value.split())}" for name, value in contact.fields.items())
    return {
        "address": contact.address,
        "email": contact.email,
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "own": own,
    }


class SegmentName(Refusing):
    name = forms.CharField(max_length=150, widget=forms.TextInput(attrs={"autocomplete": "off"}))


class Numbers(Refusing):
    numbers = forms.CharField(
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 4, "inputmode": "tel", "class": "ltr", "spellcheck": "false"}),
        help_text="One on each line. Numbers that are no contacts yet become contacts.",
    )


class ImportForm(Refusing):
    file = forms.FileField(
        label="CSV file",
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,text/csv"}),
        help_text="At most 32 MB.",
    )
    mode = forms.ChoiceField(
        label="Contacts that are there already",
        choices=[("update", "Write what the file says over them"), ("skip", "Leave them as they are")],
        widget=forms.RadioSelect,
        initial="update",
    )
    segment = SegmentChoice(Segment.objects.none(), required=False, empty_label="None", label="Add them to a segment")
    name = forms.CharField(
        label="Or to a new segment",
        required=False,
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="Its name.",
    )

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["segment"].queryset = segments_of(account)  # type: ignore[attr-defined]

    def clean_file(self) -> UploadedFile[bytes]:
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST_FILE:
            raise ValidationError("The file has more than 32 MB. Import it in parts.")
        return file

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("segment") and cleaned.get("name"):
            self.add_error("name", "Choose a segment or name a new one, not both.")
        return cleaned
