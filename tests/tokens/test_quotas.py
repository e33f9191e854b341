from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Thread
from time import time

import pytest
from django.core.cache import caches
from time_machine import TimeMachineFixture

from accounts.audit import Actor
from accounts.models import Account, Plan
from gateway.counters import RedisCounters
from tests.tokens.conftest import Calling
from tokens import issuing
from tokens.authentication import Caller, authenticate_login
from tokens.errors import Denial, Denied
from tokens.quotas import Loads, messages, spend_request
from tokens.quotas.spending import Messages

NOON = datetime(2026, 3, 28, 12, tzinfo=UTC)


@pytest.fixture
def clock(time_machine: TimeMachineFixture) -> Iterator[TimeMachineFixture]:
    time_machine.move_to(NOON, tick=False)
    return time_machine  # type: ignore[return-value]  # a fixture may return as well


def spend(caller: Caller, times: int) -> list[int]:
    """Return what was left after each request."""
    return [spend_request(caller).remaining for _ in range(times)]


def stored(number: int) -> Loads:
    return Loads(day=lambda: number, month=lambda: number)


def refusal(caller: Caller, n: int, count: Messages = messages, stored_now: int = 0) -> Denied | None:
    try:
        count.reserve(caller, n, stored(stored_now))
    except Denied as denied:
        return denied
    return None


def test_the_plan_says_how_many_requests_a_second_may_ask(calling: Calling, clock: TimeMachineFixture) -> None:
    caller = calling()
    assert spend(caller, 10) == list(range(9, -1, -1))
    with pytest.raises(Denied) as over:
        spend_request(caller)
    assert (over.value.denial, over.value.retry_after) == (Denial.RATE_LIMITED, 1)
    clock.shift(1)
    assert spend(caller, 1) == [9]


def test_a_token_can_only_lower_the_plans_rate(calling: Calling, clock: TimeMachineFixture) -> None:
    assert spend_request(calling(requests_per_second=3)).limit == 3
    assert spend_request(calling(requests_per_second=30)).limit == 10


def test_each_credential_has_its_own_count(
    calling: Calling, acme: Account, by: Actor, clock: TimeMachineFixture
) -> None:
    first, second = calling(requests_per_second=1), calling(requests_per_second=1)
    login, password = issuing.create_login(account=acme, name="phone", by=by, grantor=None)
    third = authenticate_login(login.username, password, dialect="smsgate", address="203.0.113.9")
    spend(first, 1)
    spend(second, 1)
    assert spend(third, 1) == [9]
    with pytest.raises(Denied):
        spend_request(first)


def test_the_tokens_of_an_account_share_its_rate(calling: Calling, clock: TimeMachineFixture) -> None:
    first, second = calling(), calling()
    for caller in (first, second):
        caller.account.plan.account_requests_per_second = 15
    assert spend(first, 10)[-1] == 0
    with pytest.raises(Denied):
        spend_request(first)
    assert spend(second, 5) == [4, 3, 2, 1, 0], "what the first was refused was not counted, and less is left than ten"
    with pytest.raises(Denied, match="15 requests a second of all tokens together") as over:
        spend_request(second)
    assert (over.value.denial, over.value.retry_after) == (Denial.RATE_LIMITED, 1)
    clock.shift(1)
    assert spend(second, 1) == [9]


def test_an_accounts_rate_lowers_that_of_each_token(calling: Calling, clock: TimeMachineFixture) -> None:
    caller = calling()
    caller.account.plan.account_requests_per_second = 4
    assert [spend_request(caller).limit, *spend(caller, 3)] == [4, 2, 1, 0]


def test_what_the_account_is_refused_costs_its_tokens_nothing(calling: Calling, clock: TimeMachineFixture) -> None:
    first, second = calling(), calling()
    for caller in (first, second):
        caller.account.plan.account_requests_per_second = 10
    spend(first, 9)
    spend(second, 1)
    for _ in range(20):
        with pytest.raises(Denied, match="together"):
            spend_request(second)
    second.account.plan.account_requests_per_second = None
    assert spend(second, 9)[-1] == 0


@pytest.mark.parametrize("fraction", [0, 0.001, 0.5, 0.999])
def test_at_any_moment_of_a_second_waiting_as_told_is_enough(
    calling: Calling, clock: TimeMachineFixture, fraction: float
) -> None:
    clock.move_to(NOON.timestamp() + fraction, tick=False)
    caller = calling(requests_per_second=1)
    remaining = spend_request(caller)
    assert time() < remaining.reset <= time() + 1
    with pytest.raises(Denied) as over:
        spend_request(caller)
    assert over.value.retry_after is not None
    clock.shift(over.value.retry_after)
    spend(caller, 1)


