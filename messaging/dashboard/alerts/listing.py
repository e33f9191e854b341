"""What is open, the worst first, with what to do about it; and what is over."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.permissions import MemberRequest
from accounts.roles import Can
from messaging.dashboard.alerts import wording
from messaging.dashboard.paging import turn
from messaging.dashboard.tokens.pages import may_manage, member_page
from messaging.models import Alert
from tokens.models import Token

_MOST = 200  # open ones that are shown


@require_GET
@member_page(Can.SEE)
def alerts(request: MemberRequest) -> HttpResponse:
    mine = Alert.objects.for_account(request.membership.account)
    page = turn(mine.exclude(ended_at=None), request.GET)
    is_first = not request.GET.get("before") and not request.GET.get("after")
    context = {
        "open": _rows(request, wording.worst_first(mine.open()[:_MOST])) if is_first else [],
        "is_first": is_first,
        "page": page,
        "ended": _rows(request, page.rows),
    }
    return render(request, "messaging/alerts/list.html", context)


def _rows(request: MemberRequest, found: list[Alert]) -> list[dict[str, Any]]:
    paused = _paused(request, found)
    return [
        {
            "alert": alert,
            "label": wording.label(alert),
            "remedy": wording.remedy(alert),
            "link": wording.link(alert),
            "resumes": alert.subject_id if alert.has_paused and alert.subject_id in paused else None,
        }
        for alert in found
    ]


def _paused(request: MemberRequest, found: list[Alert]) -> set[int]:
    """Return the tokens that alerts paused, that are paused still, and that this member may resume."""
    ids = [alert.subject_id for alert in found if alert.has_paused]
    tokens = Token.objects.for_account(request.membership.account).live().filter(pk__in=ids) if ids else []
    return {token.pk for token in tokens if token.paused_at and may_manage(request.membership, token)}
