"""What the operations about the webhook take and answer."""

from __future__ import annotations

from typing import Annotated

from msgspec import Struct

from messaging.dialects.startmessaging.hooks import WORDS
from messaging.dialects.startmessaging.webhooks import STATUSES, Webhook
from messaging.documents import Answer, Operation, one_of
from messaging.errors import Refusal


class Registered(Struct):
    """The account's webhook; its secret is never answered."""

    url: str
    events: list[Annotated[str, one_of(WORDS)]]
    status: Annotated[str, one_of(STATUSES.values())]


_ONE = {"url": "https://example.com/webhooks", "events": list(WORDS), "status": "active"}

OPERATIONS = {
    "PUT /v1/webhooks": Operation(
        summary="Save the webhook",
        description="The address is asked first: it must answer a GET with 200 and the text of `hub.challenge`.",
        takes=Webhook,
        examples={
            "A webhook": {
                "url": "https://example.com/webhooks",
                "secret": "a-secret-of-your-own",
                "events": list(WORDS),
            }
        },
        answers={200: Answer(Registered, _ONE)},
        refuses=[Refusal.WEBHOOK_URL, Refusal.WEBHOOK_SILENT],
    ),
    "GET /v1/webhooks": Operation(
        summary="Read the webhook", answers={200: Answer(Registered, _ONE)}, refuses=[Refusal.NOT_FOUND]
    ),
    "DELETE /v1/webhooks": Operation(summary="End the webhook", answers={204: Answer()}, refuses=[Refusal.NOT_FOUND]),
}
