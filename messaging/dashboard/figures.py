"""The overview's numbers. Read from the days' counts and from the newest messages, never from whole tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Exists, Max, OuterRef, Sum
from django.utils import timezone

from accounts.models import Account
from messaging.dashboard import wording
from messaging.dashboard.filters import WINDOW
from messaging.ids import EPOCH
from messaging.models import Device, Message, Recipient, UsageDay
from messaging.reporting import By, Counts, Report
from messaging.states import WAITING, State
from tokens.models import Token

DAYS = 30
MOST_WAITING = 10_000  # counted; above it the page says "more than"


@dataclass(frozen=True, slots=True)
class Cause:
    """Why some messages failed, and what helps."""

    code: str
    reason: str
    remedy: str
    device: Device | None
    number: int


@dataclass(frozen=True, slots=True)
class Busiest:
    """The credential with the most messages today."""

    name: str
    used: int


def by_day(account: Account) -> list[tuple[date, Counts]]:
    """Return the last days with their counts, oldest first; days without messages are there too."""
    today = timezone.localdate(timezone=account.zone)
    return Report(account, today - timedelta(days=DAYS - 1), today, [By.DAY]).each_day()


def has_messages(account: Account) -> bool:
    return UsageDay.objects.filter(account=account).exists()


def waiting(account: Account) -> int:
    """Return how many recipients wait for their device, counting to `MOST_WAITING` and one more."""
    mine = Message.objects.for_account(account).filter(pk=OuterRef("message_id"))
    queued = Recipient.objects.filter(due_at__gte=EPOCH, state__in=WAITING).filter(Exists(mine)).order_by()
    return queued[: MOST_WAITING + 1].count()


def causes_today(account: Account) -> list[Cause]:
    """Return why messages of today failed, the most frequent first; of very many messages the newest are looked at."""
    today = Message.objects.for_account(account).made_between(account.day_start()).order_by("-pk")
    end = today.values_list("pk", flat=True)[WINDOW : WINDOW + 1].first()
    looked_at = today if end is None else today.filter(pk__gt=end)
    failed = Recipient.objects.filter(message__in=looked_at.order_by(), state__in=[State.FAILED, State.EXPIRED])
    groups = failed.order_by().values_list("error", "message__device").annotate(Max("error_detail"), n=Count("pk"))
    devices = Device.objects.in_bulk({device for _, device, _, _ in groups if device})
    causes = [_cause(code, devices.get(device), reason, n) for code, device, reason, n in groups]
    return sorted(causes, key=lambda cause: -cause.number)


def _cause(code: str, device: Device | None, reason: str, number: int) -> Cause:
    return Cause(code, reason, wording.remedy(code, device), device, number)


def busiest_today(account: Account) -> Busiest:
    """Return the token that sent most today: a plan's daily limit counts for each by itself."""
    today = UsageDay.objects.filter(account=account, day=timezone.localdate(timezone=account.zone))
    sums: Sequence[tuple[int, int]] = list(today.order_by().values_list("token_ref").annotate(Sum("accepted")))
    ref, used = max(sums, key=lambda pair: pair[1], default=(0, 0))
    token = Token.objects.filter(account=account, pk=ref).first()
    others = "People and API logins" if used else ""
    return Busiest(token.name if token else others, used)
