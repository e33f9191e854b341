"""Who is on a distribution list, and which list an MRI or a name means."""

from __future__ import annotations

from collections.abc import Iterator

from accounts.models import Account, User
from messaging import contacts
from messaging.dialects.whispir.mri import Mri, readable
from messaging.errors import Refusal, Refused
from messaging.models import Contact, Segment, SegmentQuerySet, Workspace


def members(segment: Segment) -> Iterator[Contact | User]:
    """Yield the active people who are on the list now, in lists on it too, each once; contacts come before users."""
    seen: set[int] = set()
    for chunk in contacts.contacts_in(segment):
        for contact in chunk:
            if contact.pk not in seen:
                seen.add(contact.pk)
                yield contact
    yield from contacts.users_in(segment)


def of(account: Account, workspace: Workspace | None) -> SegmentQuerySet:
    """Return the lists of a workspace, or those of the company."""
    return Segment.objects.for_account(account).filter(workspace=workspace).select_related("account", "workspace")


def find(account: Account, workspace: Workspace | None, mri: Mri) -> Segment | None:
    """Return the list that an MRI means, by its number, else by its name where one list alone has it."""
    mine = of(account, workspace)
    if mri.number is not None:
        return mine.filter(pk=mri.number).first()
    if mri.place and (workspace is None or readable(workspace.name).lower() != mri.place.lower()):
        return None
    wanted = mri.name.lower()
    found = [pk for pk, name in mine.values_list("pk", "name") if readable(name).lower() == wanted]
    return mine.get(pk=found[0]) if len(found) == 1 else None


def named(account: Account, workspace: Workspace | None, name: str) -> Segment:
    """Return the list of exactly this name; raises Refused(RECIPIENT)."""
    found = of(account, workspace).filter(name=name.strip()).first()
    if found is None:
        raise Refused(Refusal.RECIPIENT, f"There is no list {name}.", field="to")
    return found
