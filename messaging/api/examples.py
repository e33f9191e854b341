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
CREATE_TOKEN = [
    OpenApiExample(
        "A token that sends", request_only=True, value={"name": "ERP", "type": "sandbox", "scopes": ["messages:send"]}
    )
]
CHANGE_TOKEN = [OpenApiExample("Another name", request_only=True, value={"name": "ERP, Berlin"})]
REGENERATE_TOKEN = [OpenApiExample("The old one works for a day more", request_only=True, value={"overlap": "24h"})]
CREATE_LOGIN = [OpenApiExample("A login", request_only=True, value={"name": "Till 4"})]
SEND_MANY = [
    OpenApiExample(
        "Two messages",
        request_only=True,
        value={"messages": [{"to": "+905321234567", "text": "One"}, {"to": "+905321234568", "text": "Two"}]},
    )
]