def test_the_last_instant_of_a_second_and_the_first_of_the_next_are_two_seconds(
    calling: Calling, clock: TimeMachineFixture
) -> None:
    caller = calling(requests_per_second=1)
    clock.move_to(NOON.timestamp() + 0.9999, tick=False)
    spend(caller, 1)
    clock.move_to(NOON.timestamp() + 1, tick=False)
    spend(caller, 1)


def test_where_there_is_no_limit_nothing_is_counted(calling: Calling) -> None:
    caller = calling(requests_per_second=1)
    for _ in range(3):
        assert spend_request(caller, limited=False).remaining == 1
    assert spend(caller, 1) == [0]


def test_a_days_messages_start_from_the_rows_and_end_at_the_plans_number(calling: Calling) -> None:
    caller, count = calling(), Messages()
    assert refusal(caller, 5, count, stored_now=990) is None
    assert refusal(caller, 5, count, stored_now=0) is None
    denied = refusal(caller, 1, count)
    assert denied is not None
    assert denied.denial == Denial.DAILY_LIMIT


def test_what_does_not_fit_takes_nothing(calling: Calling) -> None:
    caller, count = calling(), Messages()
    assert refusal(caller, 1001, count)
    assert refusal(caller, 1000, count) is None


def test_what_is_given_back_may_be_sent(calling: Calling) -> None:
    caller, count = calling(), Messages()
    reserved = count.reserve(caller, 3, stored(0))
    assert refusal(caller, 997, count) is None
    count.release(reserved)
    assert refusal(caller, 4, count)
    assert refusal(caller, 3, count) is None


def test_what_is_given_back_after_midnight_was_yesterdays(calling: Calling, clock: TimeMachineFixture) -> None:
    caller, count = calling(), Messages()
    clock.move_to(datetime(2026, 3, 28, 23, 59, 59, tzinfo=UTC), tick=False)
    reserved = count.reserve(caller, 1000, stored(0))
    clock.shift(1)
    assert refusal(caller, 500, count) is None
    count.release(reserved)
    assert refusal(caller, 501, count)
    assert refusal(caller, 500, count) is None


def test_what_is_no_longer_counted_is_given_back_in_peace(calling: Calling) -> None:
    caller, count = calling(), Messages()
    reserved = count.reserve(caller, 3, stored(0))
    caches["counters"].clear()
    count.release(reserved)
    assert refusal(caller, 1, count, stored_now=1000)


def test_an_unlimited_plan_asks_nothing_and_a_later_limit_asks_the_rows(calling: Calling, acme: Account) -> None:
    caller, count = calling(), Messages()
    assert refusal(caller, 10, count) is None
    caller.account.plan = Plan.objects.get(code="enterprise")
    assert refusal(caller, 10**6, count) is None
    caller.account.plan = Plan.free()
    assert refusal(caller, 1, count, stored_now=1000)


def test_a_months_messages_are_counted_for_the_whole_account(calling: Calling) -> None:
    first, second = calling(), calling()
    for caller in (first, second):
        caller.account.plan.messages_per_month = 1200
    assert refusal(first, 900, stored_now=0) is None
    assert refusal(second, 300, stored_now=0) is None
    denied = refusal(second, 1)
    assert denied is not None
    assert (denied.denial, str(denied)) == (Denial.MONTHLY_LIMIT, "Over 1,200 messages a month.")
    first.account.plan.messages_per_month = second.account.plan.messages_per_month = None
    assert refusal(second, 700) is None, "what the month refused was not taken of the day"
    assert refusal(second, 1)


def test_a_month_begins_from_the_rows(calling: Calling) -> None:
    caller = calling()
    caller.account.plan.messages_per_month = 1000
    messages.reserve(caller, 1, Loads(day=lambda: 0, month=lambda: 998))
    assert refusal(caller, 2)
    reserved = messages.reserve(caller, 1, stored(0))
    messages.release(reserved)
    assert refusal(caller, 1) is None
    assert refusal(caller, 1)


