"""Settings → Audit log: every change in the account, page by page, and as a file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from django import forms
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts import audit
from accounts.models import Account, AuditEntry
from accounts.permissions import MemberRequest
from accounts.roles import Can
from messaging import csv_text
from messaging.dashboard.narrowing import Narrowing
from messaging.dashboard.paging import turn
from messaging.dashboard.tokens import history
from messaging.dashboard.tokens.pages import member_page

_COLUMNS = ("number", "at", "actor", "proof", "address", "action", "target_type", "target", "changes", "digest")
_MOST = 1000  # actors and actions to choose from


class Filters(Narrowing):
    """Whose doing, what was done, and when."""

    actor = forms.ChoiceField(label="Who", required=False)
    action = forms.ChoiceField(label="What", required=False)
    field_order = ("actor", "action", "since", "until")

    def __init__(self, data: QueryDict, *, account: Account) -> None:
        super().__init__(data, account=account)
        actors = AuditEntry.objects.different("actor_label", account=account, limit=_MOST)
        actions = AuditEntry.objects.different("action", account=account, limit=_MOST)
        self._offer("actor", "Anybody", {name: name for name in actors})
        self._offer("action", "Anything", {action: _named(action) for action in actions})
        self.is_valid()

    def _offer(self, name: str, nothing: str, choices: Mapping[str, str]) -> None:
        field = cast(forms.ChoiceField, self.fields[name])
        field.choices = [("", nothing), *sorted(choices.items(), key=lambda choice: choice[1].lower())]

    def words(self) -> Mapping[str, str]:
        actor, action = self.given("actor"), self.given("action")
        who = {"actor": f"Who: {actor}"} if actor else {}
        what = {"action": f"What: {_named(action)}"} if action else {}
        return {**who, **what, **super().words()}

    def found(self) -> QuerySet[AuditEntry]:
        asked = {
            "actor_label": self.given("actor"),
            "action": self.given("action"),
            "at__gte": self.begins_at,
            "at__lt": self.ends_at,
        }
        on = {name: value for name, value in asked.items() if value is not None}
        return AuditEntry.objects.filter(account=self.account, **on)


def _named(action: str) -> str:
    """Return an action with what it is done to, as many things are created."""
    return f"{history.done(action)} ({action.partition('.')[0].replace('_', ' ')})"


@require_GET
@member_page(Can.SEE)
def log(request: MemberRequest) -> HttpResponse:
    filters = Filters(request.GET, account=request.membership.account)
    page = turn(filters.found().select_related("actor"), request.GET)
    context = {
        "filters": filters,
        "chips": filters.chips(),
        "history": [history.line(entry) for entry in page.rows],
        "newer": page.newer,
        "older": page.older,
        "may_export": request.membership.may(Can.MANAGE_ACCOUNT),
    }
    return render(request, "messaging/audit.html", context)


@require_GET
@member_page(Can.MANAGE_ACCOUNT)
def export(request: MemberRequest) -> HttpResponseBase:
    """Answer with the entries that the page's filters let through, oldest first, as CSV; write down that they were."""
    account = request.membership.account
    filters = Filters(request.GET, account=account)
    by, only = audit.person(request), {"filters": list(filters.words().values())}
    audit.record(account=account, actor=by, action="account.audit_log_exported", target=account, changes=only)
    lines = csv_text.lines(_rows(filters.found()))
    response = StreamingHttpResponse(lines, content_type=csv_text.CSV)
    response["Content-Disposition"] = 'attachment; filename="audit-log.csv"'
    response["Cache-Control"] = "no-store"
    return response


def _rows(entries: QuerySet[AuditEntry]) -> Iterator[Sequence[object]]:
    yield _COLUMNS
    for entry in entries.order_by("pk").iterator():
        told = audit.told(entry)
        told["changes"] = json.dumps(told["changes"], ensure_ascii=False) if told["changes"] else ""
        yield [told[name] for name in _COLUMNS]
