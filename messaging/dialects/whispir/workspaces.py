"""`/workspaces`: parts of an account that keep their messages apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from messaging.dialects.whispir.language import Names
from messaging.dialects.whispir.root import message_links
from messaging.dialects.whispir.serializers import render_id
from messaging.dialects.whispir.views import View
from messaging.errors import Refusal, Refused
from messaging.models import Workspace
from messaging.workspaces import change_workspace, create_workspace
from tokens.scopes import Scope

_FIELDS = {"projectName": "name", "projectNumber": "number", "billingcostcentre": "cost_centre"}
_STATUS = {"A": True, "D": False}


class WorkspaceView(View):
    kind = "workspace"
    names = Names("workspace", "workspaces", "workspaces")

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
        yield self.link("editWorkspaces", "PUT", uri)
        yield from message_links(self, self.root_url("workspaces", render_id(workspace.pk), "messages"))

    def read_fields(self) -> dict[str, Any]:
        """Return the model's fields from the payload; raises Refused."""
        found: dict[str, Any] = {}
        for theirs, ours in _FIELDS.items():
            value = self.payload.get(theirs, "")
            found[ours] = _text(theirs, "" if value is None else value, most=64 if ours == "number" else 255)
        if not found["name"]:
            raise Refused(Refusal.REQUIRED, "projectName is required.", field="projectName")
        status = self.payload.get("status")
        if not isinstance(status, str) or status not in _STATUS:
            missing = status in (None, "")
            why = "status is required." if missing else "status must be A or D."
            raise Refused(Refusal.REQUIRED if missing else Refusal.INVALID, why, field="status")
        return {**found, "is_active": _STATUS[status]}


def _text(field: str, value: object, *, most: int) -> str:
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else None
    if text is None:
        raise Refused(Refusal.INVALID, f"{field} must be a text.", field=field)
    if len(text) > most:
        raise Refused(Refusal.TOO_LONG, f"{field} has at most {most} characters.", field=field, params={"limit": most})
    return text


class Workspaces(WorkspaceView):
    needs: ClassVar[Mapping[str, Scope]] = {"GET": Scope.SETTINGS_READ, "POST": Scope.SETTINGS_WRITE}

    def get(self, request: Request) -> HttpResponse:
        mine = list(Workspace.objects.for_account(self.caller.account))
        items = [self.shown(w, [self.link("self", "GET", self.uri(w))]) for w in mine]
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
