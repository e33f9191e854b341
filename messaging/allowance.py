"""What a plan still allows somebody to send: counted by `tokens.quotas`, begun from the rows."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, Q, Sum

from accounts.models import Account
from messaging.drafting import Sender
from messaging.ids import first_at
from messaging.models import Broadcast, BroadcastRecipient, Recipient, UsageDay
from messaging.models.broadcasts import BroadcastQuerySet
from tokens.quotas import Loads, Reserved, messages


def reserve(sender: Sender, n: int) -> Reserved:
    """Take `n` messages of the sender's day and the account's month.

    Raises Denied (DAILY_LIMIT, MONTHLY_LIMIT), taking nothing.
    """
    loads = Loads(day=lambda: sent_today(sender), month=lambda: sent_this_month(sender.account))
    return messages.reserve(sender, n, loads)


def release(reserved: Reserved) -> None:
    """Give back what was reserved and then not stored."""
    messages.release(reserved)


def sent_today(sender: Sender) -> int:
    """How many recipients this credential has written to since its account's midnight.

    A broadcast counts whole on the day it is accepted, whenever its recipients get their messages.
    """
    since = sender.account.day_start()
    mine = Recipient.objects.filter(
        message__account=sender.account,
        message__direction="out",
        message__token=sender.token,
        message__login=sender.login,
        message__pk__gte=first_at(since),
    )
    own = Broadcast.objects.for_account(sender.account).filter(token=sender.token, login=sender.login)
    return mine.count() + _not_yet_messages(own, since)


def sent_this_month(account: Account) -> int:
    """How many recipients the whole account has written to since its month began, from the counts of its days."""
    since = account.month_start()
    days = UsageDay.objects.filter(account=account, day__gte=since.date())
    sent: int = days.aggregate(number=Sum("accepted", default=0))["number"]
    return sent + _not_yet_messages(Broadcast.objects.for_account(account), since)


def _not_yet_messages(broadcasts: BroadcastQuerySet, since: datetime) -> int:
    """Return what the broadcasts accepted since then add to their messages, less the messages of earlier ones."""
    counted = broadcasts.not_cancelled()
    addressed = counted.made_since(since).aggregate(number=Sum(F("total") - F("skipped"), default=0))
    at_work = counted.filter(Q(finished_at=None) | Q(finished_at__gte=since)).values("pk")
    made = BroadcastRecipient.objects.filter(broadcast__in=at_work, message__gte=first_at(since)).count()
    return int(addressed["number"]) - made
