"""The due function that looks whether rules find something, and whether what they found is over."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial

from django.db import InterfaceError, OperationalError
from django.utils import timezone

from messaging.alerting.changing import clear, fire
from messaging.alerting.choosing import scope_of
from messaging.alerting.rule import Key, Rule
from messaging.alerting.rules import RULES
from messaging.models import Alert

log = logging.getLogger(__name__)
LANE = "alerting"
EVERY = 5.0  # seconds between two looks at what is due

_next_at: dict[str, float] = {}


def watch() -> int:
    """Check the rules whose time has come; returns how many alerts began or ended."""
    changed = 0
    for rule in RULES.values():
        if _next_at.get(rule.code, 0.0) <= time.monotonic():
            _next_at[rule.code] = time.monotonic() + rule.seconds
            changed += _try(partial(check, rule), rule)
    return changed


def check(rule: Rule) -> int:
    """Begin and end what has changed since the last look; returns how much that was.

    Safe to run anywhere, any number at once. What is open is read first: what begins meanwhile is not taken for over.
    In a suspended account nothing is found, and what is open stands still.
    """
    scope = scope_of(rule)
    alerts = Alert.objects.open().filter(code=rule.code, account__suspended_at=None)
    open = {_key(alert): alert for alert in alerts.select_related("account")}
    found = {finding.key: finding for finding in rule.find(scope, timezone.now()) if scope.of(finding.account_id).is_on}
    changed = 0
    for key in found.keys() - open.keys():
        changed += _try(partial(fire, rule, found[key], scope.of(key[0])), rule)
    for key in open.keys() - found.keys():
        if not scope.is_partial or not scope.of(key[0]).is_on:
            changed += _try(partial(clear, rule, open[key], scope.of(key[0])), rule)
    return changed


def _try(change: Callable[[], object], rule: Rule) -> int:
    """Do one thing; what goes wrong with it is logged and keeps nothing else from being done.

    A database that is gone is for whoever runs the lane, who opens it anew.
    """
    try:
        done = change()
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("the rule %s could not be followed", rule.code)
        return 0
    return done if type(done) is int else bool(done)


def _key(alert: Alert) -> Key:
    return alert.account_id, alert.subject_kind, alert.subject_id, alert.detail


def forget() -> None:
    """Let every rule be due at once."""
    _next_at.clear()
