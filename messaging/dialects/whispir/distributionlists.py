"""`/distributionlists`: people to write to all at once, chosen one by one or by rules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

from django.db.models import Case, IntegerField, Model, QuerySet, Value, When

from accounts.models import User
from messaging import contacts
from messaging.dialects.whispir import contact_fields as known
from messaging.dialects.whispir import fields, lists, mri, rules
from messaging.dialects.whispir.kept import Kept, Listed, Single
from messaging.dialects.whispir.language import Element, Names
from messaging.dialects.whispir.language.writing import elements
from messaging.dialects.whispir.serializers import read_id, render_id
from messaging.dialects.whispir.views import Item
from messaging.errors import Refusal, Refused
from messaging.models import Contact, Segment, SegmentMember
from tokens.scopes import Scope

ACCESS = ("Open", "ByApproval", "Restricted", "ViewOnly")
VISIBILITY = ("Public", "Private")
TYPES = ("static", "dynamic")
MOST_DETAILS = 1000  # members of which a list says who they are
MOST_INNER = 100  # lists in a list
_NAME = re.compile(r"[\w ]+")


class ListView(Kept[Segment]):
    kind = "distributionlist"
    names = Names("distributionList", "distributionLists", "distributionLists")
    needs: ClassVar[Mapping[str, Scope]] = {
        "GET": Scope.CONTACTS_LIST,
        "POST": Scope.CONTACTS_WRITE,
        "PUT": Scope.CONTACTS_WRITE,
        "DELETE": Scope.CONTACTS_DELETE,
    }
    path = "distributionlists"
    called = "distribution list"
    searchable: ClassVar[Mapping[str, str]] = {
        "name": "name",
        "description": "details__description",
        "access": "details__access",
        "visibility": "details__visibility",
    }

    def rows(self) -> QuerySet[Segment]:
        """Return the lists of the request's place; one whose name is just what is searched for comes first."""
        same = When(name__iexact=self.asked("name"), then=Value(0))
        is_other = Case(same, default=Value(1), output_field=IntegerField())
        return lists.of(self.caller.account, self.workspace).alias(is_other=is_other)

    def _order(self) -> list[str]:
        """The exact name first also where an order is asked for."""
        return ["is_other", *super()._order()]

    # Showing
    def brief(self, row: Segment) -> Item:
        return {**self._shown(row), "link": [self.link("self", "GET", self.uri(row))]}

    def whole(self, row: Segment) -> Item:
        own = row.details
        ids = SegmentMember.objects.filter(segment=row).order_by("contact_id").values_list("contact_id", flat=True)
        return {
            **self._shown(row),
            "type": TYPES[bool(row.rules)],
            "contactIds": _joined(ids.iterator()),
            "userIds": _joined(own.get("users", [])),
            "distListIds": _joined(own.get("segments", [])),
            **({"entityType": "contact", "rules": [rules.shown(rule) for rule in row.rules]} if row.rules else {}),
            "locations": self._locations(own.get("locations", [])),
            "distlistdetails": [self._detail(member) for member in _people(row)],
            "link": self.links(row, update="updateDistList", delete="deleteDistList"),
        }

    def _shown(self, row: Segment) -> dict[str, Any]:
        own = row.details
        return {
            "id": render_id(row.pk),
            "name": row.name,
            "mri": mri.of_list(row),
            "description": own.get("description", ""),
            "memberCount": str(contacts.count_in(row)),
            "access": own.get("access", ACCESS[0]),
            "visibility": own.get("visibility", VISIBILITY[0]),
        }

    def _locations(self, places: list[dict[str, Any]]) -> Any:
        if not self.form.is_xml:
            return places
        return Element("locations", [Element("location", list(elements(p, link="ns3:link"))) for p in places])

    def _detail(self, member: Model) -> dict[str, Any]:
        path, name, type = _SHOWN[member.__class__]
        where = self.root_url if isinstance(member, User) else self.url  # people are the company's
        return {
            "id": render_id(member.pk),
            "name": str(name(member)),
            "type": type,
            "link": [self.link("self", "GET", where(path, render_id(member.pk)))],
        }

    # Changing
    def make(self) -> Segment:
        given = self._given(None)
        with _in_words():
            return contacts.create_segment(
                self.caller.account, workspace=self.workspace, by=self.caller.actor(), **given
            )

    def change(self, row: Segment) -> None:
        given = self._given(row)
        with _in_words():
            contacts.change_segment(row, by=self.caller.actor(), **given)

    def remove(self, row: Segment) -> None:
        contacts.delete_segment(row, by=self.caller.actor())

    def _given(self, row: Segment | None) -> dict[str, Any]:
        """Return what the payload says of a list; one that is there keeps what it does not name. Raises Refused."""
        chosen = self._rules(row)
        given: dict[str, Any] = {"name": self._name(row), "rules": chosen, "details": self._details(row, chosen)}
        if not chosen and (row is None or "contactIds" in self.payload):
            given["members"] = self._contacts()
        return given

    def _name(self, row: Segment | None) -> str:
        name = fields.text(self.payload, "name", required=True, most=150)
        if (row is None or row.name != name) and (not _NAME.fullmatch(name) or "_" in name):
            why = "name has letters, digits and blanks, and no special characters."
            raise Refused(Refusal.INVALID, why, field="name")
        return name

    def _rules(self, row: Segment | None) -> list[dict[str, str]]:
        usual = TYPES[bool(row and row.rules)]
        if fields.choice(self.payload, "type", TYPES, usual=usual) == TYPES[0]:
            return []
        if row is None or not row.rules or "entityType" in self.payload:
            fields.choice(self.payload, "entityType", ("contact",))
        if row is not None and row.rules and "rules" not in self.payload:
            return list(row.rules)
        return rules.read(self.payload)

    def _details(self, row: Segment | None, chosen: list[dict[str, str]]) -> dict[str, Any]:
        own, given = (row.details if row else {}), self.payload
        found = {
            **own,
            "description": fields.text(given, "description", most=2000, usual=_kept(given, "description", own, "")),
            "access": fields.choice(given, "access", ACCESS, usual=own.get("access", ACCESS[0])),
            "visibility": fields.choice(given, "visibility", VISIBILITY, usual=own.get("visibility", VISIBILITY[0])),
        }
        if "locations" in given or row is None:
            found["locations"] = known.locations(given)
        if chosen:
            return {**found, "users": [], "segments": []}
        if "userIds" in given or row is None:
            found["users"] = self._users()
        if "distListIds" in given or row is None:
            found["segments"] = self._segments()
        return found

    def _contacts(self) -> list[int]:
        mine = Contact.objects.for_account(self.caller.account).filter(workspace=self.workspace)
        return self._ids("contactIds", mine)

    def _users(self) -> list[int]:
        return self._ids("userIds", User.objects.filter(memberships__account=self.caller.account))

    def _segments(self) -> list[int]:
        found = self._ids("distListIds", lists.of(self.caller.account, self.workspace))
        if len(found) > MOST_INNER:
            raise Refused(Refusal.INVALID, f"A list has at most {MOST_INNER} lists in it.", field="distListIds")
        return found

    def _ids(self, name: str, rows: QuerySet[Any]) -> list[int]:
        """Return the ids that a field names, each once; raises Refused where one is not among the rows."""
        written = dict.fromkeys(known.names_in(self.payload.get(name)))
        found: list[int] = []
        for some in contacts.in_chunks(written):
            asked = {read_id(text.upper()) or 0: text for text in some}
            there = set(rows.filter(pk__in=asked).values_list("pk", flat=True))
            for id, text in asked.items():
                if id not in there:
                    raise Refused(Refusal.INVALID, f"{name}: there is no {text[:64]} here.", field=name)
            found += asked
        return found


