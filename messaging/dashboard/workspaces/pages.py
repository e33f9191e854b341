"""Workspaces: their list, one of them with what is kept for its messages, and removing that."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from django.contrib import messages as notices
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from accounts.audit import person
from accounts.models import Account
from accounts.permissions import MemberRequest, member_required, must_be_allowed
from accounts.roles import Can
from messaging import preparing
from messaging import workspaces as verbs
from messaging.dashboard.workspaces import files
from messaging.dashboard.workspaces.forms import WorkspaceForm
from messaging.dashboard.workspaces.wording import BY_WORD, SORTS, Sort, facts
from messaging.errors import Refused
from messaging.ids import LARGEST
from messaging.models import Workspace
from messaging.models.composing import Prepared

_SHOWN = 50  # of each kind on a workspace's page


@require_http_methods(["GET", "HEAD", "POST"])
@member_required(Can.SEE)
def workspaces(request: MemberRequest) -> HttpResponse:
    """List the workspaces, and on POST make one."""
    account = request.membership.account
    form = WorkspaceForm(request.POST or None)
    if request.method == "POST":
        must_be_allowed(request.membership, Can.MANAGE_ACCOUNT)
        if form.is_valid():
            try:
                made = verbs.create_workspace(account, by=person(request), **form.cleaned_data)
            except Refused as refused:
                form.add_error("name", refused.detail)
            else:
                return redirect("workspace", pk=made.pk)
    counts = _counts(account)
    mine = list(Workspace.objects.for_account(account)[:1000])
    context = {
        "form": form,
        "rows": [(None, counts[None]), *((row, counts[row.pk]) for row in mine)],
        "may_manage": request.membership.may(Can.MANAGE_ACCOUNT),
    }
    return render(request, "messaging/workspaces/list.html", context, status=422 if form.errors else 200)


def _counts(account: Account) -> dict[int | None, Counter[str]]:
    """Return how many of each kind are in each workspace, and under None how many are in none."""
    found: dict[int | None, Counter[str]] = defaultdict(Counter)
    for sort in SORTS:
        kept = sort.rows(account=account).order_by().values("workspace").annotate(number=Count("pk"))
        for row in kept:
            found[row["workspace"]][sort.word] = row["number"]
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@member_required(Can.SEE)
def workspace(request: MemberRequest, pk: int) -> HttpResponse:
    """Show a workspace, and on POST change its name, numbers and whether it is used."""
    mine = Workspace.objects.for_account(request.membership.account).select_related("account")
    found = get_object_or_404(mine, pk=min(pk, LARGEST))
    form = WorkspaceForm.of(found, request.POST or None)
    if request.method == "POST":
        must_be_allowed(request.membership, Can.MANAGE_ACCOUNT)
        if form.is_valid():
            try:
                verbs.change_workspace(found, by=person(request), **form.cleaned_data)
            except Refused as refused:
                form.add_error("name", refused.detail)
                found.refresh_from_db()
            else:
                notices.success(request, f"“{found.name}” is saved.")
                return redirect("workspace", pk=pk)
    return _shown(request, found, form)


@require_GET
@member_required(Can.SEE)
def company(request: MemberRequest) -> HttpResponse:
    """Show what is in no workspace."""
    return _shown(request, None, None)


def _shown(request: MemberRequest, found: Workspace | None, form: WorkspaceForm | None) -> HttpResponse:
    within = {"account": request.membership.account, "workspace": found}
    context = {
        "workspace": found,
        "form": form,
        "sections": [_section(sort, within) for sort in SORTS],
        "files": files.section(request.membership.account, found),
        "may_delete": request.membership.may(Can.MANAGE_TEMPLATES),
        "may_manage": request.membership.may(Can.MANAGE_ACCOUNT),
    }
    status = 422 if form and form.errors else 200
    return render(request, "messaging/workspaces/workspace.html", context, status=status)


def _section(sort: Sort, within: dict[str, Any]) -> dict[str, Any]:
    rows = list(sort.rows(**within)[: _SHOWN + 1])
    return {"sort": sort, "rows": rows[:_SHOWN], "has_more": len(rows) > _SHOWN}


def _find(request: MemberRequest, word: str, pk: int) -> tuple[Sort, Prepared]:
    sort = BY_WORD.get(word)
    if sort is None:
        raise Http404
    mine = sort.rows(account=request.membership.account).select_related("account", "workspace")
    return sort, get_object_or_404(mine, pk=min(pk, LARGEST))


@require_GET
@member_required(Can.SEE)
def prepared(request: MemberRequest, word: str, pk: int) -> HttpResponse:
    """Show one message template, scenario, response rule, incident or app."""
    sort, found = _find(request, word, pk)
    context = {
        "sort": sort,
        "row": found,
        "facts": list(facts(found)),
        "may_manage": request.membership.may(Can.MANAGE_TEMPLATES),
    }
    return render(request, "messaging/workspaces/prepared.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@member_required(Can.MANAGE_TEMPLATES)
def delete(request: MemberRequest, word: str, pk: int) -> HttpResponse:
    """Ask, and on POST forget it."""
    sort, found = _find(request, word, pk)
    if request.method == "POST":
        place = found.workspace_id
        try:
            preparing.remove(found, by=person(request))
        except Refused as refused:
            notices.error(request, refused.detail)
        else:
            notices.success(request, f"“{found.name}” is deleted.")
        return redirect("workspace", pk=place) if place else redirect("workspace-company")
    return render(request, "messaging/workspaces/delete.html", {"sort": sort, "row": found})
