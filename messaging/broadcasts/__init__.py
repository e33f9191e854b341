"""Broadcasts: one message to a long list, accepted at once and sent as fast as its device takes it."""

from messaging.broadcasts.accepting import Accepted, accept
from messaging.broadcasts.changing import cancel, find
from messaging.broadcasts.drafts import AddressList, Draft
from messaging.broadcasts.feeding import LANE, NO_VALUE, feed_due
from messaging.broadcasts.figures import Analytics, Progress, analytics, expected_end, progress, settle_due
from messaging.broadcasts.staging import discard_due

__all__ = [
    "LANE",
    "NO_VALUE",
    "Accepted",
    "AddressList",
    "Analytics",
    "Draft",
    "Progress",
    "accept",
    "analytics",
    "cancel",
    "discard_due",
    "expected_end",
    "feed_due",
    "find",
    "progress",
    "settle_due",
]
