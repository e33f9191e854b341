"""`messagestatus`: how many were reached, or what became of each recipient."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from messaging import timeline
from messaging.dialects.whispir.language import Element, Names
from messaging.dialects.whispir.messages import MessageView
from messaging.dialects.whispir.serializers import STATES
from messaging.errors import Refusal, Refused
from messaging.models import Message, Recipient
from messaging.states import State
from tokens.scopes import Scope

_CATEGORIES: Mapping[str, frozenset[State]] = {
    "Sent": frozenset({State.SENT}),
    "Pending": frozenset({State.ACCEPTED, State.PROCESSING}),
    "Received": frozenset({State.DELIVERED, State.RECEIVED}),
    "Acknowledged": frozenset({State.READ}),
    "Undeliverable": frozenset({State.FAILED, State.EXPIRED, State.CANCELLED}),
}
_CHANNELS = ("email", "sms", "voice")
_VIEWS = ("summary", "detailed")


class Status(MessageView):
    kind = "messagestatus"
    names = Names("messageStatus", "messageStatuses", "messageStatuses")
    needs: ClassVar[Mapping[str, Scope]] = {"GET": Scope.MESSAGES_READ}

    def get(self, request: Request, id: str, wid: str = "") -> HttpResponse:
        message = self.one(id)
        view = request.query_params.get("view", _VIEWS[0])
        if view not in _VIEWS:
            raise Refused(Refusal.INVALID, f"view must be one of {', '.join(_VIEWS)}.", field="view")
        link = [self.link("self", "GET", self.url("messages", id, "messagestatus", view=view))]
        return self._summary(message, link) if view == "summary" else self._detailed(message, link)

    def _summary(self, message: Message, link: list[dict[str, str]]) -> HttpResponse:
        found = Counter(State(recipient.state) for recipient in message.recipients.all())
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
        people = list(message.recipients.all())
        offset, limit = self.page()
        moments = timeline.of(message)
        items = [self._person(p, message, moments, link) for p in people[offset : offset + limit]]
        return self.listing(items, len(people), offset=offset, limit=limit)

    def _person(
        self, person: Recipient, message: Message, moments: list[timeline.Moment], link: list[dict[str, str]]
    ) -> dict[str, Any]:
        digits = person.address.lstrip("+")
        mine = [moment for moment in moments if moment.address in ("", person.address)]
        reached: dict[str, Any] = {
            "status": STATES[State(person.state)],
            "destination": digits,
            "sentTimestamp": _at(mine, "sent"),
            "receivedTimestamp": _at(mine, "delivered"),
            "acknowlegedTimestamp": _at(mine, "read"),
            "undeliverableTimestamp": _at(mine, "failed", "expired", "cancelled"),
        }
        told = {name: value for name, value in reached.items() if value is not None}
        status = [
            {"type": channel, **(told if channel == "sms" else {"status": "", "destination": ""})}
            for channel in _CHANNELS
        ]
        shown: dict[str, Any] = {"name": digits, "info": person.error_detail, "link": link}
        if self.form.is_xml:
            return {**shown, "status": [_element(one) for one in status]}
        return {**shown, "status": status}


def _at(moments: list[timeline.Moment], *events: str) -> datetime | None:
    return next((moment.at for moment in moments if moment.event in events), None)


def _element(status: Mapping[str, Any]) -> Element:
    fields = {n: v for n, v in status.items() if n != "type" and v != ""}
    children = [
        Element(n, text=v.isoformat(timespec="seconds") if isinstance(v, datetime) else str(v))
        for n, v in fields.items()
    ]
    return Element("status", children, attributes={"type": str(status["type"])})
