"""What the vendor calls what we keep of a contact, and in which forms its programs write it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.places import validate_time_zone
from messaging.contacts.cleaning import ATTRIBUTES
from messaging.dialects.whispir import fields
from messaging.dialects.whispir.fields import Payload
from messaging.dialects.whispir.language import listed
from messaging.errors import Refusal, Refused
from messaging.models import Contact

ATTRIBUTE = {
    "firstName": "first_name",
    "lastName": "last_name",
    "workMobilePhone1": "address",
    "workEmailAddress1": "email",
}
TIMEZONE = "timezone"
_PLACE = ("Address1", "Address2", "Suburb", "State", "PostCode", "Country")
_PHONES = ("PhoneAreaCode1", "Phone1", "PhoneAreaCode2", "Phone2", "FaxAreaCode1", "Fax1")
_MAIL = ("MobilePhone1", "MobilePhone2", "EmailAddress1", "EmailAddress2")
TEXTS = (
    *("title", "companyName", "jobTitle", "division", "businessUnit", "department"),
    *("teamName1", "teamName2", "role1", "role2", TIMEZONE),
    *("workMobilePhone2", "workEmailAddress2", "workSatellitePhone", "workOtherPhone"),
    *(f"work{name}" for name in (*_PHONES, *_PLACE)),
    *(f"workPostal{name}" for name in _PLACE),
    *(f"personal{name}" for name in (*_MAIL, *_PHONES, *_PLACE)),
    *(f"other{name}" for name in ("FirstName", "LastName", "Title", "Mobile", "PhoneAreaCode1", "Phone1")),
)
CHANNELS = ("sms", "email", "voice")
_USUAL = {"sms": "WorkMobilePhone1", "email": "WorkEmailAddress1", "voice": "WorkMobilePhone1"}
_TURNS = ("primary", "secondary", "tertiary")
CUSTOM = "custom_"
_CANONICAL = {name.lower(): name for name in (*ATTRIBUTE, *TEXTS)} | {"worksetellitephone": "workSatellitePhone"}
_OFFSET = re.compile(r"(?:GMT|UTC)?([+-]?)([0-9]{1,2})(?::?([0-5][0-9]))?", re.IGNORECASE)
_FURTHEST = 14  # hours from Greenwich
_MOST_LOCATIONS = 20


def canonical(name: str) -> str:
    """Return a field's name as answers have it, "" for one that is not known; case and odd spellings aside."""
    return _CANONICAL.get(name.strip().lower(), "")


def ours(name: str) -> str:
    """Return where the core has a field: an attribute, or `fields.` and its name, also of a custom field; else ""."""
    if known := canonical(name):
        return ATTRIBUTE.get(known, f"fields.{known}")
    if name.lower().startswith(CUSTOM) and (own := custom_key(name[len(CUSTOM) :])):
        return f"fields.{own}"
    return ""


def custom_key(name: str) -> str:
    """Return the name under which the core keeps a custom field; it never is that of another field."""
    key = re.sub(r"[^A-Za-z0-9_.-]+", "_", name.strip()).strip("_")[: 64 - len(CUSTOM)]
    return f"{CUSTOM}{key}" if key and (key in ATTRIBUTES or canonical(key)) else key


@contextmanager
def vendor_names() -> Iterator[None]:
    """Let what the core refuses name the vendor's field."""
    try:
        yield
    except Refused as refused:
        theirs = {ours: name for name, ours in ATTRIBUTE.items()}
        if name := theirs.get(refused.field or ""):
            refused.field, refused.detail = name, f"{name}: {refused.detail}"
        raise


# Reading a payload
def texts(payload: Payload) -> dict[str, str]:
    """Return the texts of all known fields by their names; raises Refused."""
    found: dict[str, str] = {}
    for written in payload:
        name = canonical(written)
        if name and not found.get(name):
            found[name] = fields.text(payload, written)
    if zone := found.get(TIMEZONE):
        found[TIMEZONE] = offset(zone)
    return found


def offset(text: str) -> str:
    """Return a time zone as its hours from Greenwich, such as `+10`; raises Refused(INVALID).

    A zone with summer time has its winter's.
    """
    if found := _OFFSET.fullmatch(text.replace(" ", "")):
        sign, hours, minutes = found[1] or "+", int(found[2]), found[3] or "00"
        if hours <= _FURTHEST:
            return _offset(sign, hours, int(minutes))
    with suppress(ValidationError):
        validate_time_zone(text)
        now = timezone.now().astimezone(ZoneInfo(text))
        away = (now.utcoffset() or timedelta()) - (now.dst() or timedelta())
        minutes_away = round(away.total_seconds() / 60)
        return _offset("-" if minutes_away < 0 else "+", *divmod(abs(minutes_away), 60))
    raise Refused(Refusal.INVALID, "timezone must be such as +10 or Australia/Melbourne.", field=TIMEZONE)


