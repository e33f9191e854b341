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
CREATE_TEMPLATE = [
    OpenApiExample(
        "An order's confirmation",
        request_only=True,
        value={
            "name": "order_confirmation",
            "language": "en",
            "category": "utility",
            "components": [
                {"type": "header", "format": "text", "text": "Order {{1}}"},
                {"type": "body", "text": "Hello {{1}}, your order {{2}} is on its way."},
                {"type": "footer", "text": "Thank you for shopping with us"},
                {
                    "type": "buttons",
                    "buttons": [{"type": "url", "text": "Track", "url": "https://example.com/o/{{1}}"}],
                },
            ],
        },
    )
]
PAUSE_TEMPLATE = [OpenApiExample("With its reason", request_only=True, value={"reason": "Prices have changed"})]
CREATE_CONTACT = [
    OpenApiExample(
        "A customer",
        request_only=True,
        value={"address": "+905321234567", "first_name": "Ayşe", "last_name": "Kaya", "fields": {"city": "İzmir"}},
    )
]
CHANGE_CONTACT = [OpenApiExample("Another e-mail address", request_only=True, value={"email": "ayse@example.com"})]
IMPORT_CONTACTS = [
    OpenApiExample(
        "Two customers",
        request_only=True,
        media_type="text/csv",
        value="phone,first_name,city\n+905321234567,Ayşe,İzmir\n+905321234568,Can,Ankara\n",
    )
]
NAME_SEGMENT = [OpenApiExample("A name", request_only=True, value={"name": "Newsletter"})]
MEMBERS = [OpenApiExample("Two contacts", request_only=True, value={"contacts": ["1", "2"]})]
UPLOAD_MEDIA = [
    OpenApiExample(
        "A text file",
        request_only=True,
        media_type="multipart/form-data",
        value={"file": "Terms and conditions", "type": "text/plain"},
    )
]
BROADCAST = [
    OpenApiExample(
        "A text to a list",
        request_only=True,
        value={"name": "Opening hours", "to": ["+905321234567", "+905321234568"], "text": "We open at nine tomorrow."},
    ),
    OpenApiExample(
        "A template, each by their name",
        request_only=True,
        value={
            "name": "January sale",
            "to": ["+905321234567", "+905321234568"],
            "template": {
                "name": "january_sale",
                "language": {"code": "en"},
                "components": [
                    {"type": "body", "parameters": [{"type": "text", "text": "{{contact.first_name|there}}"}]}
                ],
            },
        },
    ),
]
CREATE_WEBHOOK = [
    OpenApiExample("An address", request_only=True, value={"url": "https://example.com/webhooks"}),
    OpenApiExample(
        "What fails, with a header and tries of its own",
        request_only=True,
        value={
            "url": "https://example.com/webhooks",
            "events": ["message.failed", "message.expired"],
            "filters": {"sandbox": False},
            "headers": {"X-Team": "shop"},
            "retry_schedule": [10, 60, 600],
        },
    ),
]
CHANGE_WEBHOOK = [OpenApiExample("A calmer pace", request_only=True, value={"concurrency": 1, "rate": 10})]
ROTATE_WEBHOOK = [OpenApiExample("With a day for the old one", request_only=True, value={"overlap": "24h"})]
SEND_EXAMPLE = [OpenApiExample("A failure", request_only=True, value={"event": "message.failed"})]
REPLAY_CALLS = [
    OpenApiExample("Count what was lost", request_only=True, value={"since": "2026-01-15T00:00:00Z", "dry_run": True})
]
VERIFY_CALL = [
    OpenApiExample(
        "With a format and its secret",
        request_only=True,
        value={
            "format": "standard",
            "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYq=",
            "headers": {"webhook-id": "evt_0Bk3v9QmL2x", "webhook-timestamp": "1768471200"},
            "body": '{"type":"message.delivered"}',
        },
    )
]
WEBHOOK_SETTINGS = [OpenApiExample("No texts", request_only=True, value={"message_texts": False})]
LISTEN = [OpenApiExample("What came in", request_only=True, value={"events": ["message.received"]})]
ANSWER_CALLS = [
    OpenApiExample("A good one", request_only=True, value={"items": [{"id": "1", "status": 200, "milliseconds": 12}]})
]
CHANGE_ACCOUNT = [
    OpenApiExample("In Berlin", request_only=True, value={"time_zone": "Europe/Berlin", "default_region": "DE"})
]
CHANGE_ALERT_RULES = [
    OpenApiExample(
        "A longer wait for devices, and leaked tokens paused",
        request_only=True,
        value={
            "rules": [{"code": "device_offline", "numbers": {"minutes": 30}}, {"code": "leaked", "pause_token": True}]
        },
    )
]
REPORT_LEAKS = [
    OpenApiExample(
        "A secret in a public repository",
        request_only=True,
        value={  # of a list, which is made around it
            "token": "gw_live_EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLE12",
            "type": "gatehouse_api_token",
            "url": "https://github.com/octocat/Hello-World/blob/12345600b9cbe38a219f39a9941c9319b600c002/foo/bar.txt",
            "source": "content",
        },
    )
]
