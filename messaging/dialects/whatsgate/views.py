"""WhatsGate's calls: sending, devices, reports."""

from __future__ import annotations

import re
import time
from typing import ClassVar

import segno
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django_ratelimit.core import get_usage
from rest_framework.request import Request

from messaging import devices, routing, sending
from messaging.dialect import Problem
from messaging.dialects.whatsgate import authentication, bodies, errors, reports
from messaging.dialects.whatsgate.serializers import (
    DEVICE_STATES,
    MOST_CHARACTERS,
    MOST_MEDIA,
    SORTS,
    Fields,
    Sort,
    read_id,
    read_phones,
    render_id,
    shown,
)
from messaging.drafting import Draft, Sender
from messaging.edge import MIB, Edge, NotFound, json_response
from messaging.errors import Refusal, Refused
from messaging.idempotency import Key
from messaging.models import Device
from tokens import quotas
from tokens.authentication import Caller
from tokens.errors import Denial, Denied
from tokens.quotas import Remaining
from tokens.scopes import Scope

_MINUTE = 60


class View(Edge):
    dialect = "whatsgate"

    def identify(self, request: HttpRequest) -> Caller:
        return authentication.identify(request)

    def identify_and_limit(self, http: HttpRequest) -> None:
        super().identify_and_limit(http)
        if settings.GATEWAY_WHATSGATE_PER_MINUTE:
            self.remaining = self._spend_minute(http, settings.GATEWAY_WHATSGATE_PER_MINUTE)

    def _spend_minute(self, http: HttpRequest, limit: int) -> Remaining:
        """Count on the vendor's own limit, which an operator may switch on; raises Denied."""
        usage = get_usage(
            http, group="whatsgate", key=lambda group, request: self.caller.key, rate=(limit, _MINUTE), increment=True
        )
        wait = max(1, usage["time_left"])
        self.remaining = Remaining(limit, max(0, limit - usage["count"]), int(time.time()) + wait)
        if usage["should_limit"]:
            raise Denied(Denial.RATE_LIMITED, f"Over {limit} requests a minute.", retry_after=wait)
        return self.remaining

    def refuse(self, problem: Problem) -> HttpResponse:
        if isinstance(problem, Denied) and problem.denial == Denial.RATE_LIMITED and not self.remaining:
            self.remaining = quotas.spent(self.caller)
        return errors.answer(problem, self.request)

    def finish(self, response: HttpResponseBase) -> None:
        if self.remaining:
            response["X-RateLimit-Limit"] = str(self.remaining.limit)
            response["X-RateLimit-Remaining"] = str(self.remaining.remaining)
        if response.status_code == 405:
            response["Allow"] = ", ".join(self.allowed_methods)

    def device(self, number: object, otherwise: Refused) -> Device:
        """Return the account's device with that number; raises the refusal given where there is none."""
        digits = re.sub(r"[\s+().\-]", "", number) if isinstance(number, str) else ""
        found = routing.find(self.caller.account, digits) if re.fullmatch("[0-9]{1,15}", digits) else None
        if found is None:
            raise otherwise
        return found

    def sender_device(self, fields: Fields) -> Device:
        number = fields.get("sender_device")
        if number in (None, ""):
            raise Refused(Refusal.REQUIRED, field="sender_device")
        return self.device(number, Refused(Refusal.DEVICE_UNKNOWN))

    def submit(self, sort: Sort, fields: Fields, *, key: Key | None = None) -> dict[str, object]:
        """Accept one message for each phone named, all or none, and return the vendor's answer."""
        device, phones = self.sender_device(fields), read_phones(fields)
        body = sort.read(fields)
        limits = {"text_limit": MOST_CHARACTERS, "caption_limit": MOST_CHARACTERS, "data_limit": MOST_MEDIA}
        drafts = [
            Draft(to=[phone], kind=sort.kind, body=body, device=device, limits=limits, fetches_links=True)
            for phone in phones
        ]
        accepted = sending.accept_many(Sender.from_caller(self.caller, self.dialect), drafts, key=key)
        ids = [render_id(id) for id in accepted.ids]
        if len(ids) == 1:
            return {"success": True, "message": sort.said, "id": ids[0]}
        return {"success": True, "message": f"Message will be sent to {len(ids)} phone numbers", "ids": ids}


