"""What the operations about contacts, distribution lists, resources and imports take and answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from msgspec import Meta, Struct, defstruct

from messaging.dialects.whispir import contact_fields
from messaging.dialects.whispir.schema_words import (
    IN,
    ONE,
    SORTED,
    Error,
    Hex,
    Link,
    LongText,
    Nothing,
    Required,
    Text,
    answer,
    kept,
    takes,
)
from messaging.documents import Operation

Ids = Any  # texts with ids between commas; what a dynamic list ignores may be anything


class Option(Struct):
    """By which of its fields a contact is reached."""

    channel: Required
    enabled: bool | Text | None = None
    primary: Text | None = None
    secondary: Text | None = None
    tertiary: Text | None = None


class ShownOption(Struct):
    """An option as it is answered: fields begin with a capital."""

    channel: str
    enabled: bool
    primary: str
    secondary: str
    tertiary: str


class Location(Struct):
    """A place on the map."""

    latitude: Text | None = None
    longitude: Text | None = None
    type: Text | None = None


class ShownLocation(Struct):
    """A place on the map, in degrees."""

    latitude: float
    longitude: float
    type: str


class CustomField(Struct, rename="camel"):
    """A field of the account's own."""

    field_name: Required
    field_value: Annotated[str, Meta(max_length=1024)] | int | float | None = None
    search_key: Text | None = None


class ShownCustomField(Struct, rename="camel"):
    """A field of the account's own; shown with `customFields=true`."""

    field_name: str
    field_value: str
    search_key: str


_NAMED = ("firstName", "lastName", contact_fields.TIMEZONE, "workCountry")
_REACHED = ("workMobilePhone1", "workEmailAddress1")
_OPTIONAL: list[Any] = [
    *((name, Text | None, None) for name in contact_fields.TEXTS if name not in _NAMED),
    ("status", Text | None, None),
    ("messagingoptions", Annotated[list[Option], Meta(max_length=20)] | dict[str, Any] | Nothing | None, None),
    ("locations", Annotated[list[Location], Meta(max_length=20)] | dict[str, Any] | Nothing | None, None),
    ("customFields", Annotated[list[CustomField], Meta(max_length=100)] | dict[str, Any] | Nothing | None, None),
]
NewContact = defstruct(
    "NewContact",
    [*((name, Required) for name in (*_NAMED, *_REACHED)), *_OPTIONAL],
    namespace={"__doc__": "A person."},
)
ChangedContact = defstruct(
    "ChangedContact",
    [*((name, Required) for name in _NAMED), *((name, Text | None, None) for name in _REACHED), *_OPTIONAL],
    namespace={"__doc__": "A person as it is to be: what is left out goes, but status, options and custom fields."},
)
Contact = defstruct(
    "Contact",
    [
        ("id", Hex),
        ("type", str),
        ("firstName", str | None, None),
        ("lastName", str | None, None),
        ("lastModifiedTime", str),
        ("status", str),
        ("mri", str),
        ("messagingoptions", list[ShownOption]),
        ("locations", list[ShownLocation]),
        ("devices", list[Any]),
        ("link", list[Link]),
        *((name, str | None, None) for name in ("workMobilePhone1", "workEmailAddress1", *contact_fields.TEXTS)),
        ("customFields", list[ShownCustomField] | None, None),
    ],
    kw_only=True,
    namespace={"__doc__": "A person; of the fields in texts those that have a value."},
)


class BriefContact(Struct, rename="camel", kw_only=True):
    """A contact as lists show it; `fields` names other fields."""

    id: Hex
    messagingoptions: list[Any]
    devices: list[Any]
    link: list[Link]
    first_name: str | None = None
    last_name: str | None = None
    last_modified_time: str | None = None
    status: str | None = None


class Contacts(Struct):
    """A page of contacts."""

    status: str
    link: list[Link]
    contacts: list[BriefContact] | None = None


