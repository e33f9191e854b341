"""What the operations about broadcasts take and answer."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from messaging.dialects.startmessaging.broadcasts import STATUSES, NewBroadcast, answer
from messaging.dialects.startmessaging.schema_errors import Error
from messaging.documents import BROADCASTING, Answer, Operation, Voice, header, one_of
from messaging.errors import Refusal

Time = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
Number = Annotated[int, Meta(ge=0)]
Percent = Annotated[float, Meta(ge=0, le=100)]


class BroadcastAccepted(Struct):
    """A broadcast that was stored and will be sent."""

    broadcast_id: str
    status: Literal["queued", "scheduled"]
    total_recipients: Annotated[int, Meta(description="Each number once.")]
    estimated_completion: Time


class Broadcast(Struct):
    """How far a broadcast is. Who was read to counts as delivered to as well, and as sent to."""

    broadcast_id: str
    name: str
    status: Annotated[str, one_of(STATUSES.values())]
    total: Number
    sent: Number
    delivered: Number
    read: Number
    failed: Number
    skipped: Annotated[Number, Meta(description="People who had written STOP.")]
    progress_percent: Percent
    scheduled_at: Time | None
    started_at: Time | None
    completed_at: Time | None


class BroadcastAnalytics(Struct):
    """What became of those it was sent to; rates are in percent of them."""

    total_sent: Number
    delivered: Number
    read: Number
    replied: Number
    delivery_rate: Percent
    read_rate: Percent
    reply_rate: Percent
    avg_delivery_time_ms: Number | None
    failed_reasons: Annotated[dict[str, int], Meta(description="How many failed, by code.")]


class BroadcastCancelled(Struct):
    """A broadcast that will not be sent."""

    broadcast_id: str
    status: Literal["cancelled"]


_ID = "bcast_0Bk3v9QmL2x"
_PARAMETERS: list[dict[str, Any]] = [{"type": "text", "text": "{{contact.first_name|there}}"}]
_TEMPLATE: dict[str, Any] = {
    "name": "january_sale",
    "language": {"code": "pt_BR"},
    "components": [{"type": "body", "parameters": _PARAMETERS}],
}
_LIST = {"type": "list", "phones": ["$TO"]}
_TAKEN = {
    "broadcast_id": _ID,
    "status": "queued",
    "total_recipients": 3,
    "estimated_completion": "2026-01-15T11:00:00Z",
}
_ONE = {
    "broadcast_id": _ID,
    "name": "January Sale Announcement",
    "status": "in_progress",
    "total": 3,
    "sent": 2,
    "delivered": 1,
    "read": 0,
    "failed": 0,
    "skipped": 0,
    "progress_percent": 66.7,
    "scheduled_at": None,
    "started_at": "2026-01-15T10:30:00Z",
    "completed_at": None,
}
_FIGURES = {
    "total_sent": 3,
    "delivered": 3,
    "read": 2,
    "replied": 1,
    "delivery_rate": 100.0,
    "read_rate": 66.7,
    "reply_rate": 33.3,
    "avg_delivery_time_ms": 2340,
    "failed_reasons": {},
}
_PATH = {"broadcast_id": _ID}
_VOICE = Voice("broadcast_", Error, answer)

OPERATIONS = {
    "POST /v1/broadcasts": Operation(
        summary="Create a broadcast",
        description="One template message to a list of numbers or to a segment. The body may be as long as the list "
        "needs. A number that stands in the list twice is one recipient, and whoever wrote STOP is left out.",
        takes=NewBroadcast,
        examples={
            "A list": {"name": "January Sale Announcement", "template": _TEMPLATE, "recipients": _LIST},
        },
        parameters=[
            header(
                "X-Request-ID",
                Annotated[str, Meta(max_length=128, pattern="^[ -~]*$")],
                "The same id and body within 24 hours get the first answer again.",
            ),
            header("X-Webhook-URL", str, "Where this broadcast's events go instead: an https address."),
        ],
        answers={201: Answer(BroadcastAccepted, _TAKEN)},
        refuses=BROADCASTING | {Refusal.NOT_FOUND},
    ),
    "GET /v1/broadcasts/{broadcast_id}": Operation(
        summary="Read a broadcast", path=_PATH, answers={200: Answer(Broadcast, _ONE)}
    ),
    "GET /v1/broadcasts/{broadcast_id}/analytics": Operation(
        summary="Read what became of a broadcast", path=_PATH, answers={200: Answer(BroadcastAnalytics, _FIGURES)}
    ),
    "DELETE /v1/broadcasts/{broadcast_id}": Operation(
        summary="Cancel a broadcast that has not begun",
        path=_PATH,
        answers={200: Answer(BroadcastCancelled, {"broadcast_id": _ID, "status": "cancelled"})},
        refuses=[Refusal.NOT_PENDING],
        voice=_VOICE,
    ),
}
