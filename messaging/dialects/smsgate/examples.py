"""The vendor's own example of sending, and two of reading."""

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
