"""`messageresponses`: who answered a message, what they wrote, and how its rule sorts that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.db.models import Max, Q
from django.http import HttpResponse
from rest_framework.request import Request

from messaging import answering, content
from messaging.dialects.whispir import fields, parts, times
from messaging.dialects.whispir.language import Element, Names
from messaging.dialects.whispir.messages import MessageView
from messaging.dialects.whispir.parts import Line
from messaging.dialects.whispir.views import Item
from messaging.models import Message
from tokens.scopes import Scope

SILENT, UNSORTED = "noresponse", "notmatched"
SORTED = "responserule"
_VIEWS = ("summary", "detailed")
_FILTERS = ("default", SORTED, SILENT, UNSORTED)
_NOT_THERE = "N/A"
_CHUNK = 500  # addresses in a query


class Responses(MessageView):
    kind = "messageresponse"
    names = Names("response", "messageresponses", "messageresponses")
    needs: ClassVar[Mapping[str, Scope]] = {"GET": Scope.MESSAGES_READ}

    def get(self, request: Request, id: str, wid: str = "") -> HttpResponse:
        message = self.one(id)
        view = fields.choice({"view": self.asked("view")}, "view", _VIEWS, usual=_VIEWS[0])
        filter = fields.choice({"filter": self.asked("filter")}, "filter", _FILTERS, usual=_FILTERS[0])
        lines = [line for line in parts.lines_of(message) if not line.is_page]
        answers = _answers(message, lines)
        people = [(line, answer, _category(answer, filter)) for line, answer in zip(lines, answers, strict=True)]
        if view == "summary":
            return self._summary(message, id, [category for *_, category in people], filter)
        shown = [person for person in people if filter not in (SILENT, UNSORTED) or person[2] == filter]
        offset, limit = self.page()
        items = [self._person(*person) for person in shown[offset : offset + limit]]
        return self.listing(items, len(shown), offset=offset, limit=limit)

    def _summary(self, message: Message, id: str, categories: Sequence[str], filter: str) -> HttpResponse:
        counts = Counter(dict.fromkeys(_types(message, filter), 0))
        counts.update(categories)
        rows = [
            {
                "percentageTotal": f"{round(100 * count / len(categories))}%" if categories else "0%",
                "responseCount": str(count),
                "link": [],
                "type": type,
            }
            for type, count in counts.items()
            if filter not in (SILENT, UNSORTED) or type == filter
        ]
        uri = self.url("messages", id, "messageresponses", view="summary", filter=filter)
        shown = [_counted(row) for row in rows] if self.form.is_xml else rows
        return self.respond({self.names.list_key: shown, "link": [self.link("self", "GET", uri)]})

    def _person(self, line: Line, answer: Message | None, category: str) -> Item:
        said = {"content": _NOT_THERE, "acknowledged": _NOT_THERE, "channel": _NOT_THERE}
        if answer:
            said = {
                "content": content.summary(answer.kind, answer.content),
                "acknowledged": times.short(answer.created_at, self.caller.account.zone),
                "channel": answer.channel.upper(),
            }
        who = {"name": line.name, "mri": line.mri, "mobile": line.mobile, "email": line.email, "voice": line.mobile}
        message = _said(said) if self.form.is_xml else said
        return {"from": who, "responseCategory": category, "responseMessage": message}


def _answers(message: Message, lines: Sequence[Line]) -> list[Message | None]:
    """Return the latest answer of each of the people to any part of the message.

    That is what was written in answer to it, or after it where nothing else waited for an answer.
    """
    whole = parts.parts_of(message).order_by("pk").values_list("pk", flat=True)
    first, last = whole.first() or message.pk, whole.last() or message.pk
    mine = answering.written(message.account_id, after=first).filter(
        Q(message__context__answers__message__gte=first, message__context__answers__message__lte=last)
        | Q(message__context__answers__isnull=True)
    )
    addresses = sorted({way.address for line in lines for channel, way in line.ways if channel})
    latest: list[int] = []
    for start in range(0, len(addresses), _CHUNK):
        some = mine.filter(address__in=addresses[start : start + _CHUNK])
        # Read alone: people may have written any number of messages since.
        each = some.order_by().values("address").annotate(last=Max("message_id"))
        latest += each.values_list("last", flat=True)
    written = Message.objects.filter(pk__in=latest).prefetch_related("recipients")
    by_address = {answer.to: answer for answer in written}
    return [_latest([by_address.get(way.address) for channel, way in line.ways if channel]) for line in lines]


def _latest(found: Sequence[Message | None]) -> Message | None:
    return max(filter(None, found), key=lambda answer: answer.pk, default=None)


def _category(answer: Message | None, filter: str) -> str:
    """Return what an answer counts as: without its rule it is merely an answer."""
    if answer is None:
        return SILENT
    return UNSORTED if filter == _FILTERS[0] else answer.context.get("answers", {}).get("category") or UNSORTED


def _types(message: Message, filter: str) -> list[str]:
    """Return what is counted, whether there is any or not."""
    rule = answering.rule_of(message.account_id, message.context) if filter == SORTED else None
    return [*(str(pattern["name"]) for pattern in (rule.patterns if rule else ())), SILENT, UNSORTED]


def _counted(row: Mapping[str, Any]) -> Element:
    children = [Element(name, text=row[name]) for name in ("percentageTotal", "responseCount")]
    return Element("ns2:response", children, attributes={"type": row["type"]})


def _said(said: Mapping[str, str]) -> Element:
    children = [Element(name, text=said[name]) for name in ("acknowledged", "content")]
    return Element("responseMessage", children, attributes={"channel": said["channel"]})
