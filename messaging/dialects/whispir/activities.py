"""`/activities`: the account's audit log in the vendor's words, and what programs add to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any, ClassVar

from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Concat
from django.http import HttpResponse
from rest_framework.request import Request

from accounts import audit
from accounts.models import AuditEntry
from messaging.dialects.whispir import activity_words as words
from messaging.dialects.whispir import fields, times
from messaging.dialects.whispir.activity_words import APPENDED, REPORTED
from messaging.dialects.whispir.kept import Kept, Listed
from messaging.dialects.whispir.language import Names
from messaging.dialects.whispir.views import Item
from messaging.errors import Refusal, Refused
from messaging.ids import LARGEST
from tokens.scopes import Scope

_MOST = 1000  # characters


class ActivityView(Kept[AuditEntry]):
    kind = "activity"
    names = Names("activity", "activities", "activities")
    needs: ClassVar[Mapping[str, Scope]] = {"GET": Scope.LOGS_READ, "POST": Scope.SETTINGS_WRITE}
    path = "activities"
    called = "activity"
    searchable: ClassVar[Mapping[str, str]] = {  # for the order; `filtered` has the filters
        "time": "at",
        "user": "actor_label",
        "action": "action",
        "module": "action",
        "description": "told",
        "status": "changes__status",
    }

    def rows(self) -> QuerySet[AuditEntry]:
        """The account's entries; in a workspace, those about it or about what is in it."""
        mine = AuditEntry.objects.filter(account=self.caller.account).exclude(action=APPENDED).select_related("actor")
        mine = mine.annotate(told=Concat(F("action"), Value(": "), F("target_label")))
        if self.workspace is None:
            return mine
        inside, itself = Q(changes__workspace=self.workspace.name), Q(target_id=self.workspace.pk)
        return mine.filter(words.in_workspace(inside, itself))

    def filtered(self) -> QuerySet[AuditEntry]:
        found = self.rows()
        asked = self.request._request.GET
        for name in asked:
            if (value := asked[name].strip()) and (filter := words.FILTERS.get(name.lower())):
                found = found.filter(filter(partial(self._fits_in, name, value), value))
        zone = self.caller.account.zone
        if start := self.asked("startTime"):
            found = found.filter(at__gte=times.read(start, zone, field="startTime"))
        if end := self.asked("endTime"):
            found = found.filter(at__lt=times.read(end, zone, field="endTime") + timedelta(minutes=1))
        return found.order_by(*self._order())

    def _fits_in(self, name: str, value: str, lookup: str) -> Q:
        return self._fits(lookup, name, value)

    def brief(self, row: AuditEntry) -> Item:
        said = row.changes if row.action == REPORTED else {}
        return {
            "id": f"{row.pk:032X}",
            "user": said.get("user") or row.actor_label,
            "fullname": row.actor.get_full_name() if row.actor else row.actor_label,
            "time": times.short(row.at, self.caller.account.zone),
            "action": said.get("action") or words.action_of(row.action),
            "module": said.get("module") or words.module_of(row.action),
            "status": said.get("status") or words.SUCCESSFUL,
            "description": said["description"] if said else f"{row.action}: {row.target_label}",
            "workspaceName": _workspace_of(row),
            "link": [self.link("self", "GET", self.uri(row))],
        }

    def whole(self, row: AuditEntry) -> Item:
        """Return the entry with what was appended to it since."""
        told = dict(self.brief(row))
        later = AuditEntry.objects.filter(account=row.account_id, target_type="auditentry", target_id=row.pk)
        details = [entry.changes["description"] for entry in later.filter(action=APPENDED).order_by("pk")]
        return {**told, "description": "\n".join([told["description"], *details])}

    def uri(self, row: AuditEntry) -> str:
        return self.url(self.path, f"{row.pk:032X}")

    def one(self, id: str) -> AuditEntry:
        number = int(id, 16) if len(id) == 32 and all(c in "0123456789ABCDEF" for c in id) else 0
        found = self.rows().filter(pk=number).first() if 0 < number <= LARGEST else None
        if found is None:
            raise Refused(Refusal.NOT_FOUND, "There is no such activity.")
        return found

    def make(self) -> AuditEntry:
        """Write down what the caller says of itself, as the caller's."""
        given, account, actor = self.payload, self.caller.account, self.caller.actor()
        place = self.workspace.name if self.workspace else fields.text(given, "workspace")
        said = {
            "user": fields.text(given, "user", usual=actor.label),
            "action": fields.choice(given, "action", words.ACTIONS),
            "module": fields.choice(given, "module", words.MODULES),
            "status": fields.choice(given, "status", words.STATUSES),
            "description": fields.text(given, "description", most=_MOST),
            **({"workspace": place} if place else {}),
        }
        return audit.record(account=account, actor=actor, action=REPORTED, target=account, changes=said)


class Activities(Listed[AuditEntry], ActivityView):
    def get(self, request: Request, **of: Any) -> HttpResponse:
        """Return a page of the log; the vendor's answer to nothing is 404."""
        if not self.filtered().exists():
            raise Refused(Refusal.NOT_FOUND, "There are no such activities.")
        return super().get(request, **of)


class OneActivity(ActivityView):
    def get(self, request: Request, id: str, **of: Any) -> HttpResponse:
        return self.respond(self.whole(self.one(id)))

    def post(self, request: Request, id: str, **of: Any) -> HttpResponse:
        """Add to what the entry says, by an entry of its own: none is ever changed."""
        row = self.one(id)
        said = {"description": fields.text(self.payload, "description", most=_MOST, required=True)}
        actor = self.caller.actor()
        audit.record(account=self.caller.account, actor=actor, action=APPENDED, target=row, changes=said)
        return self.created(self.whole(row), self.uri(row))


def _workspace_of(row: AuditEntry) -> str:
    place = row.changes.get("workspace")
    return place if isinstance(place, str) else row.target_label if row.target_type == "workspace" else ""
