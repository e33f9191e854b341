"""How an account wants its rules: as they come, or as somebody changed them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from django.db import transaction

from accounts import audit
from accounts.models import Account
from messaging.alerting.rule import Chosen, Rule, Scope
from messaging.alerting.rules import RULES
from messaging.errors import Refusal, Refused
from messaging.models import AlertRule

_FLAGS = ("is_on", "by_email", "by_webhook", "pauses_token")


class Change(TypedDict, total=False):
    """What may be changed of a rule; numbers that are left out stay as they are."""

    is_on: bool
    by_email: bool
    by_webhook: bool
    pauses_token: bool
    numbers: Mapping[str, int]


def chosen_by(account: Account) -> dict[str, Chosen]:
    """Return how each rule stands in the account."""
    rows = {row.code: row for row in AlertRule.objects.filter(account=account)}
    return {code: _read(rule, rows[code]) if code in rows else rule.usual for code, rule in RULES.items()}


def scope_of(rule: Rule) -> Scope:
    """Return the rule as it stands everywhere."""
    return Scope(rule, {row.account_id: _read(rule, row) for row in AlertRule.objects.filter(code=rule.code)})


def chosen_for(rule: Rule, account_id: int) -> Chosen:
    row = AlertRule.objects.filter(account=account_id, code=rule.code).first()
    return _read(rule, row) if row else rule.usual


def change_rules(account: Account, changes: Mapping[str, Change], *, by: audit.Actor) -> None:
    """Change rules by their codes, all of them or none; raises Refused with the path of what is wrong."""
    for code, change in changes.items():
        _check(code, change)
    with transaction.atomic():
        Account.objects.select_for_update(of=("self",), no_key=True).get(pk=account.pk)
        for code, change in changes.items():
            _change(account, RULES[code], change, by=by)


def _check(code: str, change: Change) -> None:
    rule = RULES.get(code)
    if rule is None:
        raise Refused(Refusal.INVALID, f"There is no rule {code[:40]}.", field="code")
    if change.get("pauses_token") and not rule.may_pause:
        raise Refused(Refusal.INVALID, "This rule pauses no token.", field="pauses_token")
    for name, value in change.get("numbers", {}).items():
        number = rule.numbers.get(name)
        if number is None:
            raise Refused(Refusal.INVALID, f"The rule {code} has no such number.", field=f"numbers.{name[:40]}")
        if not number.least <= value <= number.most:
            detail = f"This is a number from {number.least:,} to {number.most:,}."
            raise Refused(Refusal.INVALID, detail, field=f"numbers.{name}")


def _change(account: Account, rule: Rule, change: Change, *, by: audit.Actor) -> None:
    row = AlertRule.objects.filter(account=account, code=rule.code).first()
    row = row or AlertRule(account=account, code=rule.code, numbers=dict(rule.usual.numbers))
    before = _plain(_read(rule, row))
    for name in _FLAGS:
        setattr(row, name, change.get(name, getattr(row, name)))
    row.numbers = {**_read(rule, row).numbers, **change.get("numbers", {})}
    after = _plain(_read(rule, row))
    if before == after:
        return
    row.save()
    changed = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    audit.record(account=account, actor=by, action="alert_rule.changed", target=row, changes=changed)


def _plain(chosen: Chosen) -> dict[str, Any]:
    return {**{name: getattr(chosen, name) for name in _FLAGS}, **chosen.numbers}


def _read(rule: Rule, row: AlertRule) -> Chosen:
    """Return a row with the numbers that the rule has today."""
    numbers = {name: row.numbers.get(name, number.default) for name, number in rule.numbers.items()}
    return Chosen(numbers, row.is_on, row.by_email, row.by_webhook, row.pauses_token and rule.may_pause)
