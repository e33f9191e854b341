"""What the operations about contacts, distribution lists, resources and imports take and answer."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct, defstruct

from messaging.dialects.whispir import contact_fields, distributionlists, imports, resources
from messaging.dialects.whispir.schema_words import IN, ONE, Hex, Link, kept, takes, types
from messaging.documents import Answer, Operation, one_of
from messaging.errors import Refusal
from messaging.media import tables

Name = Annotated[str, Meta(min_length=1, max_length=150, pattern=r"\S")]
Some = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"\S")]
Text = Annotated[str, Meta(max_length=255)] | int
Truth = bool | Annotated[str, one_of(("true", "false"))]


class Option(Struct):
    """By which of its fields a contact is reached."""

    channel: Annotated[str, one_of(contact_fields.CHANNELS)]
    enabled: Truth | None = None
    primary: Annotated[str, one_of(("", *contact_fields.ATTRIBUTE, *contact_fields.TEXTS))] | None = None
    secondary: Annotated[str, one_of(("", *contact_fields.ATTRIBUTE, *contact_fields.TEXTS))] | None = None
    tertiary: Annotated[str, one_of(("", *contact_fields.ATTRIBUTE, *contact_fields.TEXTS))] | None = None


class Location(Struct):
    """A place on the map."""

    latitude: Annotated[float, Meta(ge=-90, le=90)]
    longitude: Annotated[float, Meta(ge=-180, le=180)]
    type: Annotated[str, Meta(max_length=64)] | None = None


class CustomField(Struct, rename="camel"):
    """A field of the account's own; shown with `customFields=true`."""

    field_name: Annotated[str, Meta(min_length=1, max_length=64, pattern="^[A-Za-z0-9_.-]+$")]
    field_value: Annotated[str, Meta(max_length=1024)] | None = None
    search_key: Annotated[str, Meta(max_length=64)] | None = None


