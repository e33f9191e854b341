"""Making a broadcast by hand."""

from __future__ import annotations

from uuid import uuid4

from django.contrib import messages as notices
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from accounts.permissions import MemberRequest, member_required
from accounts.roles import Can
from messaging import routing
from messaging.dashboard.broadcasts.forms import BroadcastForm
from messaging.dashboard.templates.wording import shown
from messaging.models import Segment, Template


@require_http_methods(["GET", "HEAD", "POST"])
@member_required(Can.SEND)
def new(request: MemberRequest) -> HttpResponse:
    """Make a broadcast; with the button “Show its gaps” the same form comes back with the template's gaps."""
    account = request.membership.account
    routing.sandbox(account)
    if request.method != "POST":
        return _page(request, BroadcastForm(initial=_initial(request), account=account))
    if "look" in request.POST:
        return _page(request, BroadcastForm(initial=request.POST.dict(), account=account))
    with timezone.override(account.zone):  # in which a time without a zone is meant
        form = BroadcastForm(request.POST, request.FILES, account=account)
        made = form.send() if form.is_valid() else None
    if made is None:
        return _page(request, form, status=422)
    notices.success(request, f"“{made.name}” is {'scheduled' if made.scheduled_at else 'on its way'}.")
    return redirect("broadcast", pk=made.pk)


@require_GET
@member_required(Can.SEND)
def gaps(request: MemberRequest) -> HttpResponse:
    """Answer a page on which a template was chosen: its gaps, and what people get."""
    form = BroadcastForm(initial={"template": request.GET.get("template")}, account=request.membership.account)
    return render(request, "messaging/broadcasts/gaps.html", _context(form))


def _page(request: MemberRequest, form: BroadcastForm, *, status: int = 200) -> HttpResponse:
    account = request.membership.account
    context = {
        **_context(form),
        "plan": account.plan,
        "has_templates": Template.objects.for_account(account).filter(status=Template.Status.APPROVED).exists(),
        "has_segments": Segment.objects.for_account(account).exists(),
    }
    return render(request, "messaging/broadcasts/new.html", context, status=status)


def _context(form: BroadcastForm) -> dict[str, object]:
    return {"form": form, "shown": shown(form.chosen.components) if form.chosen else None}


def _initial(request: MemberRequest) -> dict[str, object]:
    """Begin with the template or the segment that the address names; what is not the account's is left out."""
    named = {name: request.GET[name] for name in ("template", "segment") if request.GET.get(name, "").isdigit()}
    to = {"to": "segment"} if "segment" in named else {}
    return {"once": uuid4(), "says": "template", "when": "now", "to": "list", **named, **to}
