"""`messagestatus`: how many were reached, or what became of each recipient."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from messaging.dialects.whispir import fields, parts
from messaging.dialects.whispir.language import Element, Names
from messaging.dialects.whispir.messages import MessageView
from messaging.dialects.whispir.parts import Line
from messaging.dialects.whispir.serializers import STATES
from messaging.models import Message, Recipient, TimelineEntry
from messaging.states import State
from tokens.scopes import Scope

_CATEGORIES: Mapping[str, frozenset[State]] = {
    "Sent": frozenset({State.SENT}),
    "Pending": frozenset({State.ACCEPTED, State.PROCESSING}),
    "Received": frozenset({State.DELIVERED, State.RECEIVED}),
    "Acknowledged": frozenset({State.READ}),
    "Undeliverable": frozenset({State.FAILED, State.EXPIRED, State.CANCELLED}),
}
_UNDONE = (State.FAILED, State.EXPIRED, State.CANCELLED)
_ORDER = (*_UNDONE, State.ACCEPTED, State.PROCESSING, State.SENT, State.RECEIVED, State.DELIVERED, State.READ)
_CHUNK = 500
_Moments = Mapping[int, Mapping[str, datetime]]
_CHANNELS = ("email", "sms", "voice")
_VIEWS = ("summary", "detailed")


class Status(MessageView):
    kind = "messagestatus"
    names = Names("messageStatus", "messageStatuses", "messageStatuses")
    needs: ClassVar[Mapping[str, Scope]] = {"GET": Scope.MESSAGES_READ}

    def get(self, request: Request, id: str, wid: str = "") -> HttpResponse:
        message = self.one(id)
        view = fields.choice({"view": self.asked("view")}, "view", _VIEWS, usual=_VIEWS[0])
        link = [self.link("self", "GET", self.url("messages", id, "messagestatus", view=view))]
        return self._summary(message, link) if view == "summary" else self._detailed(message, link)

    def _summary(self, message: Message, link: list[dict[str, str]]) -> HttpResponse:
        found = Counter(_furthest(line) for line in parts.lines_of(message))
        total = sum(found.values())
        counts = {name: sum(found[state] for state in states) for name, states in _CATEGORIES.items()}
        rows = [(name, count, f"{100 * count / total:.1f}%" if total else "0.0%") for name, count in counts.items()]
        if self.form.is_xml:
            elements = [
                Element(
                    "status",
                    [Element("percentageTotal", text=share), Element("recipientCount", text=str(count))],
                    attributes={"name": name},
                )
                for name, count, share in rows
            ]
            item: dict[str, Any] = {"link": link, "categories": Element("categories", elements)}
        else:
            names = ("name", "recipientCount", "percentageTotal")
            item = {"link": link, "categories": [dict(zip(names, row, strict=True)) for row in rows]}
        return self.respond({self.names.list_key: [item], "link": []})

    def _detailed(self, message: Message, link: list[dict[str, str]]) -> HttpResponse:
        everybody = parts.lines_of(message)
        offset, limit = self.page()
        page = everybody[offset : offset + limit]
        moments = _moments([recipient for line in page for _, recipient in line.ways])
        items = [self._person(line, moments, link) for line in page]
        return self.listing(items, len(everybody), offset=offset, limit=limit)

    def _person(self, line: Line, moments: _Moments, link: list[dict[str, str]]) -> dict[str, Any]:
        reached = {channel or _lost_on(line): (channel, recipient) for channel, recipient in line.ways}
        channels = [*_CHANNELS, *(channel for channel in reached if channel not in _CHANNELS)]
        status = [{"type": channel, **_told(reached.get(channel), moments)} for channel in channels]
        info = next((recipient.error_detail for _, recipient in line.ways if recipient.error_detail), "")
        shown: dict[str, Any] = {"name": line.name, "info": info, "link": link}
        if self.form.is_xml:
            return {**shown, "status": [_element(one) for one in status]}
        return {**shown, "status": status}


def _furthest(line: Line) -> State:
    """Return how far the message came with a person, by whichever channel."""
    states = {State(recipient.state) for _, recipient in line.ways}
    return max(states, key=_ORDER.index)


def _lost_on(line: Line) -> str:
    """Return where to show that nothing was sent: beside an e-mail address that is all there is, else as a text."""
    return "email" if line.email and not line.mobile else "sms"


def _told(way: tuple[str, Recipient] | None, moments: _Moments) -> dict[str, Any]:
    if way is None:
        return {"status": "", "destination": ""}
    channel, recipient = way
    mine = moments.get(recipient.pk, {})
    reached: dict[str, Any] = {
        "status": STATES[State(recipient.state)],
        "destination": recipient.address.lstrip("+") if channel else "",
        "sentTimestamp": mine.get(State.SENT),
        "receivedTimestamp": mine.get(State.DELIVERED),
        "acknowlegedTimestamp": mine.get(State.READ),
        "undeliverableTimestamp": next((mine[state] for state in _UNDONE if state in mine), None),
    }
    return {name: value for name, value in reached.items() if value is not None}


def _moments(recipients: Sequence[Recipient]) -> _Moments:
    """Return when each recipient came into each state."""
    found: dict[int, dict[str, datetime]] = {recipient.pk: {} for recipient in recipients}
    messages = list({recipient.message_id for recipient in recipients})
    for start in range(0, len(messages), _CHUNK):
        entries = TimelineEntry.objects.filter(message__in=messages[start : start + _CHUNK]).order_by("pk")
        for recipient, event, at in entries.values_list("recipient_id", "event", "at"):
            if recipient in found:
                found[recipient].setdefault(event, at)
    return found


def _element(status: Mapping[str, Any]) -> Element:
    fields = {n: v for n, v in status.items() if n != "type" and v != ""}
    children = [
        Element(n, text=v.isoformat(timespec="seconds") if isinstance(v, datetime) else str(v))
        for n, v in fields.items()
    ]
    return Element("status", children, attributes={"type": str(status["type"])})
