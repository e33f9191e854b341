"""The requests that the document shows."""

from drf_spectacular.utils import OpenApiExample

SEND = [
    OpenApiExample("An SMS", request_only=True, value={"to": "+905321234567", "text": "Your code is 123456"}),
    OpenApiExample(
        "A picture by WhatsApp",
        request_only=True,
        value={
            "to": ["+905321234567", "+905321234568"],
            "channel": "whatsapp",
            "type": "image",
            "image": {"link": "https://example.com/a.jpg", "caption": "Look"},
        },
    ),
]
SEND_MANY = [
    OpenApiExample(
        "Two messages",
        request_only=True,
        value={"messages": [{"to": "+905321234567", "text": "One"}, {"to": "+905321234568", "text": "Two"}]},
    )
]
