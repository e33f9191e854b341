"""Bulk messages: a file's rows are the recipients, and their values fill the message."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from accounts.models import Account
from messaging import numbers
from messaging.dialects.whispir import fields, files, people, recipients
from messaging.dialects.whispir.people import Person
from messaging.errors import Refusal, Refused
from messaging.media import resources
from messaging.models import Channel, Contact, Workspace

MOST_MATCHED = 5000  # rows up to which contacts are looked for unless the caller says otherwise
_CHUNK = 500
_USUAL = {"smsMappingField": "mobile", "emailMappingField": "email", "voiceMappingField": "mobile"}
_CHANNELS: Mapping[str, tuple[Channel, ...]] = {
    "smsMappingField": (Channel.SMS, Channel.WHATSAPP, Channel.RCS),
    "emailMappingField": (Channel.EMAIL,),
    "voiceMappingField": (Channel.VOICE,),
}
Row = Mapping[str, str]  # names in lower case


def resolve(payload: Mapping[str, Any], account: Account, workspace: Workspace | None) -> list[Person]:
    """Return a person for each row of the file; raises Refused, also for a column that it does not have."""
    resource = fields.part(payload, "resource", required=True)
    media = files.find(account, workspace, fields.text(resource, "resourceId", required=True))
    rows = [
        {name.lower(): text for name, text in row.items()} for row in islice(resources.rows(media), recipients.MOST + 1)
    ]
    if len(rows) > recipients.MOST:
        raise recipients.too_many()
    if not rows:
        raise Refused(Refusal.INVALID, "The resource has no rows.", field="resourceId")
    columns = _columns(resource, rows)
    found = [_person(place, row, columns, account) for place, row in enumerate(rows, start=1)]
    if _is_matched(payload, resource, len(rows)):
        _match(found, account, workspace)
    return list(_once(found))


def _columns(resource: Mapping[str, Any], rows: Sequence[Row]) -> dict[str, str]:
    """Return, by the vendor's field, the column where addresses stand."""
    known = {name for row in rows for name in row}
    found = {}
    for name, usual in _USUAL.items():
        column = fields.text(resource, name).lower()
        if column and column not in known:
            raise Refused(Refusal.INVALID, f"The resource has no column {column[:100]}.", field=name)
        if column or usual in known:
            found[name] = column or usual
    if not found:
        raise Refused(Refusal.REQUIRED, "smsMappingField or emailMappingField is required.", field="smsMappingField")
    return found


def _person(place: int, row: Row, columns: Mapping[str, str], account: Account) -> Person:
    addresses: dict[Channel, str] = {}
    problem = "There is no address in this row."
    for name, column in columns.items():
        text = row.get(column, "").strip()
        try:
            address = _address(text, account, is_email=name == "emailMappingField") if text else ""
        except Refused as refused:
            problem = f"{text[:64]}: {refused.detail}"
            continue
        addresses |= dict.fromkeys(_CHANNELS[name], address) if address else {}
    if not addresses:
        return Person(f"row {place}", {}, values=row, code="no_address", problem=problem)
    shown = next(iter(addresses.values()))
    return Person(shown.lstrip("+"), addresses, values=row)


def _address(text: str, account: Account, *, is_email: bool) -> str:
    if is_email:
        return recipients.email(text)
    return numbers.msisdn(text, region=account.default_region, strict=account.strict_numbers)


def _is_matched(payload: Mapping[str, Any], resource: Mapping[str, Any], rows: int) -> bool:
    options = fields.part(resource, "options") or fields.part(payload, "options")
    return fields.flag(options, "resolveRecipients", usual=rows < MOST_MATCHED)


def _match(found: Sequence[Person], account: Account, workspace: Workspace | None) -> None:
    """Give those who are contacts their names, and the contacts' values beside the rows' own."""
    mine = Contact.objects.for_account(account).filter(workspace=workspace, is_active=True)
    with_numbers = [person for person in found if person.mobile]
    for start in range(0, len(with_numbers), _CHUNK):
        chunk = with_numbers[start : start + _CHUNK]
        contacts = mine.reached_at(numbers={person.mobile for person in chunk}).order_by("-pk")
        known = {contact.address: contact for contact in contacts}
        for person in chunk:
            if contact := known.get(person.mobile):
                contact.workspace = workspace
                named = people.of_contact(contact, account)
                person.name, person.mri = named.name, named.mri
                person.values = {**named.values, **person.values}


def _once(found: Sequence[Person]) -> Iterator[Person]:
    """Leave out rows that say the same as an earlier one."""
    seen: set[tuple[object, ...]] = set()
    for person in found:
        mark = (person.mobile, person.email, tuple(sorted(person.values.items())))
        if person.code or mark not in seen:
            seen.add(mark)
            yield person
