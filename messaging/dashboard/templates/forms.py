"""The form that makes a template. What may be in it is the core's to say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from messaging.dashboard.templates.wording import Shown
from messaging.errors import Refused
from messaging.models import Template
from messaging.templating.parts import MEDIA

BUTTONS = 4  # more are for programs to make
_FORMATS = [("", "None"), ("text", "Text"), *((name, name.capitalize()) for name in MEDIA)]
_KINDS = [
    ("", "None"),
    ("quick_reply", "Quick reply"),
    ("url", "Opens a page"),
    ("phone_number", "Calls a number"),
    ("copy_code", "Copies a code"),
]
_VALUES = {"url": "url", "phone_number": "phone_number", "copy_code": "example"}  # what stands beside the label


class TemplateForm(forms.Form):
    name = forms.CharField(
        max_length=512,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "mono"}),
        help_text="Lower-case letters, digits and underscores, such as order_update.",
    )
    language = forms.CharField(
        max_length=16,
        initial="en",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="Such as en, en_US or tr.",
    )
    category = forms.ChoiceField(choices=Template.Category.choices)
    header_format = forms.ChoiceField(label="Header", choices=_FORMATS, required=False)
    header = forms.CharField(label="Header’s text", required=False, help_text="At most 60 characters.")
    body = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Gaps are {{1}}, {{2}} and so on, or names such as {{first_name}}.",
    )
    footer = forms.CharField(required=False, help_text="At most 60 characters, without gaps.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for n in range(1, BUTTONS + 1):
            self.fields[f"kind_{n}"] = forms.ChoiceField(label=f"Button {n}", choices=_KINDS, required=False)
            self.fields[f"label_{n}"] = forms.CharField(label=f"Label of button {n}", required=False)
            self.fields[f"value_{n}"] = forms.CharField(label=f"Page, number or code of button {n}", required=False)

    @property
    def buttons(self) -> list[list[forms.BoundField]]:
        """The fields of each button, for the page."""
        return [[self[f"{name}_{n}"] for name in ("kind", "label", "value")] for n in range(1, BUTTONS + 1)]

    def components(self) -> list[dict[str, Any]]:
        """Return the parts as the core takes them."""
        asked, parts = self.cleaned_data, []
        if format := asked["header_format"]:
            parts.append({"type": "header", "format": format, "text": asked["header"]})
        parts.append({"type": "body", "text": asked["body"]})
        if asked["footer"]:
            parts.append({"type": "footer", "text": asked["footer"]})
        if buttons := [self._button(n) for n in self._used()]:
            parts.append({"type": "buttons", "buttons": buttons})
        return parts

    def show(self, refused: Refused) -> None:
        """Show what the core refuses beside the field that it is about, which need not be named there."""
        path = refused.field or ""
        rest = refused.detail.removeprefix(f"{path} ")
        self.add_error(self._field(path), rest if rest == refused.detail else f"It {rest}")

    def _used(self) -> list[int]:
        return [n for n in range(1, BUTTONS + 1) if self.cleaned_data[f"kind_{n}"]]

    def _button(self, n: int) -> dict[str, Any]:
        kind, value = self.cleaned_data[f"kind_{n}"], self.cleaned_data[f"value_{n}"]
        button = {"type": kind, "text": self.cleaned_data[f"label_{n}"]}
        return button | {_VALUES[kind]: value} if kind in _VALUES else button

    def _field(self, path: str) -> str | None:
        steps = path.split(".")
        if steps[0] != "components" or len(steps) == 1:
            return steps[0] if steps[0] in self.fields else None
        part = self.components()[int(steps[1])]["type"]
        if part != "buttons":
            return str(part)
        if len(steps) < 4:
            return "kind_1"
        n = self._used()[int(steps[3])]
        return f"value_{n}" if steps[-1] in _VALUES.values() else f"label_{n}"


def preview(asked: Mapping[str, Any]) -> Shown:
    """Return the message that the form's fields make, however far they are filled in."""
    format = asked.get("header_format", "")
    numbers = range(1, BUTTONS + 1)
    return Shown(
        media=format.capitalize() if format in MEDIA else "",
        header=asked.get("header", "") if format == "text" else "",
        body=asked.get("body", ""),
        footer=asked.get("footer", ""),
        buttons=[asked.get(f"label_{n}") or "Copy code" for n in numbers if asked.get(f"kind_{n}")],
    )


def filled(template: Template) -> dict[str, Any]:
    """Return a template as its form shows it."""
    found: dict[str, Any] = {"name": template.name, "language": template.language, "category": template.category}
    for part in template.components:
        if part["type"] == "header":
            found |= {"header_format": part["format"], "header": part.get("text", "")}
        elif part["type"] == "buttons":
            for n, button in enumerate(part["buttons"][:BUTTONS], start=1):
                value = button.get(_VALUES.get(button["type"], ""), "")
                found |= {f"kind_{n}": button["type"], f"label_{n}": button.get("text", ""), f"value_{n}": value}
        else:
            found[part["type"]] = part["text"]
    return found
