"""From what a program sent to what the core takes: who gets what, by which channels, and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import Account
from messaging import routing
from messaging.dialects.whispir import asked, bulk, fields, parts, recipients, schedule
from messaging.dialects.whispir.asked import MOST_LABEL, Asked
from messaging.dialects.whispir.attachments import File
from messaging.dialects.whispir.contents import MOST_TEXT
from messaging.dialects.whispir.parts import LATER, SAID, Part
from messaging.dialects.whispir.people import BY_NUMBER, Person
from messaging.dialects.whispir.recipients import MOST, MOST_TO
from messaging.drafting import Draft
from messaging.errors import Refusal, Refused
from messaging.models import Channel, Device, Message, OptOut, Workspace

__all__ = ["MOST_LABEL", "MOST_TEXT", "MOST_TO", "Composed", "compose", "take_back"]

TAKEN_BACK = "taken_back"
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Composed:
    """Drafts, in blocks of one length for each time that the message is to be sent. `files` are to be kept first."""

    drafts: Sequence[Draft]
    is_scheduled: bool
    files: Sequence[File]


@dataclass(frozen=True, slots=True)
class Place:
    """Whose message it is, and where it stands."""

    account: Account
    workspace: Workspace | None = None
    is_sandbox: bool = False


def compose(payload: Mapping[str, Any], place: Place, *, files: list[File] | None = None) -> Composed:
    """Return the drafts of a message; raises Refused. `files` are those of its e-mail, if they are kept already.

    What is scheduled for people who must be looked up first is one draft for each time; `later` makes the others.
    """
    files = [] if files is None else files
    moments = schedule.moments(payload, place.account)
    wanted = asked.read(payload, place.account, place.workspace, files)
    entries = _entries(payload)
    is_later = moments != [None] and (not entries or recipients.must_be_looked_up(entries))
    found = _parts(payload, place, wanted, entries)
    if sum(len(part.people) for part in found) * (1 if is_later else len(moments)) > MOST:
        raise recipients.too_many()
    if is_later:
        found = [parts.for_later(wanted.said, entries)]
    said = {**wanted.said, **_repeats(payload), "to": ",".join(entries), "parts": len(found)}
    if is_later:
        said[LATER] = {"payload": _kept(payload), "files": files}
    device = _device(place, wanted.alias)
    leads = [{**said, **parts.repeated(len(moments))}, *(said for _ in moments[1:])]
    drafts = [
        _draft(part, wanted, lead if number == 0 else {"part_of": number}, place, moment, device)
        for lead, moment in zip(leads, moments, strict=True)
        for number, part in enumerate(found)
    ]
    return Composed(drafts, is_scheduled=moments != [None], files=files)


def _entries(payload: Mapping[str, Any]) -> list[str]:
    """Return what stands in `to`, which a bulk message does not need; raises Refused."""
    to = payload.get("to")
    if not fields.part(payload, "resource"):
        return recipients.read(to)
    if to not in (None, "", {}):
        recipients.read(to)
    return []


def _repeats(payload: Mapping[str, Any]) -> dict[str, int]:
    return {name: value for name, value in schedule.repeats(payload).items() if value}


def _kept(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a message is made from when its time has come: without its schedule, and without files' contents."""
    kept = schedule.without(payload)
    if isinstance(email := kept.get("email"), Mapping):
        kept["email"] = {name: value for name, value in email.items() if name != "resources"}
    return kept


# Who gets what
def _parts(payload: Mapping[str, Any], place: Place, wanted: Asked, entries: list[str]) -> list[Part]:
    where = place.account, place.workspace
    people = recipients.resolve(entries, *where) if entries else bulk.resolve(payload, *where)
    _leave_out_opted_out(place.account, people)
    found = parts.made_of(wanted.contents, people, wanted.first, wanted.last)
    _must_reach_somebody(people, found)
    return [piece for part in _with_ways_out(found, place) for piece in part.pieces()]


def _leave_out_opted_out(account: Account, people: Sequence[Person]) -> None:
    """Let nothing go to the numbers of those who wrote STOP; raises Refused where one is all there is."""
    if not account.has_opt_outs:
        return
    numbers = [person.addresses[c] for person in people for c in BY_NUMBER if c in person.addresses]
    stopped: set[str] = set()
    for start in range(0, len(numbers), _CHUNK):
        chunk = OptOut.objects.filter(account=account, address__in=numbers[start : start + _CHUNK])
        stopped.update(chunk.values_list("address", flat=True))
    why = "This person wrote STOP and gets no more messages."
    for person in people:
        if not stopped.intersection(person.addresses.values()):
            continue
        if len(people) == 1 and person.is_asked_for_alone:
            raise Refused(Refusal.OPTED_OUT, why, field="to")
        person.number, person.code, person.problem = person.mobile, "opted_out", why
        person.addresses = {channel: a for channel, a in person.addresses.items() if a not in stopped}


def _must_reach_somebody(people: Sequence[Person], found: Sequence[Part]) -> None:
    """Raise Refused where nobody that was asked for is known here, or can get what the message has."""
    refused = {"unknown_recipient": Refusal.RECIPIENT, "no_address": Refusal.RECIPIENT}
    if any(part.why is None for part in found):
        return
    for part in found:
        if part.why is None or part.why[0] not in refused:
            return  # a list without anybody on it, people who wrote STOP: that is told in the status
    first = people[0]
    problem = next(part.why[1] for part in found if part.why)
    raise Refused(Refusal.RECIPIENT, f"{first.name[:200]}: {problem}", field="to")


def _with_ways_out(found: Sequence[Part], place: Place) -> list[Part]:
    """Let WhatsApp's messages go nowhere where the account has devices, and none of them sends by it."""
    real = [device for device in routing.devices(place.account) if device.transport != routing.SANDBOX]
    if place.is_sandbox or not real or any(routing.serves(device, Channel.WHATSAPP) for device in real):
        return list(found)
    why = ("no_route", f"Nothing here sends by this channel: {Channel.WHATSAPP.label}.")
    for part in found:
        if part.channel == Channel.WHATSAPP:
            part.why = why
    return list(found)


def _device(place: Place, alias: str) -> Device | None:
    """Return the account's own device whose number the alias is; any other alias is kept and shown, and no more."""
    return None if place.is_sandbox or not alias else routing.find(place.account, alias)


# What is handed to the core
def _draft(
    part: Part, wanted: Asked, said: Mapping[str, Any], place: Place, moment: datetime | None, device: Device | None
) -> Draft:
    draft = part.draft()
    draft.scheduled_at = moment
    draft.workspace_id = place.workspace.pk if place.workspace else None
    draft.is_made_later = LATER in said
    draft.awaits_answer = wanted.awaits_answer and draft.goes_out
    if device and draft.goes_out and routing.serves(device, part.channel):
        draft.device = device
    draft.context = {
        SAID: {**said, **part.context()},
        "with_delivery_report": wanted.said["type"] != asked.NO_REPORT,
    }
    if wanted.answering:
        draft.context["answering"] = wanted.answering
    return draft


def take_back(message: Message) -> None:
    """Let this API list and read the message no more; it stays in the account."""
    message.context = {**message.context, TAKEN_BACK: True}
    message.save(update_fields=["context"])
