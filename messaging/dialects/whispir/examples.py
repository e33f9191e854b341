"""The vendor's own ways to send, to list and to read, in JSON."""

from messaging.dialect import Example

_JSON = "application/vnd.whispir.message-v1+json"
_SIGNED_IN = {"x-api-key": "$TOKEN", "Authorization": "Basic $BASIC", "Accept": _JSON}

SEND = Example(
    title="Send a message",
    method="POST",
    path="messages",
    headers={**_SIGNED_IN, "Content-Type": _JSON},
    body={"to": "$TO", "subject": "Hello", "body": "This is a test message"},
)
READ = Example(title="List messages", method="GET", path="messages", headers=_SIGNED_IN)
READ_ONE = Example(title="Read a message", method="GET", path="messages/$ID", headers=_SIGNED_IN)
READ_STATE = Example(
    title="Read what became of a message",
    method="GET",
    path="messages/$ID/messagestatus?view=detailed",
    headers={**_SIGNED_IN, "Accept": "application/vnd.whispir.messagestatus-v1+json"},
)
