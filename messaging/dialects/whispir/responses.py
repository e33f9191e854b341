"""`messageresponses`: who answered a message, and what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import Max
from django.http import HttpResponse
from rest_framework.request import Request

from messaging import content
from messaging.dialects.whispir import times
from messaging.dialects.whispir.language import Names
from messaging.dialects.whispir.messages import MessageView
from messaging.errors import Refusal, Refused
from messaging.models import Direction, Message
from tokens.scopes import Scope

_VIEWS = ("summary", "detailed")
_FILTERS = ("default", "responserule", "noresponse", "notmatched")
_NOT_THERE = "N/A"


class Responses(MessageView):
    kind = "messageresponse"
    names = Names("messageresponse", "messageresponses", "messageresponses")
    needs: ClassVar[Mapping[str, Scope]] = {"GET": Scope.MESSAGES_READ}

    def get(self, request: Request, id: str, wid: str = "") -> HttpResponse:
        message = self.one(id)
        view, filter = (_choice(request, name, words) for name, words in (("view", _VIEWS), ("filter", _FILTERS)))
        people = [recipient.address for recipient in message.recipients.all()]
        answers = self._answers(message, people)
        if view == "summary":
            return self._summary(id, people, answers, filter)
        shown = [address for address in people if _is_wanted(filter, answered=address in answers)]
        offset, limit = self.page()
        items = [self._person(address, answers.get(address)) for address in shown[offset : offset + limit]]
        return self.listing(items, len(shown), offset=offset, limit=limit)

    def _answers(self, message: Message, people: list[str]) -> dict[str, Message]:
        """Return the latest message that each of the people wrote after this one."""
        mine = Message.objects.for_account(self.caller.account).filter(
            direction=Direction.IN, pk__gt=message.pk, recipients__address__in=people
        )
        # Read alone: people may have written any number of messages since.
        latest = mine.order_by().values("recipients__address").annotate(last=Max("pk")).values_list("last", flat=True)
        answers = Message.objects.filter(pk__in=list(latest)).prefetch_related("recipients")
        return {answer.to: answer for answer in answers}

    def _summary(self, id: str, people: list[str], answers: Mapping[str, Message], filter: str) -> HttpResponse:
        counts = {"noresponse": len(people) - len(answers), "notmatched": len(answers)}
        rows = [
            {
                "percentageTotal": f"{round(100 * count / len(people))}%" if people else "0%",
                "responseCount": str(count),
                "link": [],
                "type": type,
            }
            for type, count in counts.items()
            if filter in ("default", "responserule", type)
        ]
        uri = self.url("messages", id, "messageresponses", view="summary", filter=filter)
        link = [self.link("self", "GET", uri)]
        return self.respond({self.names.list_key: rows, "link": link})

    def _person(self, address: str, answer: Message | None) -> dict[str, Any]:
        digits = address.lstrip("+")
        said = {"content": _NOT_THERE, "acknowledged": _NOT_THERE, "channel": _NOT_THERE}
        if answer:
            said = {
                "content": content.summary(answer.kind, answer.content),
                "acknowledged": times.short(answer.created_at, self.caller.account.zone),
                "channel": answer.channel.upper(),
            }
        return {
            "from": {"name": digits, "mri": "", "mobile": digits, "email": "", "voice": ""},
            "responseCategory": "notmatched" if answer else "noresponse",
            "responseMessage": said,
        }


def _is_wanted(filter: str, *, answered: bool) -> bool:
    return {"noresponse": not answered, "notmatched": answered}.get(filter, True)


def _choice(request: Request, name: str, words: tuple[str, ...]) -> str:
    value: str = request.query_params.get(name, words[0])
    if value not in words:
        raise Refused(Refusal.INVALID, f"{name} must be one of {', '.join(words)}.", field=name)
    return value
