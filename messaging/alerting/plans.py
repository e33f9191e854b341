"""The rule about a plan's messages: those of each credential's day, and those of the account's month."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db.models import Count, F, Sum

from accounts.models import Account
from messaging.alerting.rule import Finding, Number, Rule, Scope, Subject
from messaging.ids import first_at
from messaging.models import Alert, Direction, Recipient, UsageDay, UsageHour
from tokens.models import ApiLogin, Token

CODE = "plan"
LEVELS = ("warning", "full")
_LATELY = timedelta(hours=26)  # the longest day that any place has, and the hour it began in


class Used(NamedTuple):
    """So many messages of a limit, by a token, an API login, people, or (with neither) the whole account."""

    account: Account
    period: str
    number: int
    limit: int
    who: str
    token: Token | None = None
    mark: str = ""


def find_used(scope: Scope, now: datetime) -> Iterator[Finding]:
    for used in (*_days(scope, now), *_months(now)):
        for level in LEVELS:
            if used.number * 100 >= used.limit * scope.number(used.account.pk, level) > 0:
                yield _finding(used, level)


def _finding(used: Used, level: str) -> Finding:
    text = f"{used.who} used {used.number:,} of the {used.limit:,} messages that the plan allows a {used.period}."
    detail = " ".join(filter(None, (used.period, level, used.mark)))
    if used.token:
        return Finding(used.account.pk, Subject.TOKEN, used.token.pk, used.token.name, text, detail)
    return Finding(used.account.pk, Subject.ACCOUNT, used.account.pk, used.account.name, text, detail)


def _days(scope: Scope, now: datetime) -> Iterator[Used]:
    """Yield the credentials that may have used up enough of their day: by their latest hours, then by their day."""
    lately = UsageHour.objects.filter(hour__gt=now - _LATELY, account__suspended_at=None)
    sums = lately.order_by().values_list("account", "token_ref").annotate(number=Sum("accepted"))
    share = min(scope.loosest(level) for level in LEVELS)
    high = sums.filter(number__gte=F("account__plan__messages_per_day") * share / 100)
    accounts = _accounts({account for account, _, _ in high})
    today = {pk: now.astimezone(account.zone).date() for pk, account in accounts.items()}
    rows = UsageDay.objects.filter(account__in=accounts, day__in=set(today.values())).order_by()
    counts = rows.values_list("account", "day", "token_ref").annotate(Sum("accepted"))
    mine = [(accounts[pk], ref, number) for pk, day, ref, number in counts if day == today[pk]]
    tokens = Token.objects.in_bulk([ref for _, ref, _ in mine if ref])
    for account, ref, number in mine:
        limit = account.plan.messages_per_day
        if limit and number * 100 >= limit * share:
            yield from _by(tokens.get(ref), account, number, limit) if ref else _others(account, now, limit)


def _by(token: Token | None, account: Account, number: int, limit: int) -> Iterator[Used]:
    if token:
        yield Used(account, "day", number, limit, f"The token {token.name}", token)


def _others(account: Account, now: datetime, limit: int) -> Iterator[Used]:
    """Yield what API logins and people sent today: days count them together, limits each by itself."""
    sent = Recipient.objects.filter(
        message__account=account,
        message__pk__gte=first_at(account.day_start(now)),
        message__token=None,
        message__direction=Direction.OUT,
    )
    counts = dict(sent.order_by().values_list("message__login").annotate(Count("pk")))
    names = dict(ApiLogin.objects.filter(pk__in=[pk for pk in counts if pk]).values_list("pk", "name"))
    for pk, number in counts.items():
        who = f"The API login {names.get(pk, '')}" if pk else "People in the dashboard"
        yield Used(account, "day", number, limit, who, mark=f"login {pk}" if pk else "people")


def _months(now: datetime) -> Iterator[Used]:
    """Yield the accounts whose plan limits their month: those that sent lately, and those that are warned already."""
    lately = UsageHour.objects.filter(hour__gt=now - _LATELY, account__plan__messages_per_month__isnull=False)
    warned = Alert.objects.open().filter(code=CODE, subject_kind=Subject.ACCOUNT, detail__startswith="month")
    accounts = _accounts(
        {*lately.values_list("account", flat=True).distinct(), *warned.values_list("account", flat=True)}
    )
    began = {pk: account.month_start(now).date() for pk, account in accounts.items()}
    for pk, number in _since(began).items():
        if limit := accounts[pk].plan.messages_per_month:
            yield Used(accounts[pk], "month", number, limit, "The account")


def _since(began: Mapping[int, date]) -> dict[int, int]:
    """Return how many recipients each account wrote to from its day on."""
    if not began:
        return {}
    rows = UsageDay.objects.filter(account__in=began, day__gte=min(began.values())).order_by()
    sums = dict.fromkeys(began, 0)
    for pk, day, number in rows.values_list("account", "day").annotate(Sum("accepted")):
        sums[pk] += number if day >= began[pk] else 0
    return sums


def _accounts(ids: Iterable[int]) -> dict[int, Account]:
    found = Account.objects.filter(pk__in=set(ids), suspended_at=None).select_related("plan")
    return {account.pk: account for account in found}


PLAN = Rule(
    CODE,
    "{warning} % and {full} % of the plan's messages are used",
    find_used,
    {"warning": Number(80, 1, 100, "Percent, the first time"), "full": Number(100, 1, 100, "Percent, the second time")},
    seconds=60.0,
    tells_end=False,
)
