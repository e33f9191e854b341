"""One endpoint: how it goes, what it is told, and its calls."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from accounts.models import AuditEntry
from accounts.permissions import MemberRequest
from accounts.roles import Can
from messaging.dashboard.paging import turn
from messaging.dashboard.tokens import history
from messaging.dashboard.tokens.pages import member_page
from messaging.dashboard.webhooks import wording
from messaging.dashboard.webhooks.pages import find, find_own, show
from messaging.errors import Refused
from messaging.ids import LARGEST
from messaging.models import WebhookDelivery, WebhookEndpoint
from messaging.webhooks import examples, figures, format, keyring, rendering

_State = WebhookDelivery.State
_LISTS = {
    "": ("All", list(_State)),
    "waiting": ("Waiting", [_State.WAITING]),
    "lost": ("Given up", [_State.FAILED, _State.DROPPED]),
    "delivered": ("Delivered", [_State.DELIVERED]),
}


@require_GET
@member_page(Can.SEE)
def webhook(request: MemberRequest, pk: int) -> HttpResponse:
    endpoint = find(request, pk)
    known, numbers = format.find(endpoint.format), figures.of([endpoint])[endpoint.pk]
    asked = request.GET.get("show", "")
    chosen = asked if asked in _LISTS else ""
    page = turn(_calls(request, endpoint).filter(state__in=_LISTS[chosen][1]), request.GET)
    context = {
        "endpoint": endpoint,
        "title": str(endpoint),
        "host": endpoint.host,
        "format": known.label if known else endpoint.format,
        "signing": known.signing if known else "",
        "state": wording.ENDPOINTS[endpoint.state],
        "is_own": endpoint.kind != WebhookEndpoint.Kind.GIVEN,
        "success": wording.success(numbers),
        "waiting": numbers.waiting,
        "words": _words(endpoint, known),
        "headers": rendering.header_names(endpoint),
        "schedule": _schedule(endpoint, known),
        "secrets": keyring.readable(endpoint),
        "page": page,
        "rows": [(row, wording.call(row), wording.is_due(row)) for row in page.rows],
        "segments": [_segment(request, name, is_current=name == chosen) for name in _LISTS],
        "history": history.lines(_entries(endpoint)[:20]),
    }
    return show(request, "webhook", context)


def _calls(request: MemberRequest, endpoint: WebhookEndpoint) -> QuerySet[WebhookDelivery]:
    rows = WebhookDelivery.objects.filter(endpoint=endpoint).select_related("event")
    message = request.GET.get("message", "")
    if message.isascii() and message.isdigit() and len(message) < 20:
        return rows.filter(event__message=min(int(message), LARGEST))
    return rows


def _segment(request: MemberRequest, name: str, *, is_current: bool) -> dict[str, Any]:
    url = f"?{urlencode({'show': name})}" if name else request.path
    return {"url": url, "label": _LISTS[name][0], "current": is_current}


def _words(endpoint: WebhookEndpoint, known: format.Format | None) -> list[tuple[str, str]]:
    """Return the events that it is told of, with what they mean."""
    if known is None:
        return []
    words = endpoint.events if endpoint.is_by_name else endpoint.events or known.usual
    return [(word, known.words.get(word, "")) for word in words]


def _schedule(endpoint: WebhookEndpoint, known: format.Format | None) -> str:
    if endpoint.retry_after is not None:
        return wording.schedule(timedelta(seconds=seconds) for seconds in endpoint.retry_after)
    return wording.schedule(known.retry_after if known else ())


def _entries(endpoint: WebhookEndpoint) -> QuerySet[AuditEntry]:
    return AuditEntry.objects.filter(account=endpoint.account, target_type="webhookendpoint", target_id=endpoint.pk)


@require_POST
@member_page(Can.MANAGE_WEBHOOKS)
def example(request: MemberRequest, pk: int) -> HttpResponse:
    """Send an example event, and show its call."""
    try:
        sent = examples.send_example(find_own(request, pk), request.POST.get("event", "")[:64])
    except Refused as refused:
        messages.error(request, refused.detail)
        return redirect("webhook", pk=pk)
    messages.success(request, "The example is on its way. Reload this page to see what was answered.")
    return redirect("webhook-call", pk=pk, call=sent.pk)
