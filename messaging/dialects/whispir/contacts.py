"""`/contacts`: people by their names, numbers and addresses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from messaging import contacts
from messaging.contacts.fitting import text_of
from messaging.dialects.whispir import contact_fields as known
from messaging.dialects.whispir import fields, mri
from messaging.dialects.whispir.kept import Kept, Listed, Single
from messaging.dialects.whispir.language import Element, Names
from messaging.dialects.whispir.language.writing import elements
from messaging.dialects.whispir.links import type_of
from messaging.dialects.whispir.serializers import read_id, render_id
from messaging.dialects.whispir.views import Item
from messaging.errors import Refusal, Refused
from messaging.models import Contact
from tokens.scopes import Scope

STATUSES = ("A", "D")
_REQUIRED = ("firstName", "lastName", known.TIMEZONE, "workCountry")
_REACHED = ("workMobilePhone1", "workEmailAddress1")  # required of a new one too
_BY_OTHER_NAMES = {"lastmodifiedtime": "updated_at", "worksetellitephone": "fields__workSatellitePhone"}
_SEARCHED = {
    **{name.lower(): f"fields__{name}" for name in known.TEXTS},
    **{name.lower(): attribute for name, attribute in known.ATTRIBUTE.items()},
    **_BY_OTHER_NAMES,
    "workmobilephone1": "digits",
}


class ContactView(Kept[Contact]):
    kind = "contact"
    names = Names("contact", "contacts", "contacts")
    needs: ClassVar[Mapping[str, Scope]] = {
        "GET": Scope.CONTACTS_LIST,
        "POST": Scope.CONTACTS_WRITE,
        "PUT": Scope.CONTACTS_WRITE,
        "DELETE": Scope.CONTACTS_DELETE,
    }
    path = "contacts"
    called = "contact"
    searchable: ClassVar[Mapping[str, str]] = _SEARCHED

    def rows(self) -> QuerySet[Contact]:
        """Return the contacts of the request's place; the custom fields that the query names have names there."""
        mine = Contact.objects.for_account(self.caller.account).filter(workspace=self.workspace)
        custom = {alias: text_of(known.ours(name)) for name, alias in self._custom().items()}
        return mine.select_related("workspace", "account").alias(digits=text_of("address"), **custom)

    # Searching
    def _custom(self) -> dict[str, str]:
        """Return the custom fields that the query names, each with its name in the database's question."""
        asked = self.request._request.GET
        named = [*asked, *(part.strip() for part in asked.get("sortFields", "").split(","))]
        custom = dict.fromkeys(n.lower() for n in named if n.lower().startswith(known.CUSTOM) and known.ours(n))
        return {name: f"own_{place}" for place, name in enumerate(custom)}

    def lookup(self, name: str) -> str | None:
        return super().lookup(name) or self._custom().get(name.lower())

    @staticmethod
    def _fits(lookup: str, name: str, value: str) -> Q:
        return Kept._fits(lookup, name, value.lstrip("+") if lookup == "digits" else value)

    def filtered(self) -> QuerySet[Contact]:
        found, place = super().filtered(), ("COMPANY", "PROJECT")[self.workspace is not None]
        if status := self.asked("status"):
            fitting = [word == "A" for word in STATUSES if fields.fits(status, word)]
            found = found.filter(is_active__in=fitting)
        if (kind := self.asked("type")) and not fields.fits(kind, place):
            return found.none()
        if id := self.asked("id"):
            found = found.filter(pk=read_id(id) or 0)
        if address := self.asked("mri"):
            named = mri.parse(address)
            found = found.filter(pk=named.number if named and named.kind == "contact" and named.number else 0)
        return found

    # Showing
    def brief(self, row: Contact) -> Item:
        shown = self._shown(row)
        names = known.listed_names(self.asked("fields")) or ["firstName", "lastName", "lastModifiedTime", "status"]
        return {
            "id": render_id(row.pk),
            **{name: shown[name] for name in names if name in shown},
            **self._nothing("messagingoptions"),
            **self._nothing("devices"),
            **self._customs(row),
            "link": [self.link("self", "GET", self.uri(row))],
        }

    def whole(self, row: Contact) -> Item:
        own = row.details
        return {
            **self._shown(row),
            "locations": self._in_xml("locations", "location", own.get("locations") or known.usual_locations()),
            "messagingoptions": self._options(own.get("options") or known.usual_options()),
            **self._nothing("devices"),
            **self._customs(row),
            "link": self._links(row),
        }

    def _shown(self, row: Contact) -> dict[str, Any]:
        """Return what there is to say of a contact in texts; `fields` may name any of it."""
        return {
            "id": render_id(row.pk),
            "type": "PROJECT" if row.workspace_id else "COMPANY",
            **known.shown(row),
            "lastModifiedTime": row.updated_at.astimezone(row.account.zone).isoformat(timespec="seconds"),
            "status": STATUSES[not row.is_active],
            "mri": mri.of_contact(row),
        }

    def _links(self, row: Contact) -> list[dict[str, str]]:
        links = self.links(row, update="updateContact", delete="deleteContact")
        return [{**link, "type": type_of(self.kind)} if link["method"] == "PUT" else link for link in links]

    def _customs(self, row: Contact) -> dict[str, Any]:
        if self.asked("customFields").lower() != "true":
            return {}
        return {"customFields": self._in_xml("customFields", "customField", known.shown_customs(row))}

    def _nothing(self, name: str) -> dict[str, Any]:
        """Return an empty list, which XML writes as an empty element."""
        return {name: Element(name) if self.form.is_xml else []}

    def _in_xml(self, name: str, item: str, values: list[dict[str, Any]]) -> Any:
        """Return a list, which XML has inside an element of its own."""
        if not self.form.is_xml:
            return values
        return Element(name, [Element(item, list(elements(each, link="ns3:link"))) for each in values])

    def _options(self, options: list[dict[str, Any]]) -> Any:
        if not self.form.is_xml:
            return options
        return Element("messagingoptions", [_option(option) for option in options])

    # Changing
    def make(self) -> Contact:
        account = self.caller.account
        with known.vendor_names():
            return contacts.create_contact(account, workspace=self.workspace, may_repeat=True, **self._given(None))

    def change(self, row: Contact) -> None:
        with known.vendor_names():
            contacts.change_contact(row, **self._given(row))

    def remove(self, row: Contact) -> None:
        if self.asked("action").lower() == "deleteall":
            contacts.delete_everywhere(row)
        else:
            contacts.delete_contact(row)

    def _given(self, row: Contact | None) -> dict[str, Any]:
        """Return what the payload says of a new contact, or of one that it replaces; raises Refused."""
        texts = known.texts(self.payload)
        for name in (*_REQUIRED, *(() if row else _REACHED)):
            if not texts.get(name):
                raise Refused(Refusal.REQUIRED, f"{name} is required.", field=name)
        attributes = {ours: texts.pop(name, "") for name, ours in known.ATTRIBUTE.items()}
        custom = self._given_customs(row)
        own = {each["key"]: each["fieldValue"] for each in custom}
        return {
            **attributes,
            "fields": {**texts, **own},
            "is_active": self._status(row),
            "details": self._details(row, custom),
        }

    def _given_customs(self, row: Contact | None) -> list[dict[str, str]]:
        """Return the payload's custom fields, else those that are there: reading the contact does not show them."""
        if "customFields" in self.payload or row is None:
            return known.customs(self.payload)
        said = {each["key"]: each for each in row.details.get("customFields", [])}
        kept = {key: value for key, value in row.fields.items() if key not in known.TEXTS}
        return [{"key": key, "fieldValue": value, **said.get(key, {})} for key, value in kept.items()]

    def _status(self, row: Contact | None) -> bool:
        usual = STATUSES[bool(row and not row.is_active)]
        return fields.choice(self.payload, "status", STATUSES, usual=usual) == STATUSES[0]

    def _details(self, row: Contact | None, custom: list[dict[str, str]]) -> dict[str, Any]:
        before = row.details.get("options") if row else None
        called = [{k: v for k, v in each.items() if k != "fieldValue"} for each in custom if "fieldName" in each]
        return {
            **(row.details if row else {}),
            "options": known.options(self.payload) or before or known.usual_options(),
            "locations": known.locations(self.payload),
            "customFields": called,
        }


def _option(option: Mapping[str, Any]) -> Element:
    rest = {name: value for name, value in option.items() if name != "channel"}
    inner = list(elements(rest, link="ns3:link"))
    return Element("messagingoption", inner, attributes={"channel": str(option["channel"])})


class Contacts(Listed[Contact], ContactView):
    """List, search and create."""


class OneContact(Single[Contact], ContactView):
    """Read, change, delete."""


class Devices(ContactView):
    """No contact has a device here: nothing is sent to apps."""

    kind = "contactdevice"
    needs: ClassVar[Mapping[str, Scope]] = {"POST": Scope.CONTACTS_WRITE}

    def post(self, request: Request, id: str, **of: Any) -> HttpResponse:
        self.one(id)
        raise Refused(Refusal.NOT_OFFERED, "Contacts have no devices here: nothing is sent to apps.")


class OneDevice(ContactView):
    kind = "contactdevice"

    def get(self, request: Request, id: str, device: str, **of: Any) -> HttpResponse:
        raise Refused(Refusal.NOT_FOUND, "There is no such device.")

    put = delete = get
