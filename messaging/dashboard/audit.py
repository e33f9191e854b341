"""Settings → Audit log: every change in the account, page by page, and as a file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts import audit
from accounts.models import Account, AuditEntry
from accounts.permissions import MemberRequest
from accounts.roles import Can
from messaging import csv_text
from messaging.dashboard.tokens import history
from messaging.dashboard.tokens.pages import member_page

_PAGE = 50
_LARGEST = 2**63 - 1
_COLUMNS = ("number", "at", "actor", "proof", "address", "action", "target_type", "target", "changes", "digest")


@require_GET
@member_page(Can.SEE)
def log(request: MemberRequest) -> HttpResponse:
    account = request.membership.account
    before = request.GET.get("before", "")
    entries = AuditEntry.objects.filter(account=account)
    if before.isascii() and before.isdigit() and len(before) < 19:
        entries = entries.filter(pk__lt=int(before))
    page = list(entries.values_list("pk", flat=True)[: _PAGE + 1])
    context = {
        "history": history.lines(entries.filter(pk__in=page[:_PAGE])),
        "older": f"?before={page[_PAGE - 1]}" if len(page) > _PAGE else "",
        "may_export": request.membership.may(Can.MANAGE_ACCOUNT),
    }
    return render(request, "messaging/audit.html", context)


@require_GET
@member_page(Can.MANAGE_ACCOUNT)
def export(request: MemberRequest) -> HttpResponseBase:
    """Answer with all entries, oldest first, as CSV; the last says that they were."""
    account = request.membership.account
    audit.record(account=account, actor=audit.person(request), action="account.audit_log_exported", target=account)
    lines = csv_text.lines(_rows(account))
    response = StreamingHttpResponse(lines, content_type=csv_text.CSV)
    response["Content-Disposition"] = 'attachment; filename="audit-log.csv"'
    response["Cache-Control"] = "no-store"
    return response


def _rows(account: Account) -> Iterator[Sequence[object]]:
    yield _COLUMNS
    for entry in AuditEntry.objects.filter(account=account).order_by("pk").iterator():
        told = audit.told(entry)
        told["changes"] = json.dumps(told["changes"], ensure_ascii=False) if told["changes"] else ""
        yield [told[name] for name in _COLUMNS]
