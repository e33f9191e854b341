"""MRIs: what the vendor writes to where others write addresses, such as `Ana_Roe.41.Ops@Contact.gateway.example`.

A contact, list or person is known by the number, its own id; the rest is for people to read, and may be out of date.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from django.conf import settings

from accounts.models import User
from messaging.ids import LARGEST
from messaging.models import Contact, Segment, Workspace

Kind = Literal["contact", "list", "user"]
_MRI = re.compile(r"([^@\s]+)@(contact|user|list(?:\.(?:company|project))?)\.[a-z0-9][a-z0-9.-]*", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]{1,19}")
_COMPANY = "company"


@dataclass(frozen=True, slots=True)
class Mri:
    """What an MRI says. `place` is its workspace as it is written there, empty for the company."""

    kind: Kind
    number: int | None
    name: str
    place: str = ""


def of_contact(contact: Contact) -> str:
    return f"{_local(contact.name or 'Contact', contact.pk, contact.workspace)}@Contact.{_host()}"


def of_list(segment: Segment) -> str:
    where = "project" if segment.workspace_id else _COMPANY
    return f"{_local(segment.name, segment.pk, segment.workspace)}@list.{where}.{_host()}"


def of_user(user: User) -> str:
    return f"{_local(user.get_full_name().partition('@')[0], user.pk, None)}@User.{_host()}"


def of_login(username: str) -> str:
    """Return what a program is called that signs in with this user name."""
    return f"{username}@User.{_host()}"


def readable(name: str) -> str:
    """Return a name as an MRI has it: blanks are underscores, and of the rest only what is safe anywhere stays."""
    return re.sub(r"[^A-Za-z0-9_-]", "", re.sub(r"\s+", "_", name.strip()))


def parse(text: str) -> Mri | None:
    """Return what an MRI says; None for any other text, an e-mail address too. The host does not matter.

    Only lists of a company or a workspace, and people, are known without a number.
    """
    found = _MRI.fullmatch(text.strip())
    if found is None:
        return None
    parts, where = found[1].split("."), found[2].lower()
    kind: Kind = "contact" if where == "contact" else "user" if where == "user" else "list"
    for place, part in enumerate(parts[1:], start=1):
        if _NUMBER.fullmatch(part) and int(part) <= LARGEST and (len(parts) > place + 1 or where != "list.project"):
            return Mri(kind, int(part), ".".join(parts[:place]), ".".join(parts[place + 1 :]))
    return _by_name(kind, where, parts)


def _by_name(kind: Kind, where: str, parts: list[str]) -> Mri | None:
    if kind == "user":
        return Mri(kind, None, ".".join(parts))
    if where in ("list.company", "list.project") and len(parts) > 1:
        return Mri(kind, None, ".".join(parts[:-1]), "" if where == "list.company" else parts[-1])
    return None


def _local(name: str, number: int, workspace: Workspace | None) -> str:
    parts = [readable(name) or "_", str(number)]
    if workspace:
        parts.append(readable(workspace.name) or "_")
    return ".".join(parts)


def _host() -> str:
    return urlsplit(settings.GATEWAY_URL).hostname or "localhost"
