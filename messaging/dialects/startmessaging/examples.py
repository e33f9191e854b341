"""A first request to send and one to read, as the vendor's documentation prints them."""

from dataclasses import replace
from typing import Any

from messaging.content import META_KINDS
from messaging.dialect import Example

_HEADERS = {"Authorization": "Bearer $TOKEN"}

SEND = Example(
    title="Send a text",
    method="POST",
    path="v1/messages",
    headers={**_HEADERS, "Content-Type": "application/json"},
    body={"to": "$TO", "type": "text", "text": {"body": "Hello from StartMessaging"}},
)
READ = Example(title="List messages", method="GET", path="v1/messages", headers=_HEADERS)
READ_ONE = Example(title="Read a message", method="GET", path="v1/messages/$ID", headers=_HEADERS)


def send_kind(kind: str, body: Any) -> Example | None:
    """Return how Meta's body of a kind is sent."""
    if kind not in META_KINDS:
        return None
    return replace(SEND, title=f"Send {kind}", body={"to": "$TO", "type": kind, kind: body})