_SHAPES = {
    "workMobilePhone1": Annotated[str, Meta(pattern="^[1-9][0-9]{9,13}$")],
    "workEmailAddress1": Annotated[str, Meta(pattern=r"^[a-z]{1,20}@[a-z]{1,20}\.(com|org)$")],
    "timezone": Annotated[str, Meta(pattern="^[+-](1[0-3]|[0-9])$")],
    "workCountry": Some,
    "firstName": Name,
    "lastName": Name,
}
_OTHERS: list[Any] = [(name, Text | None, None) for name in contact_fields.TEXTS if name not in _SHAPES]
NewContact = defstruct(
    "NewContact",
    [
        *_SHAPES.items(),
        *_OTHERS,
        ("status", Annotated[str, one_of(("A", "D"))] | None, None),
        ("messagingoptions", Annotated[list[Option], Meta(max_length=20)] | None, None),
        ("locations", Annotated[list[Location], Meta(max_length=20)] | None, None),
        ("customFields", Annotated[list[CustomField], Meta(max_length=10)] | None, None),
    ],
    namespace={"__doc__": "A person. A number or an address is required of a new one only."},
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
        ("messagingoptions", list[Option]),
        ("locations", list[Location]),
        ("devices", list[Any]),
        ("link", list[Link]),
        *((name, str | None, None) for name in ("workMobilePhone1", "workEmailAddress1", *contact_fields.TEXTS)),
        ("customFields", list[CustomField] | None, None),
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


class Rule(Struct, rename="camel"):
    """What a contact's field must say, `*` standing for anything."""

    rule_filter: Annotated[str, one_of(("division", "businessUnit", "role1", "firstName", "workCountry"))]
    rule_content: Some
    rule_filter_actual_name: Annotated[str, Meta(max_length=255)] | None = None


class NewList(Struct, rename="camel"):
    """People to write to at once, chosen by their ids between commas, or by rules."""

    name: Annotated[str, Meta(min_length=1, max_length=150, pattern="^[A-Za-z0-9][A-Za-z0-9 ]*$")]
    description: Annotated[str, Meta(max_length=2000)] | None = None
    access: Annotated[str, one_of(distributionlists.ACCESS)] | None = None
    visibility: Annotated[str, one_of(distributionlists.VISIBILITY)] | None = None
    type: Annotated[str, one_of(distributionlists.TYPES)] | None = None
    contact_ids: str | None = None
    user_ids: str | None = None
    dist_list_ids: str | None = None
    entity_type: Annotated[str, one_of(("contact",))] | None = None
    rules: Annotated[list[Rule], Meta(max_length=50)] | str | None = None
    locations: Annotated[list[Location], Meta(max_length=20)] | None = None


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
    locations: list[Location]
    distlistdetails: list[Member]
    link: list[Link]
    entity_type: str | None = None
    rules: list[Any] | None = None


class Lists(Struct, rename="camel"):
    """A page of distribution lists."""

    status: str
    link: list[Link]
    distribution_lists: list[BriefList] | None = None


class NewResource(Struct, rename="camel"):
    """A file in base64, of at most 10 MB. A private one is CSV, JSON or XML with rows."""

    name: Annotated[str, Meta(min_length=1, max_length=240, pattern="[A-Za-z0-9]")]
    scope: Annotated[str, one_of(resources.SCOPES)]
    mime_type: Annotated[str, one_of(tuple(tables.READERS))]
    deref_uri: Annotated[str, Meta(min_length=4, pattern="^([A-Za-z0-9+/]{4})+$")]


class Resource(Struct, rename="camel"):
    """What a file is, never what is in it."""

    id: Hex
    name: str
    scope: str
    mime_type: str
    link: list[Link]
    url: str | None = None


class Resources(Struct):
    """A page of resources, the one that was changed last first."""

    status: str
    link: list[Link]
    resources: list[Resource] | None = None


class Options(Struct, rename="camel"):
    """Which column is what, and what becomes of contacts that are there already."""

    field_mapping: dict[str, str]
    import_mode: Annotated[str, one_of(tuple(imports.MODES))] | None = None


class NewImport(Struct, rename="camel"):
    """A resource to read contacts from. The mode may stand beside the options too."""

    resource_id: str
    import_type: Annotated[str, one_of(("contact",))]
    import_options: Options
    import_mode: Annotated[str, one_of(tuple(imports.MODES))] | None = None


_CONTACT = {
    "firstName": "Ana",
    "lastName": "Roe",
    "timezone": "Australia/Melbourne",
    "workCountry": "Australia",
    "workMobilePhone1": "61400400400",
    "workEmailAddress1": "ana@example.com",
}
_RESOURCE = {
    "name": "people.csv",
    "scope": "private",
    "mimeType": "text/csv",
    "derefUri": "bmFtZSxtb2JpbGUKQW5hLDYxNAo=",
}
_COLUMNS = {
    "firstName": "First",
    "lastName": "Last",
    "workMobilePhone1": "Mobile",
    "workCountry": "Country",
    "timezone": "Zone",
}
_IMPORT = {
    "resourceId": "$ID",
    "importType": "contact",
    "importOptions": {"fieldMapping": _COLUMNS, "importMode": "replace"},
}
_SORTED = {"sortFields": "Names of fields, between commas.", "sortOrder": "`asc` or `desc`."}


def _import(path: str, where: str, within: dict[str, str]) -> dict[str, Operation]:
    return {
        f"POST {path}": Operation(
            summary=f"Import contacts{where}",
            tag="imports",
            description="Runs in the background; what became of the rows stands in the audit log.",
            path=within,
            takes=takes(NewImport, imports.Imports.kind),
            examples={"Contacts": _IMPORT},
            answers={202: Answer(str, is_plain=True, media_type=types(imports.Imports.kind))},
            refuses=(Refusal.MEDIA_FORMAT,),
        )
    }


def _devices(path: str, where: str, within: dict[str, str]) -> dict[str, Operation]:
    one = {"path": {**within, **ONE, "device": "$ID"}, "answers": {404: Answer(None)}}
    several = {"path": within | ONE, "needs_body": False, "answers": {501: Answer(None)}}
    words = {
        f"POST {path}": ("Create a device", {**several, "takes": takes(dict[str, Any], "contactdevice")}),
        f"GET {path}/{{device}}": ("Read a device", one),
        f"PUT {path}/{{device}}": ("Change a device", {**one, "needs_body": False}),
        f"DELETE {path}/{{device}}": ("Delete a device", one),
    }
    return {
        name: Operation(summary=f"{summary}{where}", tag="contacts", differs=_NO_DEVICES, **rest)
        for name, (summary, rest) in words.items()
    }


_NO_DEVICES = "No contact has devices: nothing is sent to apps."


OPERATIONS: dict[str, Operation] = {
    **kept(
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
            **_SORTED,
        },
    ),
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
                 **_SORTED},
    ),
    **kept(
        "resources",
        "resource",
        called="resource",
        several="resources",
        listing=Resources,
        item=Resource,
        new=NewResource,
        example=_RESOURCE,
        filters={"name": "Part of the name.", "scope": "`private` or `public`.", **_SORTED},
    ),
    **_devices("/contacts/{id}/devices", "", {}),
    **_devices("/workspaces/{wid}/contacts/{id}/devices", " in a workspace", IN),
    **_import("/imports", "", {}),
    **_import("/workspaces/{wid}/imports", " in a workspace", IN),
}  # fmt: skip
