"""Broadcasts: their list, one of them, and stopping it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages as notices
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from accounts.audit import person
from accounts.permissions import MemberRequest, member_required
from accounts.roles import Can
from messaging import broadcasts as verbs
from messaging.dashboard.broadcasts.detail import Detail
from messaging.dashboard.paging import turn
from messaging.errors import Refused
from messaging.ids import LARGEST
from messaging.models import Broadcast

Status = Broadcast.Status
_SEGMENTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "": ("All", ()),
    "waiting": ("Waiting", Broadcast.NOT_BEGUN),
    "sending": ("Sending", (Status.IN_PROGRESS,)),
    "over": ("Over", Broadcast.OVER),
}


@require_GET
@member_required(Can.SEE)
def broadcasts(request: MemberRequest) -> HttpResponse:
    mine = Broadcast.objects.for_account(request.membership.account)
    asked = request.GET.get("show", "")
    shown = asked if asked in _SEGMENTS else ""
    statuses = _SEGMENTS[shown][1]
    wanted = (mine.filter(status__in=statuses) if statuses else mine).select_related("device")
    page = turn(wanted, request.GET)
    context = {
        "page": page,
        "rows": [Detail(row, request.membership) for row in page.rows],
        "segments": [
            {"url": f"?show={name}" if name else "?", "label": label, "current": name == shown}
            for name, (label, _) in _SEGMENTS.items()
        ],
        "has_any": bool(page.rows) or mine.exists(),
        "may_send": request.membership.may(Can.SEND),
    }
    return render(request, "messaging/broadcasts/list.html", context)


@require_GET
@member_required(Can.SEE)
def broadcast(request: MemberRequest, pk: int) -> HttpResponse:
    return render(request, "messaging/broadcasts/broadcast.html", _context(request, pk))


@require_GET
@member_required(Can.SEE)
def live(request: MemberRequest, pk: int) -> HttpResponse:
    """Answer a page that shows a broadcast and asks for news: how far it is, or nothing if nothing changed."""
    context = _context(request, pk)
    if request.GET.get("seen") == context["detail"].version:
        return HttpResponse(status=204)
    return render(request, "messaging/broadcasts/live.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@member_required(Can.SEND)
def cancel(request: MemberRequest, pk: int) -> HttpResponse:
    """Ask, and on POST stop a broadcast that has not begun."""
    found = _find(request, pk)
    if request.method != "POST":
        return render(request, "messaging/broadcasts/cancel.html", {"broadcast": found})
    try:
        verbs.cancel(found, by=person(request))
        notices.success(request, f"“{found.name}” is cancelled. Nobody got it.")
    except Refused:
        notices.error(request, "It was too late to cancel: the first messages are on their way.")
    return redirect("broadcast", pk=pk)


def _context(request: MemberRequest, pk: int) -> dict[str, Any]:
    return {"detail": Detail(_find(request, pk), request.membership)}


def _find(request: MemberRequest, pk: int) -> Broadcast:
    try:
        return verbs.find(request.membership.account, min(pk, LARGEST))
    except Refused:
        raise Http404 from None
