"""What an account's plan allows of broadcasts."""

from __future__ import annotations

from datetime import timedelta
from math import ceil

from django.utils import timezone

from accounts.models import Account
from messaging.broadcasts.drafts import AddressList, Draft
from messaging.errors import Refusal, Refused
from messaging.models import Broadcast
from tokens.errors import Denial, Denied

FURTHEST = timedelta(days=366)  # that a broadcast may wait


def check(account: Account, draft: Draft) -> None:
    """Raise Denied (PLAN, BROADCAST_LIMIT) for what the plan does not include, Refused for a time that cannot be."""
    if draft.scheduled_at:
        if not account.plan.may_schedule_broadcasts:
            raise Denied(Denial.PLAN, f"The {account.plan.name} plan sends broadcasts at once, not at a later time.")
        _check_time(draft)
    if not isinstance(draft.recipients, AddressList):
        check_number(account, draft.recipients.size)
    check_day(account)


def check_number(account: Account, number: int) -> None:
    """Raise Denied(PLAN) for more recipients than the plan allows in one broadcast."""
    most = account.plan.broadcast_recipients
    if most is not None and number > most:
        raise Denied(Denial.PLAN, f"The {account.plan.name} plan allows {most:,} recipients in one broadcast.")


def check_day(account: Account) -> None:
    """Raise Denied(BROADCAST_LIMIT) where the day's broadcasts, by the account's own calendar, are used up."""
    most = account.plan.broadcasts_per_day
    if most is None:
        return
    began = account.day_start()
    if Broadcast.objects.for_account(account).not_cancelled().made_since(began).count() < most:
        return
    seconds = ceil((account.day_start(began + timedelta(hours=36)) - timezone.now()).total_seconds())
    detail = f"The {account.plan.name} plan allows {most:,} broadcast{'' if most == 1 else 's'} a day."
    raise Denied(Denial.BROADCAST_LIMIT, detail, retry_after=max(seconds, 1))


def _check_time(draft: Draft) -> None:
    ahead = draft.scheduled_at and draft.scheduled_at - timezone.now()
    if ahead and ahead <= timedelta():
        raise Refused(Refusal.IN_THE_PAST, "This time has passed.", field="scheduled_at")
    if ahead and ahead > FURTHEST:
        raise Refused(Refusal.INVALID, f"This is more than {FURTHEST.days} days ahead.", field="scheduled_at")
