"""The list of contacts, narrowed by a search."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.permissions import MemberRequest, member_required
from accounts.roles import Can
from messaging.dashboard.contacts.pages import mine
from messaging.dashboard.paging import turn

SEARCH = "contact_search"  # kept in the session: names and numbers stay out of addresses
_LONGEST_SEARCH = 200
_COUNTED = 100_000


@require_GET
@member_required(Can.SEE)
def contacts(request: MemberRequest) -> HttpResponse:
    search = request.session.get(SEARCH, "") if request.GET.get("search") == "on" else ""
    rows = mine(request).with_opt_outs().select_related("workspace")
    context = {
        "page": turn(rows.matching(search) if search else rows, request.GET),
        "search": search,
        "count": mine(request).order_by()[: _COUNTED + 1].count(),
        "counted": _COUNTED,
        "may_manage": request.membership.may(Can.MANAGE_CONTACTS),
    }
    return render(request, "messaging/contacts/list.html", context)


@require_POST
@member_required(Can.SEE)
def search(request: MemberRequest) -> HttpResponse:
    """Keep what is searched for in the session, and lead to the list that it narrows."""
    asked = request.POST.get("q", "").strip()[:_LONGEST_SEARCH].replace("\0", "")
    request.session[SEARCH] = asked
    return redirect(reverse("contacts") + ("?search=on" if asked else ""))
