"""Resources: files that programs keep in a workspace or in none, with their public addresses, and removing one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages as notices
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.audit import person
from accounts.models import Account
from accounts.permissions import MemberRequest, member_required
from accounts.roles import Can
from messaging.ids import LARGEST
from messaging.media import resources
from messaging.models import Media, Workspace

_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Row:
    """A file, and its public address if it has one."""

    file: Media
    address: str


def section(account: Account, workspace: Workspace | None) -> dict[str, Any]:
    """Return what a workspace's page says of the files in it, or the company's of those in none."""
    found = list(resources.resources(account, workspace)[: _SHOWN + 1])
    rows = [Row(file, resources.public_url(file)) for file in found[:_SHOWN]]
    return {"rows": rows, "has_more": len(found) > _SHOWN}


@require_http_methods(["GET", "HEAD", "POST"])
@member_required(Can.MANAGE_TEMPLATES)
def delete(request: MemberRequest, pk: int) -> HttpResponse:
    """Ask, and on POST forget the file."""
    mine = resources.all_resources(request.membership.account).select_related("account", "workspace")
    found = get_object_or_404(mine, pk=min(pk, LARGEST))
    if request.method == "POST":
        resources.delete_resource(found, by=person(request))
        notices.success(request, f"“{found.filename}” is deleted.")
        return redirect("workspace", pk=found.workspace_id) if found.workspace_id else redirect("workspace-company")
    return render(request, "messaging/workspaces/delete_file.html", {"file": found})
