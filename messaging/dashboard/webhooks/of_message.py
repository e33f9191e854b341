"""The calls that a message caused, for its page."""

from __future__ import annotations

from typing import Any

from messaging.dashboard.webhooks import wording
from messaging.models import Message, WebhookDelivery
from messaging.outgoing import redact

_MOST = 20


def calls(message: Message) -> list[dict[str, Any]]:
    """Return the message's latest calls, oldest first."""
    rows = WebhookDelivery.objects.filter(event__message=message, endpoint__removed_at=None)
    found = list(rows.select_related("event", "endpoint").order_by("-pk")[:_MOST])[::-1]
    return [
        {
            "call": row,
            "word": wording.call(row),
            "host": row.endpoint.name or (redact(row.url) if row.url else row.endpoint.host),
        }
        for row in found
    ]
