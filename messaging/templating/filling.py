"""A message's parameters and the gaps of its template: whether they fit, and what a person then reads."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from messaging.errors import Refusal, Refused
from messaging.models import Contact, Template
from messaging.templating.parts import MEDIA, filled, gaps

Components = Sequence[Mapping[str, Any]]
_PATH = "template.components"
_OF_CONTACT = re.compile(r"\{\{\s*contact\.([A-Za-z0-9_.-]{1,64})\s*(?:\|([^{}|]*))?\}\}")
_ATTRIBUTES = ("first_name", "last_name", "address", "email")


@dataclass(frozen=True, slots=True)
class Filled:
    """A message made from a template: the parameters as they are sent, and the words as they are read."""

    components: list[dict[str, Any]]
    header: str
    body: str
    footer: str
    buttons: list[str]

    @property
    def text(self) -> str:
        return "\n".join(part for part in (self.header, self.body, self.footer) if part)


def fill(template: Template, components: Components, contact: Contact | None = None) -> Filled:
    """Return the template with these parameters, personalised for the contact if there is one.

    Raises Refused where the parameters do not fit the template, or as `personalised` does.
    """
    given = personalised(components, contact) if contact else [dict(component) for component in components]
    read = _Reading(template, given)
    header = read.header()
    body = read.words("body", read.part("body").get("text", ""))
    footer, buttons = read.part("footer").get("text", ""), read.buttons()
    read.must_be_all()
    return Filled(given, header, body, footer, buttons)


def personalised(components: Components, contact: Contact | None) -> list[dict[str, Any]]:
    """Return the parameters with `{{contact.first_name}}` and its like replaced by the contact's own values.

    There are first_name, last_name, address, email and the names in the contact's `fields`;
    `{{contact.first_name|friend}}` says what stands where there is none. Raises Refused (REQUIRED) where
    there is none and nothing is said.
    """
    values = _values(contact)

    def value_of(gap: re.Match[str]) -> str:
        found = values.get(gap[1]) or (gap[2] or "").strip()
        if not found:
            raise Refused(Refusal.REQUIRED, f"This contact has no {gap[1]}.", field=_PATH)
        return found

    def replaced(value: Any) -> Any:
        if isinstance(value, str):
            return _OF_CONTACT.sub(value_of, value)
        if isinstance(value, Mapping):
            return {name: replaced(item) for name, item in value.items()}
        return [replaced(item) for item in value] if isinstance(value, list) else value

    return [replaced(component) for component in components]


def _values(contact: Contact | None) -> dict[str, str]:
    if contact is None:
        return {}
    return {**contact.fields, **{name: getattr(contact, name) for name in _ATTRIBUTES}}


class _Reading:
    """A message's components beside the parts of its template."""

    def __init__(self, template: Template, given: Components) -> None:
        self._parts = {part["type"]: part for part in template.components}
        self._given: dict[str, tuple[str, list[dict[str, Any]]]] = {}
        for place, component in enumerate(given):
            name, path = component["type"], f"{_PATH}.{place}"
            if name == "button":
                name = f"button {component['index']}"
                self._check_button(component, path)
            if name in self._given:
                raise _invalid(path, f"The template's {name} is filled twice.")
            self._given[name] = (path, component.get("parameters", []))

    def part(self, name: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._parts.get(name, {})
        return found

    def header(self) -> str:
        """Return the header's words, for a picture, film or document an empty text."""
        part = self.part("header")
        if part.get("format") not in MEDIA:
            return self.words("header", part.get("text", ""))
        path, parameters = self._take("header")
        if [parameter["type"] for parameter in parameters] != [part["format"]]:
            raise _invalid(
                f"{path}.parameters", f"The template's header needs one parameter, of type {part['format']}."
            )
        return ""

    def words(self, name: str, text: str) -> str:
        """Return the part's text with its gaps filled from the parameters given for it."""
        path, parameters = self._take(name)
        names = gaps(text)
        path = f"{path}.parameters"
        if len(parameters) != len(names):
            entries = f"{len(names)} parameter{'' if len(names) == 1 else 's'}"
            raise _invalid(path, f"The template's {name} takes {entries}, {len(parameters)} came.", limit=len(names))
        if not names or names[0].isdigit():
            return filled(text, dict(zip(names, (_shown(p, path) for p in parameters), strict=True)))
        values = {parameter.get("parameter_name", ""): _shown(parameter, path) for parameter in parameters}
        if missing := [name for name in names if name not in values]:
            raise _invalid(path, f"The template's {name} needs a parameter with the parameter_name {missing[0]}.")
        return filled(text, values)

    def buttons(self) -> list[str]:
        labels = []
        for index, button in enumerate(self.part("buttons").get("buttons", [])):
            name = f"button {index}"
            if button["type"] == "url":
                self.words(name, button["url"])
            elif button["type"] == "copy_code":
                path, parameters = self._take(name)
                if [parameter["type"] for parameter in parameters] != ["coupon_code"]:
                    raise _invalid(f"{path}.parameters", f"The template's {name} needs one parameter, a coupon_code.")
            else:
                self._take(name)  # a quick reply's own payload, or nothing
            labels.append(button.get("text", "Copy code"))
        return labels

    def must_be_all(self) -> None:
        """Raise Refused where something was given that the template has no place for."""
        for name, (path, _) in self._given.items():
            raise _invalid(path, f"The template has no {name}.")

    def _take(self, name: str) -> tuple[str, list[dict[str, Any]]]:
        return self._given.pop(name, (_PATH, []))

    def _check_button(self, component: Mapping[str, Any], path: str) -> None:
        buttons = self.part("buttons").get("buttons", [])
        index = int(component["index"])
        if index < len(buttons) and buttons[index]["type"] != component["sub_type"]:
            raise _invalid(f"{path}.sub_type", f"The template's button {index} is a {buttons[index]['type']}.")


def _shown(parameter: Mapping[str, Any], path: str) -> str:
    value = parameter.get(parameter["type"])
    words = value.get("fallback_value") if isinstance(value, Mapping) else value
    if not isinstance(words, str) or parameter["type"] in (*MEDIA, "location"):
        raise _invalid(path, "The template takes words here.")
    return words


def _invalid(path: str, detail: str, **params: int) -> Refused:
    return Refused(Refusal.INVALID, detail, field=path, params=params)
