"""How many messages a credential has sent today, from the rows."""

from __future__ import annotations

from django.db.models import F, Q, Sum

from messaging.drafting import Sender
from messaging.ids import first_at
from messaging.models import Broadcast, BroadcastRecipient, Recipient


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
    own = Broadcast.objects.for_account(sender.account).not_cancelled()
    own = own.filter(token=sender.token, login=sender.login)
    counted = own.made_since(since).aggregate(number=Sum(F("total") - F("skipped"), default=0))["number"]
    at_work = own.filter(Q(finished_at=None) | Q(finished_at__gte=since)).values("pk")
    made = BroadcastRecipient.objects.filter(broadcast__in=at_work, message__gte=first_at(since)).count()
    return mine.count() - made + int(counted)
