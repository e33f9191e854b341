"""One message to many people, over the same verbs as the dashboard's."""

from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from messaging import broadcasts, edge, streaming
from messaging.api import examples
from messaging.api.schema import IDEMPOTENCY_KEY
from messaging.api.serializers import broadcasts as out
from messaging.api.views.base import JSON, View, read_id, show
from messaging.api.views.messages import Sending
from messaging.broadcasts import Accepted, AddressList, Draft
from messaging.edge import MIB
from messaging.errors import Refusal, Refused
from messaging.models import Broadcast, Device, Segment
from messaging.streaming import Streamed
from tokens.scopes import Scope

_FIELDS = {"recipients": "to", "device": "device_id", "text.body": "text"}  # the core's names, where ours are others
_NEEDS = {"GET": Scope.BROADCASTS_READ, "POST": Scope.BROADCASTS_WRITE}


class Broadcasts(Streamed, Sending):
    needs: ClassVar[dict[str, Scope]] = _NEEDS
    largest_body = 64 * MIB  # about four million numbers
    space = "POST /api/v1/broadcasts"

    @property
    def body_mark(self) -> bytes:
        return self.spooled.digest

    @extend_schema(
        operation_id="list_broadcasts",
        summary="List broadcasts",
        parameters=[out.BroadcastFilter],
        responses=out.BroadcastPage,
    )
    def get(self, request: Request) -> HttpResponse:
        asked = self.query(out.BroadcastFilter)
        rows = Broadcast.objects.for_account(self.caller.account)
        return self.page(rows.filter(status=asked["status"]) if "status" in asked else rows, out.BroadcastOut, asked)

    @extend_schema(
        operation_id="create_broadcast",
        summary="Send one message to many people",
        description="It is committed before the answer, and sent as fast as its device takes it. A number that is "
        "listed twice is one recipient; whoever wrote STOP is left out. `{{contact.first_name}}` and its like are "
        "filled for each contact, `{{contact.first_name|there}}` says what stands where there is none. A repeat with "
        "the same `Idempotency-Key` and body within 24 hours gets the first answer again.",
        parameters=[IDEMPOTENCY_KEY],
        request=out.BroadcastIn,
        responses={201: out.BroadcastAccepted},
        examples=examples.BROADCAST,
    )
    def post(self, request: Request) -> HttpResponse:
        if self.request.META.get("CONTENT_TYPE", "").partition(";")[0].strip() != JSON:
            raise Refused(Refusal.WRONG_TYPE)
        with AddressList(self.caller.account, field="to") as numbers:
            rest = edge.convert(streaming.split(self.spooled.file, ("to",), numbers.add), dict[str, Any])
            asked = self.validated(out.BroadcastIn, rest)
            try:
                taken = broadcasts.accept(self.sender(), self._draft(asked, numbers), key=self.key())
            except Refused as refused:
                refused.field = _FIELDS.get(refused.field or "", refused.field)
                raise
        return _accepted(taken)

    def _draft(self, asked: dict[str, Any], numbers: AddressList) -> Draft:
        is_text = "text" in asked
        return Draft(
            name=asked["name"],
            kind="text" if is_text else "template",
            body={"body": asked["text"]} if is_text else asked["template"],
            recipients=self._segment(asked["segment_id"]) if "segment_id" in asked else numbers,
            channel=asked["channel"],
            device=self._device(asked["device_id"]) if "device_id" in asked else None,
            scheduled_at=asked.get("scheduled_at"),
            time_zone=asked.get("time_zone", ""),
        )

    def _segment(self, id: str) -> Segment:
        segment = Segment.objects.for_account(self.caller.account).filter(pk=read_id(id)).first()
        if segment is None:
            raise Refused(Refusal.INVALID, "There is no such segment.", field="segment_id")
        return segment

    def _device(self, id: str) -> Device:
        device = Device.objects.for_account(self.caller.account).filter(pk=read_id(id)).first()
        if device is None:
            raise Refused(Refusal.DEVICE_UNKNOWN, "There is no such device.", field="device_id")
        return device


def _accepted(taken: Accepted) -> HttpResponse:
    broadcast = taken.broadcast
    answer = {
        "id": str(broadcast.pk),
        "status": "scheduled" if broadcast.scheduled_at else "queued",
        "total": broadcast.total,
        "created_at": broadcast.created_at,
        "expected_end": broadcasts.expected_end(broadcast),
    }
    response = edge.json_response(answer, status=201)
    response.headers["Location"] = f"/api/v1/broadcasts/{broadcast.pk}"
    if taken.is_repeat:
        response.headers["Idempotent-Replay"] = "true"
    return response


class Base(View):
    needs: ClassVar[dict[str, Scope]] = _NEEDS

    def find(self, id: str) -> Broadcast:
        return broadcasts.find(self.caller.account, read_id(id))

    @staticmethod
    def shown(broadcast: Broadcast) -> HttpResponse:
        progress = out.ProgressOut(broadcasts.progress(broadcast)).data
        return show(out.BroadcastOut, broadcast, progress=progress)


class OneBroadcast(Base):
    @extend_schema(
        operation_id="read_broadcast", summary="Read how far a broadcast is", responses=out.BroadcastWithProgress
    )
    def get(self, request: Request, id: str) -> HttpResponse:
        return self.shown(self.find(id))


class Analytics(Base):
    @extend_schema(
        operation_id="broadcast_analytics", summary="Read what became of a broadcast", responses=out.AnalyticsOut
    )
    def get(self, request: Request, id: str) -> HttpResponse:
        return show(out.AnalyticsOut, broadcasts.analytics(self.find(id)))


class Cancel(Base):
    @extend_schema(
        operation_id="cancel_broadcast",
        summary="Cancel a broadcast that has not begun",
        request=None,
        responses=out.BroadcastWithProgress,
    )
    def post(self, request: Request, id: str) -> HttpResponse:
        return self.shown(broadcasts.cancel(self.find(id), by=self.caller.actor(), is_sandbox=self.caller.is_sandbox))
