"""The table of all rules, in the order in which people read them."""

from __future__ import annotations

from collections.abc import Mapping

from messaging.alerting.credentials import NETWORK, OLD, UNUSED
from messaging.alerting.devices import OFFLINE, QUEUE, WEBHOOK
from messaging.alerting.leaking import LEAKED
from messaging.alerting.plans import PLAN
from messaging.alerting.rule import Rule
from messaging.alerting.volume import FAILURES, UNUSUAL

RULES: Mapping[str, Rule] = {
    rule.code: rule for rule in (OFFLINE, FAILURES, QUEUE, LEAKED, NETWORK, UNUSUAL, WEBHOOK, PLAN, UNUSED, OLD)
}
