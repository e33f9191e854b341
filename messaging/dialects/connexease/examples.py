"""A first request to send and one to read, as the vendor's documentation prints them."""

from messaging.dialect import Example

_HEADERS = {"Authorization": "Bearer $TOKEN"}

SEND = Example(
    title="Send a text",
    method="POST",
    path="v1/wa/message",
    headers={**_HEADERS, "Content-Type": "application/json"},
    body={
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "$TO",
        "type": "text",
        "text": {"body": "Hello from Connexease"},
    },
)
READ = Example(title="List messages", method="GET", path="v1/wa/message", headers=_HEADERS)
READ_ONE = Example(title="Read a message", method="GET", path="v1/wa/message/$ID", headers=_HEADERS)
