"""From a request to send to the core's draft."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from messaging.dialects.smsgate import phones, query, times
from messaging.dialects.smsgate.serializers import MOST_CHARACTERS, Send
from messaging.drafting import Draft
from messaging.errors import Refusal, Refused
from messaging.models import Channel
from tokens.authentication import Caller

_LONG_AGO = timedelta(days=36_500)


def draft_of(asked: Send, caller: Caller, asked_query: Mapping[str, str]) -> Draft:
    """Return the message that was asked for; raises Refused."""
    kind, body = _content(asked)
    is_encrypted = bool(asked.is_encrypted)
    scheduled_at, expires_at = _times(asked)
    return Draft(
        to=_numbers(asked),
        kind=kind,
        body=body,
        channel=Channel.SMS,
        device=phones.find(caller.account, asked.device_id) if asked.device_id else None,
        active_since=_active_since(query.whole(asked_query, "deviceActiveWithin")),
        priority=asked.priority or 0,
        scheduled_at=scheduled_at,
        expires_at=expires_at,
        context=_context(asked),
        client_id=asked.id or "",
        is_verbatim=is_encrypted or query.flag(asked_query, "skipPhoneValidation"),
        limits={"text_limit": MOST_CHARACTERS},
    )


def _content(asked: Send) -> tuple[str, dict[str, Any]]:
    if asked.mms_message is not None:
        raise Refused(Refusal.KIND, "mmsMessage cannot be sent: only textMessage and dataMessage.", field="type")
    given = [part for part in (asked.text_message, asked.data_message, asked.message or None) if part is not None]
    if len(given) != 1:
        detail = "Exactly one of textMessage, dataMessage and message is required."
        raise Refused(Refusal.REQUIRED if not given else Refusal.INVALID, detail)
    if data := asked.data_message:
        text = data.data
        if asked.is_encrypted:  # ciphertext is no base64
            text = base64.b64encode(text.encode()).decode()
        return "data", {"data": text, "port": data.port}
    return "text", {"body": asked.text_message.text if asked.text_message else asked.message}


def _numbers(asked: Send) -> list[str]:
    if asked.phone_numbers is not None:
        return asked.phone_numbers
    if asked.recipient is not None:
        return [asked.recipient]
    raise Refused(Refusal.REQUIRED, "The field phoneNumbers is required.", field="phoneNumbers")


def _times(asked: Send) -> tuple[datetime | None, datetime | None]:
    """Return when the message is to be sent and when it is too late; raises Refused."""
    now = timezone.now()
    if asked.ttl is not None and asked.valid_until is not None:
        raise Refused(Refusal.INVALID, "Only one of ttl and validUntil may be given.", field="ttl")
    begin = times.utc(asked.schedule_at, "scheduleAt") if asked.schedule_at else None
    if begin and begin <= now:
        raise Refused(Refusal.IN_THE_PAST, "scheduleAt must be in the future.", field="scheduleAt")
    if asked.ttl is not None:
        return begin, now + timedelta(seconds=asked.ttl)
    return begin, times.utc(asked.valid_until, "validUntil") if asked.valid_until else None


def _active_since(hours: int) -> datetime | None:
    return timezone.now() - min(timedelta(hours=min(hours, 10**6)), _LONG_AGO) if hours else None


def _context(asked: Send) -> dict[str, Any]:
    """Return what is kept for the phone, and shown: what differs from how phones do by themselves."""
    kept: dict[str, Any] = {}
    if asked.sim_number is not None:
        kept["sim_number"] = asked.sim_number
    if asked.with_delivery_report is False:
        kept["with_delivery_report"] = False
    if asked.is_encrypted:
        kept["is_encrypted"] = True
    return kept
