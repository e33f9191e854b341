"""Many contacts from a file, some hundred at a time: what is new is made, what is known is changed or left alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import IO, Any, Literal

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import audit
from accounts.audit import Actor
from accounts.models import Account
from messaging import ids, rows
from messaging.contacts.cleaning import ATTRIBUTES, clean, must_be_reachable
from messaging.contacts.grouping import add_members, must_have_members
from messaging.contacts.many import in_chunks
from messaging.contacts.reading import Line, lines
from messaging.errors import Refusal, Refused
from messaging.models import Contact, Segment

MOST_PROBLEMS = 100  # that are told in words; all are counted
Mode = Literal["update", "skip", "repeat"]
Values = dict[str, Any]
_CHANGED = (*ATTRIBUTES, "fields", "updated_at")
_COLUMNS = ("id", "account", "workspace", "may_repeat", *_CHANGED)


@dataclass(frozen=True, slots=True)
class Problem:
    line: int
    reason: str


@dataclass(slots=True)
class Report:
    """What became of a file's lines. A line that repeats an earlier one of the file counts as updated or skipped."""

    created: int = 0
    updated: int = 0
    skipped: int = 0
    refused: int = 0
    problems: list[Problem] = field(default_factory=list)

    def count(self, sorted_out: Sorted) -> None:
        self.created += len(sorted_out.new)
        self.updated += sorted_out.updates
        self.skipped += sorted_out.skips

    def told(self) -> dict[str, int]:
        """Return the counts as the audit log has them."""
        return {"created": self.created, "updated": self.updated, "refused": self.refused}

    def refuse(self, line: int, reason: str) -> None:
        self.refused += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(line, reason))


@dataclass(frozen=True, slots=True)
class Place:
    """Whose contacts are read and made: an account's, in a workspace of it (an id) or in none.

    With `has_unique_numbers` no other contact gets the number of one that is made.
    """

    account: Account
    workspace: int | None = None
    has_unique_numbers: bool = True


def import_contacts(
    account: Account, file: IO[bytes], *, by: Actor, mode: Mode = "update", segment: Segment | None = None
) -> Report:
    """Read a CSV file (`reading.lines` says which) into the account, and into the segment if there is one.

    A line is about a contact that is there already if its number is known, or, without a number, its e-mail
    address. `update` writes what the line says over it and keeps the rest, `skip` leaves it as it is. Some
    hundred are committed together, so a file that was interrupted can simply be imported again. Contacts are
    those of the segment's workspace, or of none: a workspace's own are left alone.
    Raises Refused where the file as a whole cannot be read, and for a segment with rules; lines that cannot be
    taken are in the report.
    """
    report = Report()
    if segment:
        must_have_members(segment)
    place = Place(account, segment.workspace_id) if segment and segment.workspace_id else Place(account)
    for chunk in in_chunks(lines(file)):
        sorted_out = _write(place, cleaned(account, chunk, report), mode)
        report.count(sorted_out)
        if segment:
            add_members(segment, sorted_out.ids())
    audit.record(
        account=account, actor=by, action="contacts.imported", target=segment or account, changes=report.told()
    )
    return report


def cleaned(account: Account, chunk: Iterable[Line], report: Report) -> list[Values]:
    """Return the lines that can be taken as they are stored; the others go into the report."""
    found = []
    for line in chunk:
        try:
            if line.problem:
                raise Refused(Refusal.INVALID, line.problem)
            values = clean(account, line.values)
            must_be_reachable(values.get("address", ""), values.get("email", ""))
            found.append(values)
        except Refused as refused:
            report.refuse(line.number, refused.detail)
    return found


def _write(place: Place, values: list[Values], mode: Mode) -> Sorted:
    """Write one chunk; of two files of one account each waits for the other's.

    Where another request made one of its contacts meanwhile, it is read anew.
    """
    for left in reversed(range(3)):
        try:
            with transaction.atomic():
                return write_chunk(place, values, mode)
        except IntegrityError:
            if not left:
                raise
    raise AssertionError("unreachable")


def write_chunk(place: Place, values: list[Values], mode: Mode) -> Sorted:
    """Write some contacts in the caller's transaction; IntegrityError where another request makes one of them."""
    Account.objects.select_for_update(no_key=True).get(pk=place.account.pk)
    sorted_out = Sorted(place, values, mode)
    sorted_out.write()
    return sorted_out


@dataclass(slots=True)
class _Row:
    """A contact as it is written: much quicker to make than the model."""

    id: int
    address: str = ""
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    fields: dict[str, str] = field(default_factory=dict)

    def merge(self, values: Values) -> None:
        for name in ATTRIBUTES:
            if value := values.get(name):
                setattr(self, name, value)
        self.fields = {**self.fields, **values.get("fields", {})}

    def columns(self) -> list[Any]:
        return [self.address, self.email, self.first_name, self.last_name, self.fields]


class Sorted:
    """A chunk's lines: those about new contacts, and those about contacts that are there already."""

    def __init__(self, place: Place, cleaned: list[Values], mode: Mode) -> None:
        self._place = place
        self._keys = [_key(values) for values in cleaned]
        self._known = {} if mode == "repeat" else self._find()
        self.new: list[_Row] = []
        self.changed: dict[int, _Row] = {}
        self.updates = self.skips = 0
        stored = {row.id for row in self._known.values()}
        for key, values in zip(self._keys, cleaned, strict=True):
            row = None if mode == "repeat" else self._known.get(key)
            if row is None:
                self._known[key] = _Row(ids.new_ids(), **values)
                self.new.append(self._known[key])
            elif mode == "update":
                self.updates += 1
                row.merge(values)
                if row.id in stored:
                    self.changed[row.id] = row
            else:
                self.skips += 1

    def ids(self) -> list[int]:
        return [self._known[key].id for key in self._keys]

    def write(self) -> None:
        now = timezone.now()
        may_repeat = self._place.workspace is not None or not self._place.has_unique_numbers
        place = [self._place.account.pk, self._place.workspace, may_repeat]
        rows.insert(Contact, _COLUMNS, [[row.id, *place, *row.columns(), now] for row in self.new])
        rows.update(Contact, _CHANGED, [[id, *row.columns(), now] for id, row in self.changed.items()])

    def _find(self) -> dict[str, _Row]:
        """Return the contacts of the place that the lines are about, by number or e-mail address; locked."""
        emails, numbers = [key for key in self._keys if "@" in key], [key for key in self._keys if "@" not in key]
        mine = Contact.objects.select_for_update().for_account(self._place.account)
        here = mine.filter(workspace=self._place.workspace).order_by("may_repeat", "pk")
        theirs = here.reached_at(numbers=numbers, emails=emails)
        found = [_Row(*values) for values in theirs.values_list("id", *ATTRIBUTES, "fields")][::-1]  # the first wins
        return {row.email: row for row in found} | {row.address: row for row in found}


def _key(values: Values) -> str:
    """What a line is known by: its number (which has no @), else its e-mail address."""
    return str(values.get("address") or values["email"])