def _offset(sign: str, hours: int, minutes: int) -> str:
    return f"{sign}{hours}" + (f":{minutes:02}" if minutes else "")


def several(payload: Payload, name: str, item: str, *, most: int) -> list[Payload]:
    """Return a list of objects, which XML, and some programs, have in another object; raises Refused."""
    value = payload.get(name)
    inner = value[item] if isinstance(value, Mapping) and item in value else value
    return fields.parts({name: [] if inner == {} else inner}, name, most=most)


def options(payload: Payload) -> list[dict[str, Any]]:
    """Return the messaging options that a payload has, one for each channel that it names; raises Refused."""
    found = {}
    for given in several(payload, "messagingoptions", "messagingoption", most=20):
        channel = fields.choice(given, "channel", CHANNELS)
        named = {turn: _field(given, turn) for turn in _TURNS}
        found[channel] = {"channel": channel, "enabled": fields.flag(given, "enabled", usual=True), **named}
    return list(found.values())


def _field(given: Payload, turn: str) -> str:
    written = fields.text(given, turn)
    known = canonical(written)
    if written and not known:
        why = f"messagingoptions: {written[:64]} is no field of a contact."
        raise Refused(Refusal.INVALID, why, field="messagingoptions")
    return known[:1].upper() + known[1:]


def usual_options() -> list[dict[str, Any]]:
    return [
        {"channel": channel, "enabled": True, **dict.fromkeys(_TURNS, ""), "primary": _USUAL[channel]}
        for channel in CHANNELS
    ]


def locations(payload: Payload) -> list[dict[str, Any]]:
    """Return the places that a payload has; raises Refused."""
    return [
        {
            "latitude": _degrees(given, "latitude", 90),
            "longitude": _degrees(given, "longitude", 180),
            "type": fields.text(given, "type", usual="CurrentLocation", most=64),
        }
        for given in several(payload, "locations", "location", most=_MOST_LOCATIONS)
    ]


def _degrees(given: Payload, name: str, most: int) -> float:
    with suppress(ValueError):
        degrees = float(fields.text(given, name, usual="0"))
        if -most <= degrees <= most:
            return degrees
    raise Refused(Refusal.INVALID, f"locations: {name} must be a number of degrees.", field="locations")


def usual_locations() -> list[dict[str, Any]]:
    return [{"latitude": 0.0, "longitude": 0.0, "type": "CurrentLocation"}]


def customs(payload: Payload) -> list[dict[str, str]]:
    """Return the custom fields of a payload, as they are called and valued there; raises Refused."""
    found = {}
    for given in several(payload, "customFields", "customField", most=100):
        name = fields.text(given, "fieldName", required=True, most=64)
        if not (key := custom_key(name)):
            raise Refused(Refusal.INVALID, "customFields: fieldName must have letters or digits.", field="customFields")
        found[key] = {
            "key": key,
            "fieldName": name,
            "fieldValue": fields.text(given, "fieldValue", most=1024),
            "searchKey": fields.text(given, "searchKey", most=64),
        }
    return list(found.values())


# Writing an answer
def shown(contact: Contact) -> dict[str, str]:
    """Return the known fields that have a value, by their names."""
    found = {name: str(getattr(contact, attribute)) for name, attribute in ATTRIBUTE.items()}
    found["workMobilePhone1"] = contact.address.lstrip("+")
    found |= {name: contact.fields[name] for name in TEXTS if name in contact.fields}
    if zone := found.get(TIMEZONE):
        with suppress(Refused):
            found[TIMEZONE] = offset(zone)
    return {name: text for name, text in found.items() if text}


def shown_customs(contact: Contact) -> list[dict[str, str]]:
    """Return the custom fields: what others keep of the contact is among them."""
    said = {each["key"]: each for each in contact.details.get("customFields", [])}
    return [
        {
            "fieldName": said.get(key, {}).get("fieldName", key),
            "fieldValue": value,
            "searchKey": said.get(key, {}).get("searchKey", ""),
        }
        for key, value in contact.fields.items()
        if key not in TEXTS
    ]


def listed_names(text: str) -> list[str]:
    """Return names between commas as answers have them; what is not known stays as it is."""
    return [canonical(part) or part.strip() for part in text.split(",") if part.strip()]


def names_in(value: Any) -> list[str]:
    """Return texts between commas, which may come as a list too."""
    return [part.strip() for text in listed(value) for part in str(text).split(",") if part.strip()]
