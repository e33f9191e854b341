"""One Whispir message and the core's messages that it is made of.

Texts for one person alone, several channels and many recipients take several messages of the core. The first is the
lead: it is listed and read, and its context says in `whispir` how many `parts` there are. The others say what they are
`part_of`, and are listed nowhere. A message whose lists are read only when its time comes has its parts then: its lead
keeps where they begin, in `begin`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
from django.db.models import QuerySet

from messaging.dialects.whispir.contents import Body, Content
from messaging.dialects.whispir.people import Person
from messaging.dialects.whispir.variables import Filler, Values
from messaging.drafting import MOST_ADDRESS, MOST_RECIPIENTS, UNREACHABLE, Draft
from messaging.errors import Refusal, Refused
from messaging.models import Channel, Message, Recipient

SAID = "whispir"  # in a message's context
LATER = "later"  # in a lead's `whispir`: what the message is made from when its time has come
MOST_BYTES = 64 * 1024 * 1024  # of all the texts of one request, each counted once
_MOST_NAMED = 200  # people in one message, whose names are read with each of them
_PAGES = (Channel.WEB, Channel.SOCIAL)
_FARTHEST = 1_000_000  # that a part is from its lead; an id is larger
_encode = msgspec.json.Encoder().encode


# Making them
@dataclass(slots=True)
class Part:
    """People who get the same content by the same channel, or nothing for the same reason."""

    channel: Channel
    kind: str
    body: Body
    people: dict[str, Person] = field(default_factory=dict)  # by address
    why: tuple[str, str] | None = None  # a code, and in words

    def pieces(self) -> Iterator[Part]:
        """Yield it in pieces of the size that a message may have."""
        several = list(self.people.items())
        size = _MOST_NAMED if any(_is_named(person) for person in self.people.values()) else MOST_RECIPIENTS
        for start in range(0, len(several), size):
            yield replace(self, people=dict(several[start : start + size]))

    def context(self) -> dict[str, Any]:
        named = {
            address: [person.name, person.mri, person.mobile, person.email]
            for address, person in self.people.items()
            if _is_named(person)
        }
        return {"people": named} if named else {}

    def draft(self) -> Draft:
        """Return the message, whose context is still to be given."""
        return Draft(
            to=list(self.people),
            kind=self.kind,
            body=self.body,
            channel=self.channel,
            is_verbatim=True,
            knows_opt_outs=True,
            why_not=self.why,
        )


def _is_named(person: Person) -> bool:
    """True for those whose line in a status is more than their address."""
    return bool(person.mri) or len(set(person.addresses.values())) > 1 or not person.addresses


def made_of(contents: Sequence[Content], people: Sequence[Person], first: Values, last: Values) -> list[Part]:
    """Return who gets what, the contents' channels in their order and those who get nothing at the end.

    `first` are the values that outrank a person's own, `last` those that fill what is left. Raises Refused where a
    text is too long whoever gets it.
    """
    plan = _Plan(first, last)
    by_mail = [person for person in people if person.is_asked_for_alone and set(person.addresses) == {Channel.EMAIL}]
    for content in contents:
        plan.add(content, by_mail if content.is_spare else people)
    channels = [content.channel for content in contents if not content.at and not content.is_spare]
    spared = {person.mark for person in by_mail} if any(content.is_spare for content in contents) else set()
    for person in people:
        if person.mark not in spared and not any(channel in person.addresses for channel in channels):
            plan.add_lost(person, person.code or "no_address", person.problem or _no_address(channels))
    return [*plan.found.values(), *plan.lost.values()]


def _no_address(channels: Sequence[Channel]) -> str:
    if not channels:
        return "All that the message has is for pages, which are sent to nobody."
    return f"There is no address for what the message has: {', '.join(channel.label for channel in channels)}."


class _Plan:
    """Brings people together who get the same, or nothing for the same reason."""

    def __init__(self, first: Values, last: Values) -> None:
        self.first, self.last = first, last
        self.found: dict[tuple[str, bytes], Part] = {}
        self.lost: dict[tuple[str, str], Part] = {}
        self.room = MOST_BYTES

    def add(self, content: Content, people: Sequence[Person]) -> None:
        whole = content.make(Filler(self.first, self.last))
        if content.at:
            self.found[content.channel, b""] = Part(content.channel, content.kind, whole, {content.at: _place(content)})
            return
        for person in people:
            if content.channel not in person.addresses:
                continue
            if not (content.has_variables and person.values):
                self._put(content, b"", whole, person)
                continue
            try:
                body = content.make(Filler(self.first, person.values, self.last))
            except Refused as refused:
                self._spend(len(_key(whole)))  # to fill it took as long
                self.add_lost(person, "too_long", refused.detail)
            else:
                self._put(content, _key(body), body, person)

    def _put(self, content: Content, key: bytes, body: Body, person: Person) -> None:
        if (content.channel, key) not in self.found:
            self._spend(len(key))
            self.found[content.channel, key] = Part(content.channel, content.kind, body)
        self.found[content.channel, key].people.setdefault(person.addresses[content.channel], person)

    def _spend(self, size: int) -> None:
        self.room -= size
        if self.room < 0:
            why = f"What one request writes to its people has at most {MOST_BYTES:,} bytes: split the list or file."
            raise Refused(Refusal.TOO_LONG, why, field="body", params={"limit": MOST_BYTES})

    def add_lost(self, person: Person, code: str, problem: str) -> None:
        part = self.lost.setdefault((code, problem), Part(Channel.SMS, "text", {"body": problem}, why=(code, problem)))
        part.people.setdefault(_stored(person.mobile or person.email or person.mark), person)


def _stored(name: str) -> str:
    """Return what stands for an address where there is none: the end says most, of an MRI its number."""
    return "".join(c for c in name if c.isprintable())[-MOST_ADDRESS:] or "nobody"


def _key(body: Body) -> bytes:
    return _encode({name: value for name, value in body.items() if name != "attachments"})


def _place(content: Content) -> Person:
    """Return what stands for a place that a content goes to instead of people."""
    return Person(content.at, {content.channel: content.at})


def for_later(said: Mapping[str, Any], entries: Sequence[str]) -> Part:
    """Return what waits in the place of people who are to be looked up when the message's time has come."""
    address = _stored(",".join(entries)[:MOST_ADDRESS] or "resource")
    text = "\n".join(filter(None, (said["subject"], said["body"])))
    return Part(Channel.SMS, "text", {"body": text}, {address: Person(address, {Channel.SMS: address})})


