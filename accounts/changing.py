"""Settings → Account: what an account's own people decide about it."""

from datetime import timedelta
from typing import TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.dateformat import format as format_date

from accounts.audit import Actor, record
from accounts.models import Account


class Settings(TypedDict, total=False):
    """What they may decide."""

    name: str
    time_zone: str
    default_region: str
    strict_numbers: bool
    strict_templates: bool


def change_settings(account: Account, *, by: Actor, **wanted: Unpack[Settings]) -> Account:
    """Change some of the account's settings; returns it as it is now. Raises ValidationError, by field."""
    with transaction.atomic():
        rows = Account.objects.select_for_update(of=("self",), no_key=True).select_related("plan")
        row = rows.get(pk=account.pk)
        changes = {name: [getattr(row, name), value] for name, value in wanted.items() if getattr(row, name) != value}
        if "time_zone" in changes:
            _must_be_free(row)
            row.zone_changed_at = timezone.now()
        for name, (_, value) in changes.items():
            setattr(row, name, value)
        row.clean_fields(exclude={field.name for field in row._meta.fields} - set(changes))
        if changes:
            row.save(update_fields=[*changes, "zone_changed_at"])
            record(account=row, actor=by, action="account.changed", target=row, changes=changes)
    return row


def _must_be_free(account: Account) -> None:
    if account.zone_kept_until:
        raise ValidationError({"time_zone": zone_rule(account)})


def zone_rule(account: Account) -> str:
    """Say how often the zone can change, and from when again."""
    rule, until = "It can be changed once in 24 hours", account.zone_kept_until
    if not until:
        return f"{rule}."
    whole_minute = until.astimezone(account.zone) + timedelta(minutes=1)
    return f"{rule}: again from {format_date(whole_minute, 'j F Y, H:i')} ({account.time_zone})."
