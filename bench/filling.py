"""A database with a history: delivered messages with their recipients, keys and timelines."""

import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Account
from messaging import ids, routing, rows
from messaging.committer import MESSAGE, RECIPIENT
from messaging.idempotency import COLUMNS as KEY
from messaging.models import IdempotencyKey, Message, Recipient, TimelineEntry

_ENTRY = ("message", "recipient", "at", "event", "code", "detail")


def fill(messages: int, *, batch: int = 5000) -> None:
    """Store so many messages of the first account, as if delivered just now, keys still within their day."""
    account = Account.objects.get()
    device, token, now = routing.sandbox(account), account.tokens.filter(type="production").get(), timezone.now()
    for _ in range(messages // batch):
        first = ids.new_ids(batch)
        numbers = range(first, first + batch)
        common = [account.pk, token.pk, None, device.pk, "startmessaging", "whatsapp", "out", "text"]
        rest = [{"body": "Your order has left."}, {"route": "default"}, "delivered", 0, None, None, now, None]
        with transaction.atomic():
            rows.insert(Message, MESSAGE, [[n, *common, *rest] for n in numbers])
            rows.insert(Recipient, RECIPIENT, [[n, n, "+966500000142", "delivered", None, False] for n in numbers])
            keys = [[secrets.token_hex(16), n, 1, "0" * 16, now + timedelta(hours=20)] for n in numbers]
            rows.insert(IdempotencyKey, KEY, keys)
            steps = [[n, n, now, event, "", ""] for n in numbers for event in ("sent", "delivered")]
            rows.insert(TimelineEntry, _ENTRY, steps)
