"""Alerts: rules in sentences, which the worker follows. Each finding is told once, and again that it is over."""

from messaging.alerting.choosing import Change, change_rules, chosen_by
from messaging.alerting.letters import send_letters
from messaging.alerting.pruning import prune_alerts
from messaging.alerting.rule import Chosen, Number, Rule
from messaging.alerting.rules import RULES
from messaging.alerting.watching import EVERY, LANE, check, watch

__all__ = [
    "EVERY",
    "LANE",
    "RULES",
    "Change",
    "Chosen",
    "Number",
    "Rule",
    "change_rules",
    "check",
    "chosen_by",
    "prune_alerts",
    "send_letters",
    "watch",
]
