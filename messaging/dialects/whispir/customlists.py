"""`/customlists`: words to choose from. There is one list, of what an event's status may be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from messaging.dialects.whispir import fields, times
from messaging.dialects.whispir.events import STATUSES
from messaging.dialects.whispir.language import Names
from messaging.dialects.whispir.serializers import render_id
from messaging.dialects.whispir.views import View
from messaging.errors import Refusal, Refused
from tokens.scopes import Scope

_ID = render_id(1)
_FILTERS = ("name", "type")


class ListView(View):
    kind = "customlist"
    names = Names("customlabel", "customlabels", "customlabels")
    needs: ClassVar[Mapping[str, Scope]] = {"GET": Scope.SETTINGS_READ}

    def only(self) -> dict[str, Any]:
        account = self.caller.account
        return {
            "id": _ID,
            "name": "Event status",
            "type": "INCIDENT",
            "createdDate": times.short(account.created_at, account.zone),
            "sortType": "As Displayed",
            "linked": "disabled",
            "link": [self.link("self", "GET", self.root_url("customlists", _ID))],
        }


class Lists(ListView):
    def get(self, request: Request, **of: Any) -> HttpResponse:
        """Return what the filters leave; the vendor's answer to nothing is 404."""
        one = self.only()
        if not all(fields.fits(value, str(one[name])) for name, value in self._filters()):
            raise Refused(Refusal.NOT_FOUND, "There is no such custom list.")
        offset, limit = self.page()
        return self.listing([one][offset : offset + limit], 1, offset=offset, limit=limit)

    def _filters(self) -> Iterator[tuple[str, str]]:
        asked = self.request._request.GET
        for name in asked:
            if name.lower() in _FILTERS and (value := asked[name].strip()):
                yield name.lower(), value


class OneList(ListView):
    def get(self, request: Request, id: str, **of: Any) -> HttpResponse:
        if id != _ID:
            raise Refused(Refusal.NOT_FOUND, "There is no such custom list.")
        values = [{"name": word, "value": word} for word in STATUSES]
        one = self.only()
        link = one.pop("link")
        return self.respond({**one, "customlabellists": values, "link": link})
