"""`/messages`: send, list, read and take back; in the company and in its workspaces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request

from messaging import content, sending
from messaging.dialects.whispir import accepting, composing, counting, mri, parts, times
from messaging.dialects.whispir.serializers import read_id, render_id
from messaging.dialects.whispir.views import View
from messaging.edge import MIB
from messaging.errors import Refusal, Refused
from messaging.ids import LARGEST, first_at
from messaging.models import Direction, Message
from messaging.states import State
from tokens.scopes import Scope

_WINDOW = timedelta(days=7)
_CRITERIA = ("criteriaFromDate", "criteriaFromTime", "criteriaToDate", "criteriaToTime")
_DLR = {"period": "", "rule": "", "type": ""}
_NO_SOCIAL = {"social": [{"id": "social"}, {"id": "social_long"}]}
_SHARED = "shared"  # everybody's messages, and not the caller's own alone
_OTHERS = ("email", "web", "rcs", "whatsapp", "features")


def shown_recipients(message: Message) -> str:
    """Return whom it was to go to, as its sender wrote it; for what came another way, its addresses."""
    said = message.context.get(parts.SAID, {})
    if "to" in said:
        return ",".join(entry.lstrip("+") for entry in said["to"].split(","))
    return ",".join(recipient.address.lstrip("+") for recipient in message.recipients.all())


class MessageView(View):
    def uri(self, id: int) -> str:
        return self.url("messages", render_id(id))

    def visible(self) -> QuerySet[Message]:
        """The messages of the request's workspace, or those of the company, which are in none."""
        mine = Message.objects.for_account(self.caller.account).filter(workspace=self.workspace)
        mine = mine.exclude(context__has_key=composing.TAKEN_BACK)
        return mine.filter(context__whispir__part_of__isnull=True)

    def one(self, id: str) -> Message:
        found = self.visible().filter(pk=read_id(id) or 0).prefetch_related("recipients").first()
        if found is None:
            raise Refused(Refusal.NOT_FOUND, "There is no such message.")
        return found

    def brief(self, message: Message, answers: Mapping[int, int]) -> dict[str, Any]:
        """Return a message as lists show it; `answers` says how many people answered it."""
        said = message.context.get(parts.SAID, {})
        return {
            "subject": said.get("subject", content.summary(message.kind, message.content)),
            "repetitionCount": said.get("repetitionCount", 0),
            "repeatDays": said.get("repeatDays", 0),
            "repeatHrs": said.get("repeatHrs", 0),
            "repeatMin": said.get("repeatMin", 0),
            "from": self.sender(message),
            "direction": "OUTGOING" if message.direction == Direction.OUT else "INCOMING",
            "responseCount": str(answers.get(message.pk, 0)),
            "createdTime": message.created_at,
            "to": shown_recipients(message),
            "link": [self.link("self", "GET", self.uri(message.pk))],
        }

    def sender(self, message: Message) -> str:
        if message.direction == Direction.IN:
            return message.to.lstrip("+")
        return message.login.name if message.login else message.token.name if message.token else "Dashboard"

    def whole(self, message: Message) -> dict[str, Any]:
        """Return a message as it is read alone."""
        said = message.context.get(parts.SAID, {})
        others = {name: said[name] for name in _OTHERS if name in said}
        return {
            "id": render_id(message.pk),
            **self.brief(message, counting.answers_to([message])),
            "from": mri.of_login(message.login.username) if message.login else self.sender(message),
            "body": said.get("body", content.summary(message.kind, message.content)),
            "label": said.get("label", ""),
            "type": said.get("type", "default"),
            "dlr": {**_DLR, "publishToWeb": False, "bool": False, "expiryDay": 0, "expiryHour": 0, "expiryMin": 0}
            | {"feedIds": ""},
            "voice": said.get("voice", {}),
            "social": said.get("social", _NO_SOCIAL),
            **others,
            "link": list(self._links(message)),
        }

    def _links(self, message: Message) -> Iterator[dict[str, str]]:
        id = render_id(message.pk)
        yield self.link("self", "GET", self.uri(message.pk))
        for rel, view in (("summaryStatus", "summary"), ("detailedStatus", "detailed")):
            yield self.link(rel, "GET", self.url("messages", id, "messagestatus", view=view))
        for rel, view, rule in (
            ("summaryResponses", "summary", None),
            ("detailedResponses", "detailed", None),
            ("summaryResponsesWithResponseRule", "summary", "responserule"),
            ("detailedResponsesWithResponseRule", "detailed", "responserule"),
        ):
            uri = self.url("messages", id, "messageresponses", view=view, filter=rule or "default")
            yield self.link(rel, "GET", uri)


