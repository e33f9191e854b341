"""Who a message goes to: one person, by which addresses, and what fills the variables for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.models import Account, User
from messaging import numbers
from messaging.dialects.whispir import mri
from messaging.drafting import MOST_ADDRESS
from messaging.errors import Refused
from messaging.models import Channel, Contact

BY_NUMBER = (Channel.SMS, Channel.WHATSAPP, Channel.VOICE, Channel.RCS)
_PLACES = ("primary", "secondary", "tertiary")
_USUAL = {"sms": "workMobilePhone1", "voice": "workMobilePhone1", "email": "workEmailAddress1"}
_OPTIONS = {Channel.SMS: "sms", Channel.WHATSAPP: "sms", Channel.RCS: "sms", Channel.VOICE: "voice",
            Channel.EMAIL: "email"}  # fmt: skip


@dataclass(slots=True)
class Person:
    """A line of a message's status. Without an MRI it is an address that the caller wrote, or a row of a file."""

    name: str
    addresses: dict[Channel, str]
    mri: str = ""
    values: Mapping[str, str] = field(default_factory=dict)  # by tags in lower case
    code: str = ""  # why they cannot be written to, or not everywhere; in words in `problem`
    problem: str = ""
    number: str = ""  # that is not written to
    is_asked_for_alone: bool = False  # the caller wrote this very address

    @property
    def mobile(self) -> str:
        return next((self.addresses[c] for c in BY_NUMBER if c in self.addresses), self.number)

    @property
    def email(self) -> str:
        return self.addresses.get(Channel.EMAIL, "")

    @property
    def mark(self) -> str:
        """What tells this person from others."""
        return self.mri or self.mobile or self.email or self.name


def lost(name: str, code: str, problem: str, *, mri: str = "") -> Person:
    """Return one who cannot be written to, and why."""
    return Person(name, {}, mri=mri, code=code, problem=problem)


def at_number(number: str) -> Person:
    return Person(number.lstrip("+"), dict.fromkeys(BY_NUMBER, number), is_asked_for_alone=True)


def at_email(address: str) -> Person:
    return Person(address, {Channel.EMAIL: address}, is_asked_for_alone=True)


def of_contact(contact: Contact, account: Account) -> Person:
    own = mri.of_contact(contact)
    if not contact.is_active:
        return lost(contact.name, "inactive", "This contact is disabled.", mri=own)
    by_option = {option: _reached(contact, option, account) for option in _USUAL}
    addresses = {channel: by_option[option] for channel, option in _OPTIONS.items() if by_option[option]}
    return Person(contact.name, addresses, mri=own, values=_tags(contact, addresses))


def of_user(user: User) -> Person:
    """A person of the account: known here by an e-mail address alone."""
    first, _, last = user.get_full_name().partition(" ")
    values = {"first_name": first, "last_name": last, "recipient_email": user.email, "recipient_sms": ""}
    return Person(
        user.get_full_name(), {Channel.EMAIL: user.email}, mri=mri.of_user(user), values=_with_short_forms(values)
    )


def _reached(contact: Contact, option: str, account: Account) -> str:
    """Return where a contact is reached by `sms`, `email` or `voice`; empty where it is not, or does not want to be."""
    said: Mapping[str, Any] = next((o for o in contact.details.get("options", ()) if o.get("channel") == option), {})
    if not said.get("enabled", True):
        return ""
    names = [name for place in _PLACES if (name := said.get(place))] or [_USUAL[option]]
    text = next((found for name in names if (found := value(contact, name))), "")
    return text if text == contact.address else _usable(text, option, account)


def _usable(text: str, option: str, account: Account) -> str:
    """Return an address as messages have it; empty where it is none."""
    try:
        if option != "email":
            return numbers.msisdn(text, region=account.default_region, strict=account.strict_numbers)
        validate_email(text)
    except (Refused, ValidationError):
        return ""
    return text if len(text) <= MOST_ADDRESS else ""


def value(contact: Contact, name: str) -> str:
    """Return one of the contact's fields by the vendor's name, in which the first letter's case does not matter."""
    name = name[:1].lower() + name[1:]
    own = {"workMobilePhone1": contact.address, "workEmailAddress1": contact.email,
           "firstName": contact.first_name, "lastName": contact.last_name}  # fmt: skip
    if name in own:
        return own[name]
    return next((str(text) for field, text in contact.fields.items() if field.lower() == name.lower()), "")


def _tags(contact: Contact, addresses: Mapping[Channel, str]) -> dict[str, str]:
    return _with_short_forms(
        {
            "first_name": contact.first_name,
            "last_name": contact.last_name,
            "recipient_email": addresses.get(Channel.EMAIL, ""),
            "recipient_sms": addresses.get(Channel.SMS, "").lstrip("+"),
            "recipient_voice": addresses.get(Channel.VOICE, "").lstrip("+"),
            "recipient_role": value(contact, "role1"),
            "recipient_additionalrole": value(contact, "role2"),
            "team_name1": value(contact, "teamName1"),
        }
    )


def _with_short_forms(values: Mapping[str, str]) -> dict[str, str]:
    """The vendor's pages write `@@first_name@@` and `@@firstName@@` alike."""
    return {name.replace("_", ""): text for name, text in values.items()} | dict(values)


def once(people: Iterable[Person]) -> list[Person]:
    """Return each person once; one who was named and whose address stands there too is the one with a name."""
    found: dict[str, Person] = {}
    for person in people:
        found.setdefault(person.mark, person)
    named = {address for person in found.values() if person.mri for address in person.addresses.values()}
    return [p for p in found.values() if p.mri or not p.addresses or not named.intersection(p.addresses.values())]
