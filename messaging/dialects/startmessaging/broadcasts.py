"""`/v1/broadcasts`: one template message to a list or a segment, now or later, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils.dateparse import parse_datetime
from msgspec import Meta, Struct
from rest_framework.request import Request

from accounts.places import time_zones
from messaging import broadcasts, edge, ids, streaming
from messaging.broadcasts import AddressList, Draft
from messaging.dialect import Problem
from messaging.dialects.startmessaging import headers
from messaging.dialects.startmessaging.errors import WORDS, Word, worded
from messaging.dialects.startmessaging.links import require_https
from messaging.dialects.startmessaging.serializers import timestamp
from messaging.dialects.startmessaging.views import View
from messaging.drafting import Sender
from messaging.edge import MIB, json_response
from messaging.errors import Refusal, Refused
from messaging.idempotency import Key
from messaging.models import Broadcast, Segment
from messaging.streaming import Streamed
from tokens.scopes import Scope

LARGEST = 64 * MIB  # about four million numbers
STATUSES: Mapping[str, str] = {status: status.value for status in (*Broadcast.LIVE, *Broadcast.OVER)}
_PHONES = ("recipients", "phones")
_FIELDS = {"scheduled_at": "schedule.send_at"}  # the core's names for what is called otherwise here
_WORDS = {**WORDS, Refusal.NOT_PENDING: Word(409, "BROADCAST_IN_PROGRESS")}
_PREFIX, _SEGMENT = "bcast_", "seg_"


def answer(problem: Problem, request: HttpRequest) -> HttpResponse:
    """Word a refusal; a broadcast that cannot be stopped any more has a word of its own."""
    return worded(problem, _WORDS)


class Language(Struct):
    code: str


class BroadcastTemplate(Struct):
    """A template and what goes into its gaps; `{{contact.first_name}}` there is filled for each contact."""

    name: str
    language: str | Language
    components: list[Any] = []

    def content(self) -> dict[str, Any]:
        """Return it as a message has it."""
        code = self.language if isinstance(self.language, str) else self.language.code
        return {"name": self.name, "language": {"code": code}, "components": self.components}


class Recipients(Struct):
    """Phone numbers, or a segment of the account's contacts."""

    type: Literal["list", "segment"]
    phones: Annotated[list[str] | None, Meta(description="For a list: numbers with their country code.")] = None
    segment_id: Annotated[str | None, Meta(description="For a segment.", examples=["seg_0Bk3v9QmL2x"])] = None


class Schedule(Struct):
    """When to send."""

    send_at: Annotated[str, Meta(max_length=40, description="With an offset, or as local time in `timezone`.")]
    timezone: str | None = None

    def moment(self) -> datetime:
        """Return when that is; raises Refused."""
        zone = ZoneInfo(self.timezone) if self.timezone in time_zones() else None
        if self.timezone and not zone:
            raise _invalid("schedule.timezone", "a time zone such as America/Sao_Paulo")
        try:
            moment = parse_datetime(self.send_at)
        except ValueError:  # well written, but no such day
            moment = None
        if moment and moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone) if zone else None
        if moment is None:
            raise _invalid("schedule.send_at", "a time with its offset, such as 2026-01-18T09:00:00-03:00")
        return moment


class NewBroadcast(Struct):
    """One template message to many people."""

    name: Annotated[str, Meta(min_length=1, max_length=150)]
    template: BroadcastTemplate
    recipients: Recipients
    schedule: Schedule | None = None


def _invalid(field: str, must_be: str) -> Refused:
    return Refused(Refusal.INVALID, f"{field} must be {must_be}.", field=field)


def render_id(id: int) -> str:
    return _PREFIX + ids.to_base62(id)


def _read(prefix: str, text: str) -> int | None:
    return ids.from_base62(text.removeprefix(prefix)) if text.startswith(prefix) else None


def accepted(broadcast: Broadcast) -> dict[str, Any]:
    """Return the answer to a broadcast that was taken, which is the same for each repeat of its request."""
    status = Broadcast.Status.SCHEDULED if broadcast.scheduled_at else Broadcast.Status.QUEUED
    return {
        "broadcast_id": render_id(broadcast.pk),
        "status": STATUSES[status],
        "total_recipients": broadcast.total,
        "estimated_completion": timestamp(broadcasts.expected_end(broadcast)),
    }


