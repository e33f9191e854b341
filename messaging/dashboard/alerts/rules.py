"""The rules, each a sentence that can be changed."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.audit import person
from accounts.permissions import MemberRequest, must_be_allowed
from accounts.roles import Can
from messaging import alerting
from messaging.alerting import RULES
from messaging.dashboard.alerts.forms import RuleForm
from messaging.dashboard.tokens.pages import member_page


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Can.SEE)
def rules(request: MemberRequest) -> HttpResponse:
    account = request.membership.account
    chosen = alerting.chosen_by(account)
    posted = request.POST if request.method == "POST" else None
    if posted is not None:
        must_be_allowed(request.membership, Can.MANAGE_ACCOUNT)
    forms = [RuleForm(posted, rule=rule, chosen=chosen[code]) for code, rule in RULES.items()]
    are_wrong = posted is not None and any([not form.is_valid() for form in forms])  # noqa: C419  each says its own
    if posted is not None and not are_wrong:
        alerting.change_rules(account, {form.rule.code: form.asked for form in forms}, by=person(request))
        messages.success(request, "The rules are saved.")
        return redirect("alert-rules")
    context = {
        "forms": forms,
        "are_wrong": are_wrong,
        "may_manage": request.membership.may(Can.MANAGE_ACCOUNT),
    }
    return render(request, "messaging/alerts/rules.html", context, status=422 if are_wrong else 200)