@pytest.mark.parametrize(
    ("zone", "moment", "seconds"),
    [
        ("UTC", datetime(2026, 3, 31, 23, 59, 59, tzinfo=UTC), 1),
        ("UTC", datetime(2026, 12, 31, 12, tzinfo=UTC), 12 * 3600),
        ("Asia/Riyadh", datetime(2026, 1, 31, 20, tzinfo=UTC), 3600),
        ("Europe/Berlin", datetime(2026, 3, 1, tzinfo=UTC), 31 * 86_400 - 2 * 3600),  # an hour short of 31 days
        ("UTC", datetime(2028, 2, 1, tzinfo=UTC), 29 * 86_400),
    ],
)
def test_a_month_ends_with_the_accounts_last_day_of_it(
    calling: Calling, clock: TimeMachineFixture, zone: str, moment: datetime, seconds: int
) -> None:
    clock.move_to(moment, tick=False)
    caller = calling()
    caller.account.time_zone = zone
    caller.account.plan.messages_per_month = 100
    assert refusal(caller, 100) is None
    denied = refusal(caller, 1)
    assert denied is not None
    assert denied.retry_after == seconds
    clock.shift(seconds)
    assert refusal(caller, 100) is None


def test_where_the_counters_do_not_answer_limits_hold(calling: Calling, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody knows what is left then, so the refusal ends by waiting, and no message is stored uncounted."""
    caller, reserved = calling(), messages.reserve(calling(), 1, stored(0))
    silent = RedisCounters("redis://127.0.0.1:1", {})
    for module in ("rates", "spending"):
        monkeypatch.setattr(f"tokens.quotas.{module}.counters", lambda: silent)
    with pytest.raises(Denied, match="do not answer") as rate:
        spend_request(caller)
    denied = refusal(caller, 1)
    assert denied is not None
    assert {rate.value.denial, denied.denial} == {Denial.RATE_LIMITED}
    assert (rate.value.retry_after, denied.retry_after) == (1, 1)
    messages.release(reserved)


@pytest.mark.parametrize(
    ("zone", "moment", "seconds"),
    [
        ("UTC", datetime(2026, 3, 28, 23, 59, 59, tzinfo=UTC), 1),
        ("UTC", datetime(2026, 3, 28, 23, 59, 59, 999_999, tzinfo=UTC), 1),
        ("Asia/Kolkata", datetime(2026, 3, 28, 18, 0, tzinfo=UTC), 1800),
        ("Asia/Kathmandu", datetime(2026, 3, 28, 18, 0, tzinfo=UTC), 900),
        ("Pacific/Kiritimati", datetime(2026, 3, 28, 9, 0, tzinfo=UTC), 3600),
        ("Europe/Berlin", datetime(2026, 3, 28, 23, 0, tzinfo=UTC), 23 * 3600),  # the night the clocks go forward
    ],
)
def test_a_day_ends_at_the_accounts_midnight(
    calling: Calling, clock: TimeMachineFixture, zone: str, moment: datetime, seconds: int
) -> None:
    clock.move_to(moment, tick=False)
    caller, count = calling(), Messages()
    caller.account.time_zone = zone
    assert refusal(caller, 1000, count) is None
    denied = refusal(caller, 1, count)
    assert denied is not None
    assert denied.retry_after == seconds
    clock.shift(seconds)
    assert refusal(caller, 1000, count) is None


def test_in_another_zone_the_day_is_counted_anew_from_the_rows(calling: Calling, clock: TimeMachineFixture) -> None:
    clock.move_to(datetime(2026, 3, 31, 14, tzinfo=UTC), tick=False)
    caller, count = calling(), Messages()
    assert refusal(caller, 600, count) is None
    caller.account.time_zone = "Pacific/Honolulu"  # the same date, and another midnight
    denied = refusal(caller, 501, count, stored_now=500)
    assert denied is not None
    assert denied.retry_after == 20 * 3600
    assert refusal(caller, 500, count, stored_now=500) is None
    caller.account.time_zone = "Asia/Kathmandu"
    assert refusal(caller, 1, count, stored_now=1000)


def test_the_hour_that_clocks_repeat_at_midnight_belongs_to_the_day_from_its_first_minute(
    acme: Account, clock: TimeMachineFixture
) -> None:
    """In Havana one o'clock of 1 November 2026 was midnight again."""
    acme.time_zone = "America/Havana"
    begins = datetime(2026, 11, 1, 4, tzinfo=UTC)
    for hours in (0, 1, 12):
        clock.move_to(begins + timedelta(hours=hours, minutes=30), tick=False)
        assert acme.day_start().astimezone(UTC) == begins
        assert acme.month_start().astimezone(UTC) == begins


def test_threads_together_get_no_more_than_the_limit(calling: Calling) -> None:
    caller, count = calling(), Messages()
    taken: list[int] = []

    def send() -> None:
        taken.append(sum(refusal(caller, 1, count) is None for _ in range(200)))

    threads = [Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(taken) == 1000