def shown(broadcast: Broadcast) -> dict[str, Any]:
    now = broadcasts.progress(broadcast)
    return {
        "broadcast_id": render_id(broadcast.pk),
        "name": broadcast.name,
        "status": STATUSES[broadcast.status],
        "total": now.total,
        "sent": now.sent,
        "delivered": now.delivered,
        "read": now.read,
        "failed": now.failed,
        "skipped": now.skipped,
        "progress_percent": now.percent,
        "scheduled_at": _time(broadcast.scheduled_at),
        "started_at": _time(broadcast.started_at),
        "completed_at": _time(broadcast.finished_at),
    }


def analysed(broadcast: Broadcast) -> dict[str, Any]:
    found = broadcasts.analytics(broadcast)
    return {
        "total_sent": found.progress.sent,
        "delivered": found.progress.delivered,
        "read": found.progress.read,
        "replied": found.replied,
        "delivery_rate": found.delivery_rate,
        "read_rate": found.read_rate,
        "reply_rate": found.reply_rate,
        "avg_delivery_time_ms": found.average_delivery_ms,
        "failed_reasons": {code.upper(): number for code, number in found.progress.reasons.items()},
    }


def _time(moment: datetime | None) -> str | None:
    return timestamp(moment) if moment else None


class BroadcastView(View):
    answer = staticmethod(answer)

    def find(self, broadcast_id: str) -> Broadcast:
        return broadcasts.find(self.caller.account, _read(_PREFIX, broadcast_id))


class Broadcasts(Streamed, BroadcastView):
    needs: ClassVar[Mapping[str, Scope]] = {"POST": Scope.BROADCASTS_WRITE}
    largest_body = LARGEST

    def post(self, request: Request) -> HttpResponse:
        http = request._request
        if http.content_type != "application/json":
            raise Refused(Refusal.WRONG_TYPE, "The Content-Type must be application/json.", field="Content-Type")
        id = headers.request_id(http)
        key = Key(space="POST /v1/broadcasts", value=id, body=self.spooled.digest) if id else None
        context = {"request_id": id, "webhook_url": headers.webhook_url(http)}
        with AddressList(self.caller.account, field=".".join(_PHONES)) as phones:
            try:
                draft = self._draft(phones, {name: value for name, value in context.items() if value})
                taken = broadcasts.accept(Sender.from_caller(self.caller, self.dialect), draft, key=key)
            except Refused as refused:
                refused.field = _FIELDS.get(refused.field or "", refused.field)
                raise
        response = json_response(accepted(taken.broadcast), status=201)
        if taken.is_repeat:
            response["X-Idempotent-Replay"] = "true"
        return response

    def _draft(self, phones: AddressList, context: dict[str, Any]) -> Draft:
        rest = streaming.split(self.spooled.file, _PHONES, phones.add)
        asked = edge.convert(rest, NewBroadcast)
        content = asked.template.content()
        require_https("template", content)
        return Draft(
            name=asked.name,
            kind="template",
            body=content,
            recipients=self._recipients(asked.recipients, phones),
            scheduled_at=asked.schedule.moment() if asked.schedule else None,
            time_zone=(asked.schedule.timezone or "") if asked.schedule else "",
            context=context,
        )

    def _recipients(self, asked: Recipients, phones: AddressList) -> AddressList | Segment:
        if asked.type == "list":
            if not phones.number:
                raise Refused(Refusal.REQUIRED, "recipients.phones is required.", field="recipients.phones")
            return phones
        if asked.segment_id is None:
            raise Refused(Refusal.REQUIRED, "recipients.segment_id is required.", field="recipients.segment_id")
        id = _read(_SEGMENT, asked.segment_id) or 0
        segment = Segment.objects.for_account(self.caller.account).filter(pk=id).first()
        if segment is None:
            raise Refused(Refusal.NOT_FOUND, "There is no such segment.", field="recipients.segment_id")
        return segment


class OneBroadcast(BroadcastView):
    needs: ClassVar[Mapping[str, Scope]] = {"GET": Scope.BROADCASTS_READ, "DELETE": Scope.BROADCASTS_WRITE}

    def get(self, request: Request, broadcast_id: str) -> HttpResponse:
        return json_response(shown(self.find(broadcast_id)))

    def delete(self, request: Request, broadcast_id: str) -> HttpResponse:
        cancelled = broadcasts.cancel(
            self.find(broadcast_id), by=self.caller.actor(), is_sandbox=self.caller.is_sandbox
        )
        return json_response({"broadcast_id": broadcast_id, "status": STATUSES[cancelled.status]})


class Analytics(BroadcastView):
    needs: ClassVar[Mapping[str, Scope]] = {"GET": Scope.BROADCASTS_READ}

    def get(self, request: Request, broadcast_id: str) -> HttpResponse:
        return json_response(analysed(self.find(broadcast_id)))
