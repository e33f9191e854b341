"""One call: each attempt with what was sent, what was answered, and when the next one is."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from accounts.permissions import MemberRequest
from accounts.roles import Can
from messaging.dashboard.tokens.pages import member_page
from messaging.dashboard.webhooks import wording
from messaging.dashboard.webhooks.pages import find_call, show
from messaging.models import WebhookAttempt

_MOST = 50


@require_GET
@member_page(Can.SEE)
def call(request: MemberRequest, pk: int, call: int) -> HttpResponse:
    delivery = find_call(request, pk, call)
    attempts = list(delivery.tried.order_by("-pk")[:_MOST])
    context = {
        "call": delivery,
        "endpoint": delivery.endpoint,
        "title": str(delivery.endpoint),
        "url": delivery.url or delivery.endpoint.url,
        "state": wording.call(delivery),
        "is_due": wording.is_due(delivery),
        "attempts": [_shown(made, delivery.attempts - place) for place, made in enumerate(attempts)],
    }
    return show(request, "call", context)


def _shown(made: WebhookAttempt, number: int) -> dict[str, Any]:
    return {
        "made": made,
        "number": number,
        "word": wording.attempt(made),
        "sent": _lines(made.request_headers),
        "answered": _lines(made.answer_headers),
    }


def _lines(headers: dict[str, str]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in headers.items())
