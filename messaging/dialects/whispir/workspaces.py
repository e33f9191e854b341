"""`/workspaces`: parts of an account that keep their messages apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from messaging.dialects.whispir import fields, links
from messaging.dialects.whispir.kept import Kept
from messaging.dialects.whispir.language import Names
from messaging.dialects.whispir.serializers import render_id
from messaging.errors import Refusal, Refused
from messaging.models import Workspace
from messaging.workspaces import change_workspace, create_workspace
from tokens.scopes import Scope

_STATUS = {"A": True, "D": False}


class WorkspaceView(Kept[Workspace]):
    kind = "workspace"
    names = Names("workspace", "workspaces", "workspaces")
    path = "workspaces"
    called = "workspace"
    order = ("pk",)
    searchable: ClassVar[Mapping[str, str]] = {
        "projectname": "name",
        "projectnumber": "number",
        "billingcostcentre": "cost_centre",
    }

    def rows(self) -> QuerySet[Workspace]:
        """All of them, or those whose status is asked for."""
        mine = Workspace.objects.for_account(self.caller.account)
        status = self.asked("status").upper()
        if not status:
            return mine
        return mine.filter(is_active=_STATUS[status]) if status in _STATUS else mine.none()

    def uri(self, workspace: Workspace) -> str:
        return self.root_url("workspaces", render_id(workspace.pk))

    def shown(self, workspace: Workspace, links: list[dict[str, str]]) -> dict[str, Any]:
        """Return the workspace as the vendor shows it: empty optional fields are left out."""
        return {
            "id": render_id(workspace.pk),
            "projectName": workspace.name,
            "projectNumber": workspace.number or None,
            "status": "A" if workspace.is_active else "D",
            "billingcostcentre": workspace.cost_centre or None,
            "link": links,
        }

    def whole(self, workspace: Workspace) -> dict[str, Any]:
        return self.shown(workspace, list(self._links(workspace)))

    def _links(self, workspace: Workspace) -> Iterator[dict[str, str]]:
        uri = self.uri(workspace)
        yield self.link("self", "GET", uri)
        yield self.link("editWorkspaces", "PUT", uri, type=links.type_of(self.kind))
        yield from links.of_place(self, "workspaces", render_id(workspace.pk))

    def read_fields(self) -> dict[str, Any]:
        """Return the model's fields from the payload; raises Refused."""
        given = self.payload
        name = fields.text(given, "projectName", required=True)
        if fields.text(given, "status", required=True) not in _STATUS:
            raise Refused(Refusal.INVALID, "status must be A or D.", field="status")
        return {
            "name": name,
            "number": fields.text(given, "projectNumber", most=64),
            "cost_centre": fields.text(given, "billingcostcentre"),
            "is_active": _STATUS[fields.text(given, "status")],
        }


class Workspaces(WorkspaceView):
    needs: ClassVar[Mapping[str, Scope]] = {"GET": Scope.SETTINGS_READ, "POST": Scope.SETTINGS_WRITE}

    def get(self, request: Request) -> HttpResponse:
        """Return all of them: they have no pages."""
        items = [self.shown(w, [self.link("self", "GET", self.uri(w))]) for w in self.filtered()]
        return self.listing(items, len(items))

    def post(self, request: Request) -> HttpResponse:
        made = create_workspace(self.caller.account, by=self.caller.actor(), **self.read_fields())
        return self.created(self.whole(made), self.uri(made))


class OneWorkspace(WorkspaceView):
    needs: ClassVar[Mapping[str, Scope]] = {"GET": Scope.SETTINGS_READ, "PUT": Scope.SETTINGS_WRITE}

    def _one(self) -> Workspace:
        if self.workspace is None:
            raise Refused(Refusal.NOT_FOUND, "There is no such workspace.")
        return self.workspace

    def get(self, request: Request, wid: str) -> HttpResponse:
        return self.respond(self.whole(self._one()))

    def put(self, request: Request, wid: str) -> HttpResponse:
        found, caller = self._one(), self.caller
        change_workspace(found, by=caller.actor(), is_sandbox=caller.is_sandbox, **self.read_fields())
        return self.nothing()
