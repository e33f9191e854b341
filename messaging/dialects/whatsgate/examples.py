"""The vendor's own example of sending, and one of reading."""

from dataclasses import replace
from typing import Any

from messaging.dialect import Example
from messaging.dialects.whatsgate.serializers import SORTS

SEND = Example(
    title="Send a text message",
    method="POST",
    path="api/send/text",
    headers={"Access-Token": "$TOKEN", "Content-Type": "application/json"},
    body={"sender_device": "$DEVICE", "phone": "$TO", "message": "Hello, this is a test message"},
)
READ = Example(
    title="Read a device's balance",
    method="GET",
    path="api/reports/balance/$DEVICE",
    headers={"Access-Token": "$TOKEN"},
)
READ_ONE = Example(
    title="Read a message",
    method="GET",
    path="api/messages/$ID",
    headers={"Access-Token": "$TOKEN"},
)


def send_kind(kind: str, body: Any) -> Example | None:
    """Return how Meta's body of a kind is sent; a file may also be named by its link alone."""
    if kind not in SORTS:
        return None
    fields = {{"body": "message", "link": "media"}.get(name, name): value for name, value in body.items()}
    asked = {"sender_device": "$DEVICE", "phone": "$TO", **fields}
    return replace(SEND, title=f"Send {kind}", path=f"api/send/{kind}", body=asked)
