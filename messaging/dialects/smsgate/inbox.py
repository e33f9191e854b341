"""`/inbox`: what devices received."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from django.db.models import Q
from msgspec import Meta, Struct

from accounts.models import Account
from messaging import media, transport
from messaging.content import FORMATS, files_in, summary
from messaging.dialects.smsgate import listing, phones, query, times
from messaging.dialects.smsgate.query import Query
from messaging.dialects.smsgate.serializers import DeviceId, read_id, render_id
from messaging.errors import Refusal, Refused
from messaging.models import Direction, Media, Message, MessageQuerySet
from messaging.transport import Reading

SMS, DATA_SMS, MMS, MMS_DOWNLOADED = "SMS", "DATA_SMS", "MMS", "MMS_DOWNLOADED"
TYPES = (SMS, DATA_SMS, MMS, MMS_DOWNLOADED)
MOST = 500

Delivery = Literal["Disabled", "Individual", "Batch"]
_FILES = Q(kind__in=list(FORMATS))
_MMS = Q(context__has_key="mms")
_WHERE: Mapping[str, Q] = {
    SMS: ~Q(kind="data") & ~_FILES & ~_MMS,
    DATA_SMS: Q(kind="data"),
    MMS: _MMS & ~_FILES,  # announced, and still with the carrier
    MMS_DOWNLOADED: _FILES,
}


class Refresh(Struct, rename="camel"):
    """What phones are to read of their inbox again. `triggerWebhooks` is the older form of `webhookDelivery`."""

    since: datetime
    until: datetime
    device_id: DeviceId | None = None
    message_types: Annotated[list[Literal["SMS", "DATA_SMS", "MMS", "MMS_DOWNLOADED"]], Meta(min_length=1)] | None = (
        None
    )
    webhook_delivery: Delivery | None = None
    trigger_webhooks: bool | None = None

    @property
    def telling(self) -> str:
        return self.webhook_delivery or ("Individual" if self.trigger_webhooks else "Disabled")


def refresh(account: Account, asked: Refresh, *, telling: str) -> None:
    """Have the device, or all of them, read their inbox again; raises Refused."""
    since, until = times.utc(asked.since, "since"), times.utc(asked.until, "until")
    if since > until:
        raise Refused(Refusal.INVALID, "since must not be later than until.", field="since")
    reading = Reading(since, until, asked.message_types or [SMS], telling)
    devices = [phones.find(account, asked.device_id)] if asked.device_id else phones.phones(account)
    for device in devices:
        transport.get(device.transport).read_inbox(device, reading)


def page(account: Account, asked: Query) -> tuple[list[dict[str, Any]], int]:
    """Return one page of what was received, the newest first, and how much there is; raises Refused."""
    limit, offset = query.page(asked, most=MOST)
    found = _received(account).made_between(*query.between(asked))
    if sort := query.choice(asked, "type", TYPES):
        found = found.filter(_WHERE[sort])
    found = listing.of_device(found, asked)
    rows = list(found.order_by("-pk")[offset : offset + limit].select_related("device").prefetch_related("recipients"))
    files = _files(account, rows) if query.flag(asked, "includeAttachments") else {}
    return [_shown(row) | _attached(row, files) for row in rows], listing.total(found, account, asked, what="received")


def find_attachment(account: Account, id: str, part: str) -> Media:
    """Return a file of a received message by its place there; raises Refused(NOT_FOUND)."""
    message = _received(account).filter(pk=read_id(id) or 0).first()
    ids = _ids(message) if message else []
    if not part.isdecimal() or len(part) > 9 or int(part) >= len(ids):
        raise Refused(Refusal.NOT_FOUND, "attachment not found")
    return media.find(account, ids[int(part)])


def _received(account: Account) -> MessageQuerySet:
    return Message.objects.for_account(account).filter(direction=Direction.IN)


def _shown(message: Message) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": render_id(message.pk),
        "type": _type(message),
        "sender": message.to,
        "contentPreview": summary(message.kind, message.content),
        "createdAt": times.timestamp(message.created_at),
    }
    if message.device and message.device.number:
        shown["recipient"] = message.device.number
    if "sim_number" in message.context:
        shown["simNumber"] = message.context["sim_number"]
    return shown


def _type(message: Message) -> str:
    if message.kind == "data":
        return DATA_SMS
    if message.kind in FORMATS:
        return MMS_DOWNLOADED
    return MMS if "mms" in message.context else SMS


def _ids(message: Message) -> list[int | None]:
    """Return the ids of the message's files, in their order."""
    return [media.read_id(str(file.get("id", ""))) for _, _, file in files_in(message.kind, message.content)]


def _files(account: Account, messages: Iterable[Message]) -> Mapping[int, Media]:
    return Media.objects.for_account(account).in_bulk({id for message in messages for id in _ids(message) if id})


def _attached(message: Message, files: Mapping[int, Media]) -> dict[str, Any]:
    found: Sequence[tuple[int, Media]] = [
        (place, files[id]) for place, id in enumerate(_ids(message)) if id is not None and id in files
    ]
    if not found:
        return {}
    return {
        "attachments": [
            {"partId": place, "name": file.filename or str(file), "size": file.size, "contentType": file.mime}
            for place, file in found
        ]
    }
