"""The vendor's own example of sending, and one of reading."""

from messaging.dialect import Example

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
