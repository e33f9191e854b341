"""What all phones of an account are told: how they send, what they keep, how they report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.audit import Actor
from accounts.models import Account
from messaging.content.fields import Read, choice, flag, pattern, whole_number
from messaging.content.limits import LIMITS
from messaging.errors import Refusal, Refused
from messaging.models import PhoneSettings

Values = dict[str, dict[str, Any]]

_MANY = whole_number(1, 2**31 - 1)  # Android's integers
_CLOCK = pattern("line", r"([01][0-9]|2[0-3]):[0-5][0-9]", "be a time such as 09:30")
SETTINGS: Mapping[str, Mapping[str, Read]] = {
    "messages": {
        "send_interval_min": _MANY,  # seconds
        "send_interval_max": _MANY,
        "limit_period": choice("Disabled", "PerMinute", "Per30Minutes", "PerHour", "PerDay"),
        "limit_value": _MANY,
        "sim_selection_mode": choice("OSDefault", "RoundRobin", "Random"),
        "log_lifetime_days": _MANY,
        "work_hours_enabled": flag,
        "work_hours_start": _CLOCK,
        "work_hours_end": _CLOCK,
        "processing_order": choice("LIFO", "FIFO"),
    },
    "ping": {"interval_seconds": _MANY},
    "logs": {"lifetime_days": _MANY},
    "webhooks": {"internet_required": flag, "retry_count": _MANY},
    "gateway": {"notification_channel": choice("AUTO", "SSE_ONLY")},
    "receiver": {"content_provider_enabled": flag},
}


def settings_of(account: Account) -> Values:
    """Return the account's settings for its phones, by group and name; what was never set is missing."""
    found: Values | None = PhoneSettings.objects.filter(account=account).values_list("values", flat=True).first()
    return found or {}


def change_settings(account: Account, changes: Values, *, is_whole: bool = False, by: Actor) -> Values:
    """Set what is given, None for the phones' own default, and return all that is set now.

    `is_whole` forgets whatever is not given. Raises Refused(INVALID) with the setting's path.
    """
    wanted = {group: _checked(group, values) for group, values in changes.items() if values}
    with transaction.atomic():
        PhoneSettings.objects.get_or_create(account=account)
        row = PhoneSettings.objects.select_for_update().get(account=account)
        before = row.values
        values = row.values = wanted if is_whole else _merged(before, wanted)
        _check_together(values)
        row.updated_at = timezone.now()
        row.save(update_fields=["values", "updated_at"])
        if values != before:
            changed = _changes(before, values)
            audit.record(account=account, actor=by, action="phone_settings.changed", target=row, changes=changed)
    return values


def _checked(group: str, values: Mapping[str, Any]) -> dict[str, Any]:
    known = SETTINGS[group]
    return {
        name: None if value is None else known[name](value, f"{group}.{name}", LIMITS) for name, value in values.items()
    }


def _merged(before: Values, wanted: Values) -> Values:
    return {group: {**before.get(group, {}), **wanted.get(group, {})} for group in (*before, *wanted)}


def _check_together(values: Values) -> None:
    least = values.get("messages", {}).get("send_interval_min")
    most = values.get("messages", {}).get("send_interval_max")
    if least is not None and most is not None and most < least:
        field = "messages.send_interval_max"
        raise Refused(Refusal.INVALID, f"{field} must not be less than send_interval_min.", field=field)


def _changes(before: Values, after: Values) -> dict[str, list[Any]]:
    names = {(group, name) for values in (before, after) for group in values for name in values[group]}
    found = {
        f"{group}.{name}": [before.get(group, {}).get(name), after.get(group, {}).get(name)]
        for group, name in sorted(names)
    }
    return {name: change for name, change in found.items() if change[0] != change[1]}