def repeated(times: int) -> dict[str, int]:
    """Return what the first lead of several says, which are for other times and otherwise the same."""
    return {"times": times} if times > 1 else {}


# Reading them
def lead_of(message: Message) -> int:
    """Return the id under which this API shows the message."""
    part_of = int(message.context.get(SAID, {}).get("part_of", 0))
    return message.pk - part_of if part_of <= _FARTHEST else part_of


def parts_of(message: Message) -> QuerySet[Message]:
    """Return all messages of the core that this one, a lead, is made of."""
    first, end = range_of(message)
    return Message.objects.filter(account=message.account_id, pk__gte=first, pk__lt=end).order_by("pk")


def range_of(message: Message) -> tuple[int, int]:
    """Return the first of its ids, and the one after its last."""
    said = message.context.get(SAID, {})
    first = int(said.get("begin", message.pk))
    return first, first + int(said.get("parts", 1))


def repetitions_of(message: Message) -> QuerySet[Message]:
    """Return the leads that repeat this one, if it is the first of them."""
    said = message.context.get(SAID, {})
    length = 1 if LATER in said else int(said.get("parts", 1))
    ids = [message.pk + number * length for number in range(1, int(said.get("times", 1)))]
    return Message.objects.filter(account=message.account_id, pk__in=ids)


@dataclass(slots=True)
class Line:
    """One person of a message, and the recipients by which it went to them."""

    name: str
    mri: str
    mobile: str
    email: str
    ways: list[tuple[str, Recipient]] = field(default_factory=list)  # by channel; "" where none could be used

    @property
    def is_page(self) -> bool:
        """True for what stands for a page, on which nobody answers."""
        return all(channel in _PAGES for channel, _ in self.ways)


def lines_of(message: Message) -> list[Line]:
    """Return everybody a message goes to, each once, in the order in which they were named by channel."""
    first, end = range_of(message)
    made = {
        pk: (channel, context) for pk, channel, context in parts_of(message).values_list("pk", "channel", "context")
    }
    found: dict[str, Line] = {}
    for recipient in Recipient.objects.filter(message__gte=first, message__lt=end).order_by("message_id", "pk"):
        if recipient.message_id not in made:
            continue
        channel, context = made[recipient.message_id]
        named = context.get(SAID, {}).get("people", {}).get(recipient.address)
        line = _line(recipient.address, channel, named)
        line = found.setdefault(line.mri or line.mobile or line.email or line.name, line)
        line.ways.append(("" if UNREACHABLE in context else channel, recipient))
    return list(found.values())


def _line(address: str, channel: str, named: Sequence[str] | None) -> Line:
    if named:
        name, mri, mobile, email = named
        return Line(name, mri, mobile.lstrip("+"), email)
    digits = address.lstrip("+")
    if channel == Channel.EMAIL or "@" in address:
        return Line(digits, "", "", address)
    return Line(digits, "", digits if digits.isdigit() else "", "")