@contextmanager
def _in_words() -> Iterator[None]:
    """Let a name that is taken be that of a list, as these are called here."""
    try:
        yield
    except Refused as refused:
        if refused.refusal is not Refusal.EXISTS:
            raise
        why = "There is a distribution list of this name already."
        raise Refused(Refusal.EXISTS, why, field="name") from None


def _kept(given: Mapping[str, Any], name: str, own: Mapping[str, Any], usual: str) -> str:
    """Return what stands where the payload says nothing; a text that is there and empty says so."""
    return usual if name in given else str(own.get(name, usual))


def _joined(ids: Iterable[int]) -> str:
    return ",".join(render_id(id) for id in ids)


def _people(segment: Segment) -> Iterable[Model]:
    """Yield who is named in a list, up to a number: contacts (of one with rules, who fits), users, lists."""
    own = segment.details
    yield from contacts.all_in(segment).order_by("pk")[:MOST_DETAILS]
    if not segment.rules:
        yield from contacts.users_of(segment)[:MOST_DETAILS]
        mine = Segment.objects.filter(account=segment.account_id, workspace=segment.workspace_id)
        yield from mine.filter(pk__in=own.get("segments", [])[:MOST_DETAILS]).order_by("pk")


_SHOWN: Mapping[type[Model], Any] = {
    Contact: ("contacts", lambda contact: contact.name, "Contact"),
    User: ("users", lambda user: user.get_full_name(), "User"),
    Segment: ("distributionlists", lambda segment: segment.name, "DistributionList"),
}


class DistributionLists(Listed[Segment], ListView):
    """List, search and create."""


class OneDistributionList(Single[Segment], ListView):
    """Read, change, delete."""
