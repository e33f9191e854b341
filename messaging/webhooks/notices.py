"""The due function that writes letters: that a webhook fails, that it was switched off, that calls were given up."""

from __future__ import annotations

import logging

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from accounts.roles import Role
from messaging import telling
from messaging.models import WebhookEndpoint
from messaging.outgoing import redact
from messaging.webhooks.recording import switches_off_at

log = logging.getLogger(__name__)


def send_notices(limit: int = 20) -> int:
    """Send up to `limit` of the letters that are due; returns how many."""
    waiting = WebhookEndpoint.objects.filter(telling.due(), removed_at=None).select_related("account")
    return sum(_send(endpoint) for endpoint in waiting.order_by("pk")[:limit])


def _send(endpoint: WebhookEndpoint) -> bool:
    """Send a letter unless another process does; where that fails it is due again."""
    if not telling.take(endpoint):
        return False
    try:
        _letter(endpoint, endpoint.notice).send()
    except Exception:  # whatever a mail server may say
        log.exception("the owners of webhook %s could not be told", endpoint.pk)
        telling.give_back(endpoint)
        return False
    telling.finish(endpoint)
    return True


def _letter(endpoint: WebhookEndpoint, notice: str) -> EmailMessage:
    context = {
        "endpoint": endpoint,
        "host": redact(endpoint.url),
        "off_at": switches_off_at(endpoint) if endpoint.kind == WebhookEndpoint.Kind.OWN else None,
        "page": f"{settings.GATEWAY_URL}/webhooks/{endpoint.pk}/",
        "gateway": settings.GATEWAY_NAME,
    }
    subject = render_to_string(f"messaging/webhooks/mail/{notice}_subject.txt", context).strip()
    text = render_to_string(f"messaging/webhooks/mail/{notice}_message.txt", context)
    return EmailMessage(f"[{settings.GATEWAY_NAME}] {subject}", text, to=_readers(endpoint, notice))


def _readers(endpoint: WebhookEndpoint, notice: str) -> list[str]:
    """Return who is told: of single calls the endpoint's own address alone, of what is worse its owners too."""
    own = [endpoint.email] if endpoint.email else []
    if notice == "given_up":
        return own
    owners = endpoint.account.memberships.filter(role=Role.OWNER).values_list("user__email", flat=True)
    return list(dict.fromkeys([*owners, *own]))
