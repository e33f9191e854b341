"""Messages: the list with its filters, and one message beside it."""

from datetime import date
from itertools import groupby
from typing import Any

from django.contrib import messages as notices
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.audit import person
from accounts.models import Membership
from accounts.permissions import MemberRequest, member_required
from accounts.roles import Can
from messaging import content, sending
from messaging.dashboard import wording
from messaging.dashboard.detail import Detail
from messaging.dashboard.filters import Filters, Page, turn
from messaging.errors import Refused
from messaging.ids import LARGEST
from messaging.models import Message
from tokens.crypto import redact

SEARCH = "message_search"  # kept in the session: numbers and texts stay out of addresses
_LONGEST_SEARCH = 200
_SEGMENTS = {"": "All", "way": "On the way", "failed": "Failed", "received": "Received"}


@require_GET
@member_required(Can.SEE)
def messages(request: MemberRequest) -> HttpResponse:
    return render(request, "messaging/messages.html", _list(request) | {"view": "list"})


@require_GET
@member_required(Can.SEE)
def message(request: MemberRequest, pk: int) -> HttpResponse:
    detail = _detail(request, pk)
    return render(request, "messaging/messages.html", _list(request) | {"view": "detail", "detail": detail})


@require_GET
@member_required(Can.SEE)
def live(request: MemberRequest, pk: int) -> HttpResponse:
    """Answer a page that shows a message and asks for news: its detail anew, or nothing if nothing changed."""
    detail = _detail(request, pk)
    if request.GET.get("seen") == detail.version:
        return HttpResponse(status=204)
    return render(request, "messaging/detail.html", {"detail": detail})


@require_POST
@member_required(Can.SEE)
def search(request: MemberRequest) -> HttpResponse:
    """Keep what is searched for in the session, and lead to the list that it narrows."""
    asked = redact(request.POST.get("q", "")).strip()[:_LONGEST_SEARCH].replace("\0", "")
    request.session[SEARCH] = asked
    filters = Filters(request.GET, account=request.membership.account)
    return redirect(reverse("messages") + filters.url(search="on" if asked else None))


@require_POST
@member_required(Can.SEND)
def cancel(request: MemberRequest, pk: int) -> HttpResponse:
    found = _find(request, pk)
    try:
        sending.cancel(found, by=person(request))
    except Refused:
        notices.error(request, "It was too late to cancel: the device has the message already.")
    return redirect("message", pk=pk)


def _find(request: MemberRequest, pk: int) -> Message:
    mine = Message.objects.for_account(request.membership.account).select_related("device", "token", "login")
    return get_object_or_404(mine, pk=min(pk, LARGEST))


def _detail(request: MemberRequest, pk: int) -> Detail:
    return Detail(_find(request, pk), request.membership)


def _list(request: MemberRequest) -> dict[str, Any]:
    is_search = request.GET.get("search") == "on"
    search = request.session.get(SEARCH, "") if is_search else ""
    filters = Filters(request.GET, account=request.membership.account, search=search)
    page = turn(filters, before=_cursor(request, "before"), after=_cursor(request, "after"))
    return {
        "filters": filters,
        "chips": filters.chips(),
        "segments": _segments(filters),
        "page": page,
        "days": _by_day(page, request.membership),
        "newer": filters.url(after=page.newer) if page.newer is not None else "",
        "older": filters.url(before=page.older) if page.older is not None else "",
        "query": f"?{request.GET.urlencode()}" if request.GET else "",
        "may_send": request.membership.may(Can.SEND),
    }


def _cursor(request: MemberRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return min(int(text), LARGEST) if text.isascii() and text.isdigit() and len(text) < 20 else None


def _segments(filters: Filters) -> list[dict[str, object]]:
    current = filters.given("state") or ""
    return [
        {"url": filters.url(state=name or None), "label": label, "current": name == current}
        for name, label in _SEGMENTS.items()
    ]


def _by_day(page: Page, viewer: Membership) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return the page's rows under the names of their days, in the account's zone."""
    zone = viewer.account.zone
    days = groupby(page.messages, key=lambda row: row.created_at.astimezone(zone).date())
    return [(_name_of(day, timezone.localdate(timezone=zone)), [_row(each) for each in rows]) for day, rows in days]


def _name_of(day: date, today: date) -> str:
    if (today - day).days in (0, 1):
        return "Yesterday" if today > day else "Today"
    return f"{day.day} {day:%B}" if day.year == today.year else f"{day.day} {day:%B %Y}"


def _row(message: Message) -> dict[str, Any]:
    return {
        "message": message,
        "state": wording.STATES[message.state],
        "text": content.summary(message.kind, message.content),
    }
