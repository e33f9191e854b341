"""One token: what it did, what it may do, who changed it, and how to stop it."""

from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from accounts.models import AuditEntry
from accounts.permissions import MemberRequest
from accounts.roles import Can
from messaging import dialect
from messaging.dashboard.tokens import charts, history
from messaging.dashboard.tokens.changing import asking
from messaging.dashboard.tokens.forms import TypedName
from messaging.dashboard.tokens.pages import find, may_manage, member_page, show
from messaging.dashboard.tokens.preview import Preview
from messaging.dashboard.tokens.wording import STATES, TYPES, ending_of, until
from tokens.models import Token, TokenRequest

_PERIODS = (7, 30)
_REQUESTS = 20


@require_GET
@member_page(Can.SEE)
def token(request: MemberRequest, pk: int) -> HttpResponse:
    found = find(request, pk)
    may = may_manage(request.membership, found)
    context = {
        **asking(found),
        "form": TypedName(expected=found.name),
        "type": TYPES[found.type],
        "state": STATES[found.state],
        "ending": ending_of(found),
        "preview": Preview.of(found),
        "periods": _periods(request),
        "chart": charts.chart(charts.days_of([found], _days(request))[found.pk]),
        "requests": [_request(row) for row in found.requests.all()[:_REQUESTS]],
        "history": history.lines(_entries(found)[:20]),
        "uses": found.old_secret_uses.order_by("-count"),
        "overlap_ends": until(found.overlap_until) if found.overlap_until else "",
        "may_manage": may,
    }
    return show(request, "detail", context)


def _days(request: MemberRequest) -> int:
    asked = request.GET.get("days")
    return next((days for days in _PERIODS if str(days) == asked), _PERIODS[-1])


def _periods(request: MemberRequest) -> list[dict[str, object]]:
    chosen = _days(request)
    return [{"url": f"?days={days}", "label": f"{days} days", "current": days == chosen} for days in _PERIODS]


def _request(row: TokenRequest) -> dict[str, Any]:
    tone = "ok" if row.status < 400 else "warn" if row.status == 429 else "bad"
    style = dialect.names().get(row.dialect, row.dialect)
    return {"row": row, "tone": tone, "said": row.reason or style}


def _entries(token: Token) -> Any:
    return AuditEntry.objects.filter(account=token.account, target_type="token", target_id=token.pk)
