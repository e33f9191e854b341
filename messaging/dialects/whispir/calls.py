"""`/callbacks/{id}/calls`: what was posted to a callback, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Max, QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from messaging.dialects.whispir import fields, hooks, times
from messaging.dialects.whispir.callbacks import CallbackView
from messaging.dialects.whispir.language import Names
from messaging.dialects.whispir.serializers import read_id, render_id
from messaging.dialects.whispir.telling import told
from messaging.dialects.whispir.views import Item
from messaging.errors import Refusal, Refused
from messaging.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from messaging.webhooks import rendering, replaying
from messaging.webhooks.events import Event

SUCCESS, FAILED = "SUCCESS", "FAILED"
MOST_MARKED = 100
_DELIVERED = WebhookDelivery.State.DELIVERED


class Calls(CallbackView):
    kind = "api-call"
    names = Names("call", "calls", "calls")

    def get(self, request: Request, id: str) -> HttpResponse:
        callback = self.one(id)
        found = self._wanted(callback)
        offset, limit = self.page()
        rows = list(found.select_related("event__account", "event__message__device")[offset : offset + limit])
        return self.listing(self._shown(callback, rows), found.count(), offset=offset, limit=limit)

    def put(self, request: Request, id: str) -> HttpResponse:
        """Mark calls as done, which are then not made again."""
        callback = self.one(id)
        if fields.choice(self.payload, "status", (SUCCESS,)) == SUCCESS:
            replaying.settle(callback, self._marked(callback), by=self.caller.actor())
        return self.nothing()

    def _made(self, callback: WebhookEndpoint) -> QuerySet[WebhookDelivery]:
        return WebhookDelivery.objects.filter(endpoint=callback, attempts__gt=0, event__message__isnull=False)

    def _wanted(self, callback: WebhookEndpoint) -> QuerySet[WebhookDelivery]:
        found = self._made(callback).order_by("-pk")
        if ids := self.request._request.GET.getlist("id"):
            found = found.filter(pk__in=[read_id(id) or 0 for id in ids[:MOST_MARKED]])
        if not (status := self.asked("status")):
            return found
        status = fields.choice({"status": status}, "status", (SUCCESS, FAILED))
        return found.filter(state=_DELIVERED) if status == SUCCESS else found.exclude(state=_DELIVERED)

    def _marked(self, callback: WebhookEndpoint) -> list[int]:
        """Return the calls that the query names; raises Refused."""
        given = self.request._request.GET.getlist("id")
        if not given:
            raise Refused(Refusal.REQUIRED, "id is required, once for each call.", field="id")
        if len(given) > MOST_MARKED:
            raise Refused(Refusal.INVALID, f"At most {MOST_MARKED} calls are marked at once.", field="id")
        ids = {read_id(text) or 0 for text in given}
        if self._made(callback).filter(pk__in=ids).count() != len(ids):
            raise Refused(Refusal.NOT_FOUND, "There is no such call.")
        return list(ids)

    def _shown(self, callback: WebhookEndpoint, rows: Sequence[WebhookDelivery]) -> list[Item]:
        events = rendering.events_of(rows)
        latest = WebhookAttempt.objects.filter(delivery__in=rows).order_by().values("delivery")
        last = latest.annotate(last=Max("pk")).values_list("last", flat=True)
        attempts = {attempt.delivery_id: attempt for attempt in WebhookAttempt.objects.filter(pk__in=list(last))}
        return [self._call(callback, row, events[row.event_id], attempts.get(row.pk)) for row in rows]

    def _call(
        self, callback: WebhookEndpoint, row: WebhookDelivery, event: Event, latest: WebhookAttempt | None
    ) -> Item:
        payload = told(event, callback, is_reply=hooks.REPLY in hooks.words_of(event.trait))
        uri = self.url(self.path, render_id(callback.pk), "calls", id=render_id(row.pk))
        return {
            "id": render_id(row.pk),
            "messageId": payload["messageid"],
            "messageLocation": payload["messagelocation"],
            "status": SUCCESS if row.state == _DELIVERED else FAILED,
            "from": payload["from"],
            "responseMessage": payload["responseMessage"],
            "callback": self._attempted(callback, latest),
            "link": [self.link("self", "GET", uri), self.link("updateCall", "PUT", uri)],
        }

    def _attempted(self, callback: WebhookEndpoint, latest: WebhookAttempt | None) -> dict[str, Any]:
        zone = self.caller.account.zone
        return {
            "id": render_id(callback.pk),
            "name": callback.name,
            "url": callback.url,
            "attemptedDate": times.short(latest.at, zone) if latest else "",
            "statusCode": str(latest.status or "") if latest else "",
            "statusMessage": (latest.reason or "OK") if latest else "",
        }
