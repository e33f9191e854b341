"""Many contacts from a file, a thousand at a time: what is new is made, what is known is changed or left alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import IO, Any, Literal

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from accounts import audit
from accounts.audit import Actor
from accounts.models import Account
from messaging import rows
from messaging.contacts.cleaning import ATTRIBUTES, clean, must_be_reachable
from messaging.contacts.grouping import add_members
from messaging.contacts.many import in_chunks
from messaging.contacts.reading import Line, lines
from messaging.errors import Refusal, Refused
from messaging.models import Contact, Segment

MOST_PROBLEMS = 100  # that are told in words; all are counted
Mode = Literal["update", "skip"]
Values = dict[str, Any]
_CHANGED = (*ATTRIBUTES, "fields", "updated_at")


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

    def refuse(self, line: int, reason: str) -> None:
        self.refused += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(line, reason))


def import_contacts(
    account: Account, file: IO[bytes], *, by: Actor, mode: Mode = "update", segment: Segment | None = None
) -> Report:
    """Read a CSV file (`reading.lines` says which) into the account, and into the segment if there is one.

    A line is about a contact that is there already if its number is known, or, without a number, its e-mail
    address. `update` writes what the line says over it and keeps the rest, `skip` leaves it as it is. Each
    thousand is committed by itself, so a file that was interrupted can simply be imported again.
    Raises Refused where the file as a whole cannot be read; lines that cannot be taken are in the report.
    """
    report = Report()
    for chunk in in_chunks(lines(file)):
        sorted_out = _write(account, _cleaned(account, chunk, report), mode)
        report.created += len(sorted_out.new)
        report.updated += sorted_out.updates
        report.skipped += sorted_out.skips
        if segment:
            add_members(segment, sorted_out.ids())
    counts = {"created": report.created, "updated": report.updated, "refused": report.refused}
    audit.record(account=account, actor=by, action="contacts.imported", target=segment or account, changes=counts)
    return report


def _cleaned(account: Account, chunk: Iterable[Line], report: Report) -> list[Values]:
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


def _write(account: Account, cleaned: list[Values], mode: Mode) -> _Sorted:
    """Write one chunk. Where another request made one of its contacts meanwhile, it is read anew."""
    for left in reversed(range(3)):
        try:
            with transaction.atomic():
                sorted_out = _Sorted(account, cleaned, mode)
                sorted_out.write()
                return sorted_out
        except IntegrityError:
            if not left:
                raise
    raise AssertionError("unreachable")


class _Sorted:
    """A chunk's lines: those about new contacts, and those about contacts that are there already."""

    def __init__(self, account: Account, cleaned: list[Values], mode: Mode) -> None:
        self.new: list[Contact] = []
        self.changed: dict[int, Contact] = {}
        self.updates = self.skips = 0
        self._known = self._find(account, cleaned)
        stored = {contact.pk for contact in self._known.values()}
        self._keys = [_key(values) for values in cleaned]
        for key, values in zip(self._keys, cleaned, strict=True):
            contact = self._known.get(key)
            if contact is None:
                self._known[key] = Contact(account=account, **values)
                self.new.append(self._known[key])
            elif mode == "update":
                self.updates += 1
                _merge(contact, values)
                if contact.pk in stored:
                    self.changed[contact.pk] = contact
            else:
                self.skips += 1

    def ids(self) -> list[int]:
        return [self._known[key].pk for key in self._keys]

    def write(self) -> None:
        now = timezone.now()
        rows.insert(
            Contact,
            ("id", "account", *_CHANGED),
            [[contact.pk, contact.account_id, *_values(contact), now] for contact in self.new],
        )
        rows.update(Contact, _CHANGED, [[pk, *_values(contact), now] for pk, contact in self.changed.items()])

    def _find(self, account: Account, cleaned: list[Values]) -> dict[str, Contact]:
        """Return the account's contacts that the lines are about, by number or e-mail address; locked."""
        keys = [_key(values) for values in cleaned]
        mine = Contact.objects.select_for_update().for_account(account).order_by("-pk")
        emails, numbers = [key for key in keys if "@" in key], [key for key in keys if "@" not in key]
        found = list(mine.filter(Q(email__in=emails) | Q(address__in=numbers)))
        return {contact.email: contact for contact in found} | {contact.address: contact for contact in found}


def _merge(contact: Contact, values: Values) -> None:
    for name in ATTRIBUTES:
        setattr(contact, name, values.get(name) or getattr(contact, name))
    contact.fields |= values.get("fields", {})


def _key(values: Values) -> str:
    """What a line is known by: its number (which has no @), else its e-mail address."""
    return str(values.get("address") or values["email"])


def _values(contact: Contact) -> list[Any]:
    return [*(getattr(contact, name) for name in ATTRIBUTES), contact.fields]
