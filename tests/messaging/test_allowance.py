"""What a day and a month begin from where the counters are empty: the rows."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.core.cache import caches
from time_machine import TimeMachineFixture

from accounts.models import Account
from messaging import allowance
from messaging.drafting import Sender
from messaging.models import Message, UsageDay
from messaging.sending import Accepted
from tokens.errors import Denial, Denied

pytestmark = pytest.mark.django_db
Submit = Callable[..., Accepted]
OCTOBER = datetime(2026, 10, 31, 20, tzinfo=UTC)
MORE = ["+966500000141", "+966500000142", "+966500000143"]


def denial_of(submit: Submit, *to: str) -> Denial:
    with pytest.raises(Denied) as caught:
        submit(list(to) or MORE[:1])
    return caught.value.denial


@pytest.fixture
def restarted() -> Callable[[], None]:
    return caches["counters"].clear


def test_a_month_is_counted_from_the_rows_of_all_who_sent(
    submit: Submit, sender: Sender, acme: Account, restarted: Callable[[], None]
) -> None:
    sender.account.plan.messages_per_month = 5
    submit(MORE)
    UsageDay.objects.create(account=acme, day=acme.month_start().date(), dialect="dashboard", accepted=1)
    restarted()
    assert allowance.sent_this_month(acme) == 4
    assert denial_of(submit, *MORE[:2]) == Denial.MONTHLY_LIMIT
    submit()
    assert denial_of(submit) == Denial.MONTHLY_LIMIT
    assert Message.objects.count() == 2


def test_the_month_before_and_another_account_do_not_count(
    submit: Submit, sender: Sender, other: Account, time_machine: TimeMachineFixture, restarted: Callable[[], None]
) -> None:
    sender.account.time_zone = "Asia/Riyadh"
    sender.account.plan.messages_per_month = 3
    time_machine.move_to(OCTOBER, tick=False)
    submit(MORE)
    assert denial_of(submit) == Denial.MONTHLY_LIMIT
    UsageDay.objects.create(account=other, day=OCTOBER.date(), dialect="dashboard", accepted=100)
    time_machine.shift(3600)  # midnight in Riyadh, and November
    assert allowance.sent_this_month(sender.account) == 0
    submit(MORE)
    restarted()
    assert denial_of(submit) == Denial.MONTHLY_LIMIT


def test_a_day_turns_over_at_midnight_in_the_accounts_zone_and_survives_a_restart(
    submit: Submit, sender: Sender, time_machine: TimeMachineFixture, restarted: Callable[[], None]
) -> None:
    sender.account.time_zone = "Asia/Riyadh"
    sender.account.plan.messages_per_day = 3
    time_machine.move_to(OCTOBER, tick=False)
    submit(MORE)
    for _ in range(2):
        assert denial_of(submit) == Denial.DAILY_LIMIT
        restarted()
    time_machine.shift(3599)
    assert denial_of(submit) == Denial.DAILY_LIMIT
    time_machine.shift(1)
    submit(MORE)
    restarted()
    assert denial_of(submit) == Denial.DAILY_LIMIT