class Unknown(View, NotFound):
    pass


class Send(View):
    needs: ClassVar = {"POST": Scope.MESSAGES_SEND}
    sort: Sort = SORTS["text"]

    def post(self, request: Request) -> HttpResponse:
        fields = bodies.read(request._request, self.raw_body)
        return json_response(self.submit(self.sort, fields, key=self._key(request)))

    def _key(self, request: Request) -> Key | None:
        value = request._request.headers.get("Idempotency-Key")
        return Key(f"POST whatsgate {self.sort.kind}", value, self.raw_body) if value else None


class SendMedia(Send):
    largest_body = MOST_MEDIA // 3 * 4 + MIB  # media as base64, and the rest


SENDING = {name: SendMedia if sort.has_media else Send for name, sort in SORTS.items()}


def _no_device() -> Refused:
    return Refused(Refusal.NOT_FOUND, "device not found!")


class OneMessage(View):
    """`GET /messages/{id}`: ours, in the vendor's style, so that what any API sent can be looked up here."""

    needs: ClassVar = {"GET": Scope.MESSAGES_READ}

    def get(self, request: Request, id: str) -> HttpResponse:
        known = read_id(id)
        if known is None:
            raise Refused(Refusal.NOT_FOUND, "message not found!")
        return json_response({"success": True, "data": shown(sending.find(self.caller.account, known))})


class Connect(View):
    needs: ClassVar = {"GET": Scope.DEVICES_WRITE}

    def get(self, request: Request, number: str) -> HttpResponse:
        device = self.device(number, _no_device())
        code = devices.pair_device(device, by=self.caller.actor(), is_sandbox=self.caller.is_sandbox)
        return json_response({"success": True, "qrCode": segno.make(code, micro=False).png_data_uri(scale=6)})


class Status(View):
    needs: ClassVar = {"GET": Scope.DEVICES_LIST}

    def get(self, request: Request, number: str) -> HttpResponse:
        device = self.device(number, _no_device())
        return json_response({"success": True, "message": DEVICE_STATES[device.status]})


class Delete(View):
    needs: ClassVar = {"POST": Scope.DEVICES_DELETE}

    def post(self, request: Request) -> HttpResponse:
        device = self.sender_device(bodies.read(request._request, self.raw_body))
        devices.remove_device(device, by=self.caller.actor(), is_sandbox=self.caller.is_sandbox)
        return json_response({"success": True, "message": "Device deleted successfully"})


class Devices(View):
    needs: ClassVar = {"GET": Scope.DEVICES_LIST}

    def get(self, request: Request) -> HttpResponse:
        mine = [device for device in routing.devices(self.caller.account) if device.number]
        data = [{"device": d.digits, "name": d.name, "status": DEVICE_STATES[d.status]} for d in mine]
        return json_response({"success": True, "data": data})


class Balance(View):
    needs: ClassVar = {"GET": Scope.REPORTS_READ}

    def get(self, request: Request, number: str) -> HttpResponse:
        device = self.device(number, Refused(Refusal.NOT_FOUND, "Device not found"))
        return json_response({"success": True, **reports.balance(self.caller, device)})


class FailedNumbers(View):
    needs: ClassVar = {"GET": Scope.REPORTS_READ}

    def get(self, request: Request) -> HttpResponse:
        asked = request._request.GET
        device = None
        if number := asked.get("device"):
            device = self.device(number, Refused(Refusal.DEVICE_UNKNOWN, field="query.device"))
        since, until = reports.read_days(asked.get("from"), asked.get("to"))
        return json_response(
            {"success": True, "data": reports.failed_numbers(self.caller.account, device, since, until)}
        )
