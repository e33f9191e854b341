"""What `to` means: numbers, e-mail addresses, and MRIs of contacts, people and lists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.models import Account, User
from messaging import numbers
from messaging.dialects.whispir import lists, mri, people
from messaging.dialects.whispir.mri import Mri
from messaging.dialects.whispir.people import Person
from messaging.errors import Refusal, Refused
from messaging.models import Contact, Segment, Workspace
from tokens.models import ApiLogin

MOST_TO = 10_000  # characters
MOST = 10_000  # recipients, and messages to them, of one request
_UNKNOWN = "unknown_recipient"


def read(value: object) -> list[str]:
    """Return what stands between semicolons and commas, each once; raises Refused."""
    if value in (None, ""):
        raise Refused(Refusal.REQUIRED, "to is required.", field="to")
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise Refused(Refusal.INVALID, "to must be a text.", field="to")
    if len(value) > MOST_TO:
        raise Refused(Refusal.TOO_LONG, f"to has at most {MOST_TO} characters.", field="to", params={"limit": MOST_TO})
    found = list(dict.fromkeys(part for part in map(str.strip, re.split("[;,]", value)) if part))
    if not found:
        raise Refused(Refusal.REQUIRED, "to is required.", field="to")
    return found


def too_many() -> Refused:
    why = f"One request makes at most {MOST:,} messages: split the list or the file."
    return Refused(Refusal.INVALID, why, field="to", params={"limit": MOST})


def must_be_looked_up(entries: list[str]) -> bool:
    """True if some of them are more than numbers and e-mail addresses: who that is may change."""
    return any(mri.parse(entry) or not (entry.translate(_GROUPING).isdigit() or "@" in entry) for entry in entries)


_GROUPING = str.maketrans("", "", "+ -.()")


def resolve(entries: list[str], account: Account, workspace: Workspace | None) -> list[Person]:
    """Return the people who are meant, each once.

    Whoever is not known is among them, with the reason. Raises Refused for what is neither number nor address, for a
    list of another workspace, and where there are too many.
    """
    everybody = (person for entry in entries for person in _people(entry, account, workspace))
    found = people.once(islice(everybody, MOST + 1))
    if len(found) > MOST:
        raise too_many()
    return found


def _people(entry: str, account: Account, workspace: Workspace | None) -> Iterator[Person]:
    if named := mri.parse(entry):
        yield from _MEANT[named.kind](entry, named, account, workspace)
    elif "@" in entry:
        yield people.at_email(email(entry))
    else:
        yield from _number_or_list(entry, account, workspace)


def email(text: str) -> str:
    """Return an e-mail address; raises Refused(RECIPIENT)."""
    try:
        validate_email(text)
    except ValidationError:
        why = f"{text[:100]} is neither an e-mail address nor an MRI."
        raise Refused(Refusal.RECIPIENT, why, field="to") from None
    return text


def _number_or_list(entry: str, account: Account, workspace: Workspace | None) -> Iterator[Person]:
    try:
        number = numbers.msisdn(entry, region=account.default_region, strict=account.strict_numbers)
    except Refused as refused:
        if not any(c.isalpha() for c in entry):
            why = f"{entry[:100]} is not a phone number with its country code."
            raise Refused(Refusal.RECIPIENT, why, field="to") from refused
        segment = lists.of(account, workspace).filter(name=entry).first()
        if segment is None:
            why = f"{entry[:100]} is neither a phone number with its country code nor a list here."
            raise Refused(Refusal.RECIPIENT, why, field="to") from refused
        yield from _members(segment, account, workspace)
    else:
        yield people.at_number(number)


def _contact(entry: str, named: Mri, account: Account, workspace: Workspace | None) -> Iterator[Person]:
    mine = (
        Contact.objects.for_account(account)
        .filter(workspace=workspace, pk=named.number or 0)
        .select_related("workspace")
    )
    contact = mine.first()
    yield people.of_contact(contact, account) if contact else _nobody(entry, "contact")


def _user(entry: str, named: Mri, account: Account, workspace: Workspace | None) -> Iterator[Person]:
    mine = User.objects.filter(memberships__account=account, is_active=True)
    if named.number is not None:
        user = mine.filter(pk=named.number).first()
    else:
        name = named.name.lower()
        logins = ApiLogin.objects.filter(account=account, username__iexact=name).values("created_by")
        called = [u for u in mine if mri.readable(u.get_full_name().partition("@")[0]).lower() == name]
        user = mine.filter(pk__in=logins).first() or (called[0] if len(called) == 1 else None)
    yield people.of_user(user) if user else _nobody(entry, "person")


def _list(entry: str, named: Mri, account: Account, workspace: Workspace | None) -> Iterator[Person]:
    segment = lists.find(account, workspace, named)
    if segment is None:
        elsewhere = Segment.objects.for_account(account).filter(pk=named.number or 0).exists()
        if elsewhere:
            why = f"{entry[:200]} is a list of another workspace: send from there."
            raise Refused(Refusal.RECIPIENT, why, field="to")
        yield _nobody(entry, "list")
    else:
        yield from _members(segment, account, workspace)


def _members(segment: Segment, account: Account, workspace: Workspace | None) -> Iterator[Person]:
    is_empty = True
    for member in lists.members(segment):
        is_empty = False
        if isinstance(member, User):
            yield people.of_user(member)
        else:
            member.workspace = workspace
            yield people.of_contact(member, account)
    if is_empty:
        yield people.lost(segment.name, "empty_list", "Nobody is on this list.", mri=mri.of_list(segment))


def _nobody(entry: str, called: str) -> Person:
    return people.lost(entry, _UNKNOWN, f"There is no {called} with this MRI here.")


_MEANT = {"contact": _contact, "user": _user, "list": _list}
