"""Alerts: what the rules found, and the rules."""

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from messaging import alerting
from messaging.alerting import RULES, Change
from messaging.api import examples
from messaging.api.serializers import alerts as out
from messaging.api.views.base import View, show
from messaging.models import Alert
from tokens.errors import Denial, Denied
from tokens.scopes import Scope


class Alerts(View):
    needs: ClassVar[Mapping[str, Scope]] = {"GET": Scope.REPORTS_READ}

    @extend_schema(
        operation_id="list_alerts", summary="List alerts", parameters=[out.AlertsAsked], responses=out.AlertPage
    )
    def get(self, request: Request) -> HttpResponse:
        asked = self.query(out.AlertsAsked)
        rows = Alert.objects.for_account(self.caller.account)
        if state := asked.get("state"):
            rows = rows.filter(ended_at__isnull=state == out.OPEN)
        if rule := asked.get("rule"):
            rows = rows.filter(code=rule)
        return self.page(rows, out.AlertOut, asked)


class Rules(View):
    needs: ClassVar[Mapping[str, Scope]] = {"GET": Scope.SETTINGS_READ, "PUT": Scope.SETTINGS_WRITE}

    @extend_schema(operation_id="list_alert_rules", summary="List the rules of alerts", responses=out.RulesOut)
    def get(self, request: Request) -> HttpResponse:
        return self._all()

    @extend_schema(
        operation_id="change_alert_rules",
        summary="Change rules of alerts",
        description="All of the changes are made or none. A sandbox token changes no rules.",
        request=out.RulesIn,
        responses=out.RulesOut,
        examples=examples.CHANGE_ALERT_RULES,
    )
    def put(self, request: Request) -> HttpResponse:
        if self.caller.is_sandbox:
            raise Denied(Denial.GRANT, "A sandbox token changes no rules of alerts.")
        changes: Mapping[str, Any] = out.changes_of(self.asked(out.RulesIn)["rules"])
        alerting.change_rules(self.caller.account, cast("Mapping[str, Change]", changes), by=self.caller.actor())
        return self._all()

    def _all(self) -> HttpResponse:
        chosen = alerting.chosen_by(self.caller.account)
        return show(out.RulesOut, {"items": [out.rule_out(rule, chosen[code]) for code, rule in RULES.items()]})