class NewList(Struct, rename="camel"):
    """People to write to at once: `static`, by ids between commas, or `dynamic`, by rules.

    A rule is `{"ruleFilter", "ruleFilterActualName", "ruleContent"}`: a contact's field, what it is called, and what it
    must say, in which `*` stands for anything. All must fit.
    """

    name: Required
    description: LongText | None = None
    access: Text | None = None
    visibility: Text | None = None
    type: Text | None = None
    contact_ids: Ids = None
    user_ids: Ids = None
    dist_list_ids: Ids = None
    entity_type: Any = None
    rules: Any = None
    locations: Annotated[list[Location], Meta(max_length=20)] | dict[str, Any] | Nothing | None = None


class BriefList(Struct, rename="camel"):
    """A distribution list as lists show it."""

    id: Hex
    name: str
    mri: str
    description: str
    member_count: str
    access: str
    visibility: str
    link: list[Link]


class Member(Struct):
    """A contact, a user or a list that is in a list."""

    id: Hex
    name: str
    type: str
    link: list[Link]


class List(Struct, rename="camel", kw_only=True):
    """A distribution list; the first thousand of its members with their names."""

    id: Hex
    name: str
    mri: str
    description: str
    member_count: str
    access: str
    visibility: str
    type: str
    contact_ids: str
    user_ids: str
    dist_list_ids: str
    locations: list[ShownLocation]
    distlistdetails: list[Member]
    link: list[Link]
    entity_type: str | None = None
    rules: list[Any] | None = None


class Lists(Struct, rename="camel"):
    """A page of distribution lists."""

    status: str
    link: list[Link]
    distribution_lists: list[BriefList] | None = None


_CONTACT = {
    "firstName": "Ana",
    "lastName": "Roe",
    "timezone": "Australia/Melbourne",
    "workCountry": "Australia",
    "workMobilePhone1": "61400400400",
    "workEmailAddress1": "ana@example.com",
}


def _devices(path: str, where: str, within: dict[str, str]) -> dict[str, Operation]:
    one: dict[str, Any] = {"path": {**within, **ONE, "device": "$ID"}, "answers": {404: answer(Error, "message")}}
    several: dict[str, Any] = {
        "path": within | ONE,
        "needs_body": False,
        "answers": {501: answer(Error, "message")},
    }
    words: dict[str, tuple[str, dict[str, Any]]] = {
        f"POST {path}": (
            "Create a device",
            {**several, "takes": takes(dict[str, Any], "contactdevice"), "examples": _DEVICE},
        ),
        f"GET {path}/{{device}}": ("Read a device", one),
        f"PUT {path}/{{device}}": ("Change a device", {**one, "needs_body": False}),
        f"DELETE {path}/{{device}}": ("Delete a device", one),
    }
    return {
        name: Operation(summary=f"{summary}{where}", tag="contacts", differs=_NO_DEVICES, **rest)
        for name, (summary, rest) in words.items()
    }


_DEVICE = {"A phone": {"deviceName": "Phone", "platform": "GCM"}}
_NO_DEVICES = "No contact has devices: nothing is sent to apps."


_CONTACTS = kept(
    "contacts",
    "contact",
    called="contact",
    several="contacts",
    listing=Contacts,
    item=Contact,
    new=NewContact,
    example=_CONTACT,
    filters={
        "firstName": "Its text, or part of it; so with every field. `*` stands for anything.",
        "custom_StaffId": "`custom_` and the name of a field of your own, likewise.",
        "fields": "Fields to show instead of the names, between commas.",
        "customFields": "`true` shows fields of your own too.",
        **SORTED,
    },
)
_CHANGED = takes(ChangedContact, "contact")

OPERATIONS: dict[str, Operation] = {
    **{name: replace(one, takes=_CHANGED) if name.startswith("PUT ") else one for name, one in _CONTACTS.items()},
    **kept(
        "distributionlists",
        "distributionlist",
        called="distribution list",
        several="distribution lists",
        listing=Lists,
        item=List,
        new=NewList,
        example={"name": "Night shift", "access": "Open", "visibility": "Public", "type": "static"},
        filters={"name": "Part of the name; the list of just this name comes first.", "description": "Part of it.",
                 **SORTED},
    ),
    **_devices("/contacts/{id}/devices", "", {}),
    **_devices("/workspaces/{wid}/contacts/{id}/devices", " in a workspace", IN),
}  # fmt: skip
