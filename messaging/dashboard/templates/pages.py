"""Templates: their list, one of them, and what is decided on it."""

from __future__ import annotations

import json
import re
from typing import Any

from django.contrib import messages as notices
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.audit import person
from accounts.permissions import MemberRequest, member_required
from accounts.roles import Can
from messaging import templating as verbs
from messaging.dashboard.paging import turn
from messaging.dashboard.templates.wording import STATES, sample, shown
from messaging.dashboard.workspaces.wording import BY_WORD
from messaging.errors import Refused
from messaging.ids import LARGEST
from messaging.models import Template

Status = Template.Status
_SMALLEST = re.compile(r"\{\s*([^{}\[\]]+?)\s*\}")
_LISTS = {
    "": ("All", list(Status)),
    "pending": ("Pending", [Status.PENDING]),
    "approved": ("Approved", [Status.APPROVED]),
    "stopped": ("Stopped", [Status.PAUSED, Status.REJECTED]),
}


def find(request: MemberRequest, pk: int) -> Template:
    """Return a template of the member's account; raises Http404 for any other."""
    mine = Template.objects.for_account(request.membership.account).select_related("account")
    return get_object_or_404(mine, pk=min(pk, LARGEST))


@require_GET
@member_required(Can.SEE)
def templates(request: MemberRequest) -> HttpResponse:
    account = request.membership.account
    mine = Template.objects.for_account(account)
    asked = request.GET.get("show", "")
    chosen = asked if asked in _LISTS else ""
    page = turn(mine.filter(status__in=_LISTS[chosen][1]), request.GET)
    context = {
        "page": page,
        "rows": [(row, STATES[row.status], shown(row.components)) for row in page.rows],
        "segments": [_segment(name, is_current=name == chosen) for name in _LISTS],
        "has_any": bool(page.rows) or mine.exists(),
        "has_kept": BY_WORD["template"].rows(account=account).exists(),
        "may_manage": request.membership.may(Can.MANAGE_TEMPLATES),
        "is_reviewed": verbs.is_reviewed(),
    }
    return render(request, "messaging/templates/list.html", context)


def _segment(name: str, *, is_current: bool) -> dict[str, Any]:
    url = reverse("templates") + (f"?show={name}" if name else "")
    return {"url": url, "label": _LISTS[name][0], "current": is_current}


@require_GET
@member_required(Can.SEE)
def template(request: MemberRequest, pk: int) -> HttpResponse:
    found = find(request, pk)
    context = {
        "template": found,
        "state": STATES[found.status],
        "shown": shown(found.components),
        "sample": _written(sample(found)),
        "may_manage": request.membership.may(Can.MANAGE_TEMPLATES),
        "may_approve": request.membership.may(Can.APPROVE_TEMPLATES),
    }
    return render(request, "messaging/templates/template.html", context)


def _written(body: dict[str, Any]) -> str:
    """Write JSON with the smallest objects on one line each."""
    text = json.dumps(body, indent=2, ensure_ascii=False)
    return _SMALLEST.sub(lambda found: "{" + re.sub(r"\n\s*", " ", found[1]) + "}", text)


@require_POST
@member_required(Can.APPROVE_TEMPLATES)
def decide(request: MemberRequest, pk: int) -> HttpResponse:
    """Approve, reject, pause or resume the template, as the button says."""
    found, by = find(request, pk), person(request)
    reason = request.POST.get("reason", "").replace("\0", "")
    try:
        match request.POST.get("verb"):
            case "approve":
                verbs.approve_template(found, by=by)
            case "reject":
                verbs.reject_template(found, reason=reason, by=by)
            case "pause":
                verbs.pause_template(found, reason=reason, by=by)
            case "resume":
                verbs.resume_template(found, by=by)
    except Refused as refused:
        notices.error(request, refused.detail)
    return redirect("template", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@member_required(Can.MANAGE_TEMPLATES)
def delete(request: MemberRequest, pk: int) -> HttpResponse:
    """Ask, and on POST forget the template."""
    found = find(request, pk)
    if request.method == "POST":
        verbs.delete_template(found, by=person(request))
        notices.success(request, f"The template {found} is deleted.")
        return redirect("templates")
    return render(request, "messaging/templates/delete.html", {"template": found})
