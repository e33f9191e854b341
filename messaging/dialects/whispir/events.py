"""`/events`: something that goes on. Its values fill the tags of messages about it, its label is theirs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet

from messaging.dialects.whispir import fields
from messaging.dialects.whispir.composing import MOST_LABEL
from messaging.dialects.whispir.fields import Payload
from messaging.dialects.whispir.kept import Listed, Single
from messaging.dialects.whispir.language import Names
from messaging.dialects.whispir.links import type_of
from messaging.dialects.whispir.prepared import PreparedView
from messaging.dialects.whispir.serializers import render_id
from messaging.dialects.whispir.templates import NEEDS
from messaging.dialects.whispir.views import Item
from messaging.models import Incident
from tokens.scopes import Scope

STATUSES = ("Open", "Active", "Resolved")  # the vendor's; any other word is kept too
MOST_VALUE = 4000  # characters


class EventView(PreparedView[Incident]):
    kind = "event"
    names = Names("event", "events", "events")
    needs: ClassVar[Mapping[str, Scope]] = NEEDS
    model = Incident
    path = "events"
    called = "event"
    searchable: ClassVar[Mapping[str, str]] = {"eventlabel": "name", "status": "status"}

    def filtered(self) -> QuerySet[Incident]:
        """Return those of the form that the header or the query names; blanks in its name do not matter."""
        found = super().filtered()
        type = self.asked("eventType") or self.request.headers.get("eventType", "").strip()
        return found.filter(form_names__contains=Incident.searchable(type)) if type else found

    def brief(self, row: Incident) -> Item:
        uri = self.uri(row)
        messages = self.url("messages", label=row.name[:MOST_LABEL])
        return {
            "id": render_id(row.pk),
            "eventLabel": row.name,
            "status": row.status,
            "eventFormList": [
                {"formName": form["name"] or None, "eventFieldList": form["fields"]} for form in row.forms
            ],
            "link": [
                self.link("self", "GET", uri),
                self.link("self", "PUT", uri, type=type_of(self.kind)),
                self.link("retrieveEventMessages", "GET", messages),
            ],
        }

    whole = brief

    def read_fields(self, row: Incident | None) -> dict[str, Any]:
        given = self.payload
        return {
            "name": fields.text(given, "eventLabel", required=True),
            "status": fields.text(given, "status", most=64, usual=STATUSES[0]),
            "forms": [_form(one) for one in fields.parts(given, "eventFormList", most=20)],
        }


class Events(Listed[Incident], EventView):
    """List and create."""


class OneEvent(Single[Incident], EventView):
    """Read and change; an event is closed by its status."""

    http_method_names = ["get", "put", "head"]


def _form(given: Payload) -> dict[str, Any]:
    values = fields.parts(given, "eventFieldList", most=200)
    return {
        "name": fields.text(given, "formName"),
        "fields": [
            {"name": fields.text(one, "name", required=True), "value": fields.text(one, "value", most=MOST_VALUE)}
            for one in values
        ],
    }