class Messages(MessageView):
    needs: ClassVar[Mapping[str, Scope]] = {"GET": Scope.MESSAGES_LIST, "POST": Scope.MESSAGES_SEND}
    largest_body = 14 * MIB  # attachments of 10 MB in all, as base64

    def get(self, request: Request, wid: str = "") -> HttpResponse:
        offset, limit = self.page()
        since, until = self._window()
        found = self.visible().filter(pk__gte=since, pk__lt=until)
        if self.asked("viewType").lower() != _SHARED:
            found = found.filter(login=self.caller.login)
        if label := self.asked("label"):
            found = found.filter(context__whispir__label=label)
        # Not joined to its login: SQLite may begin with that, and sort all that it sent.
        rows = list(found.prefetch_related("login", "token", "recipients")[offset : offset + limit])
        total = offset + len(rows) if len(rows) < limit else found.count()  # a page that is not full is the last
        answers = counting.answers_to(rows)
        items = [self.brief(message, answers) for message in rows]
        return self.listing(items, total, offset=offset, limit=limit)

    def _window(self) -> tuple[int, int]:
        """Return the ids between which to look: the last seven days, or what four criteria say together."""
        named = {name: self.asked(name) for name in _CRITERIA}
        if not any(named.values()):
            return first_at(timezone.now() - _WINDOW), LARGEST
        if not all(named.values()):
            raise Refused(Refusal.INVALID, f"Give {', '.join(_CRITERIA)} together.", field=_CRITERIA[0])
        zone = self.caller.account.zone
        begin, end = (
            times.read(f"{named[f'criteria{end}Date']} {named[f'criteria{end}Time']}", zone, field=f"criteria{end}Date")
            for end in ("From", "To")
        )
        return first_at(begin), first_at(end + timedelta(minutes=1))

    def post(self, request: Request, wid: str = "") -> HttpResponse:
        id, is_scheduled = accepting.accept(self, self.payload, space=f"POST whispir messages {wid}")
        if not is_scheduled:
            return accepting.answered(self, id)
        response = self.respond(self.whole(self.one(render_id(id))))
        response["Location"] = self.url("messages", render_id(id))
        return response


class OneMessage(MessageView):
    needs: ClassVar[Mapping[str, Scope]] = {"GET": Scope.MESSAGES_READ, "DELETE": Scope.MESSAGES_CANCEL}

    def get(self, request: Request, id: str, wid: str = "") -> HttpResponse:
        return self.respond(self.whole(self.one(id)))

    def delete(self, request: Request, id: str, wid: str = "") -> HttpResponse:
        """Hide the message, and cancel what of it still waits, its repetitions among that."""
        message, caller = self.one(id), self.caller
        leads = [message, *parts.repetitions_of(message).filter(state=State.ACCEPTED)]
        every = {lead.pk for lead in leads}
        every.update(pk for lead in leads for pk in parts.parts_of(lead).values_list("pk", flat=True))
        if message.direction == Direction.OUT:
            sending.cancel_waiting(sorted(every), by=caller.actor(), is_sandbox=caller.is_sandbox)
        for lead in leads:
            composing.take_back(lead)
        return self.nothing()
