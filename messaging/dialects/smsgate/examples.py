"""The vendor's own example of sending, and two of reading."""

from dataclasses import replace
from typing import Any

from messaging.dialect import Example

_HEADERS = {"Authorization": "Basic $BASIC"}

SEND = Example(
    title="Send a text",
    method="POST",
    path="3rdparty/v1/messages",
    headers={**_HEADERS, "Content-Type": "application/json"},
    body={"phoneNumbers": ["+$TO"], "textMessage": {"text": "Hello from JWT!"}},
)
READ = Example(title="List messages", method="GET", path="3rdparty/v1/messages", headers=_HEADERS)
ACCESS = {"Authorization": "Bearer $ACCESS"}
READ_ONE = Example(title="Read a message", method="GET", path="3rdparty/v1/messages/$ID", headers=_HEADERS)


def send_kind(kind: str, body: Any) -> Example | None:
    """Return how a text or data is sent."""
    if kind not in ("text", "data"):
        return None
    said = {"textMessage": {"text": body["body"]}} if kind == "text" else {"dataMessage": body}
    return replace(SEND, title=f"Send {kind}", body={"phoneNumbers": ["+$TO"], **said})
