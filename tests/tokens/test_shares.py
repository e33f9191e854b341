"""Shares of counters that several processes have in common; each `Shares` here stands for a process."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.counters import RedisCounters
from tests.gateway.test_counters import REDIS_URL, needs_redis
from tests.tokens.conftest import Calling
from tokens.errors import Denied
from tokens.quotas import Loads, Wanted, day_of, spending
from tokens.quotas.shares import Shares

pytestmark = needs_redis
LIMIT = 2000
DAY = f"day:{os.getpid()}"
MONTH = f"month:{os.getpid()}"


@pytest.fixture(autouse=True)
def redis(monkeypatch: pytest.MonkeyPatch) -> Iterator[RedisCounters]:
    counters = RedisCounters(REDIS_URL, {"KEY_PREFIX": "test"})
    monkeypatch.setattr("tokens.quotas.shares.counters", lambda: counters)
    yield counters
    counters.delete_many([DAY, MONTH])


def day(number: int = 1, limit: int = LIMIT, start: int | None = 0) -> Wanted:
    return Wanted(DAY, limit, number, start, block=100)


def used(redis: RedisCounters) -> int | None:
    return redis.take([Wanted(DAY, LIMIT, 0)]).counts[0].used


def spend_all(shares: Shares) -> int:
    number = 0
    while shares.take([day()]).full is None:
        number += 1
    return number


def test_a_block_is_asked_for_once_and_spent_here(redis: RedisCounters) -> None:
    shares = Shares()
    for _ in range(20):
        shares.take([day()])
        assert used(redis) == 20
    shares.take([day()])
    assert used(redis) == 39


def test_one_process_spends_all_and_no_more() -> None:
    assert spend_all(Shares()) == LIMIT


def test_what_another_process_holds_is_a_hundredth_at_most_and_comes_back() -> None:
    one, other = Shares(), Shares()
    one.take([day()])
    spent = 1 + spend_all(other)
    assert LIMIT * 0.99 <= spent < LIMIT
    one.give_back_unused()
    assert spent + spend_all(other) == LIMIT


def test_many_threads_of_several_processes_spend_all_and_no_more() -> None:
    processes = [Shares() for _ in range(4)]
    with ThreadPoolExecutor(16) as pool:
        spent = sum(pool.map(spend_all, processes * 4))
    for shares in processes:
        shares.give_back_unused()
    assert spent + sum(map(spend_all, processes)) == LIMIT


def test_what_was_not_stored_is_spent_again_or_given_back(redis: RedisCounters) -> None:
    shares = Shares()
    [taken] = shares.take([day(500, start=10)]).counts
    shares.put_back(DAY, 500, taken.generation)
    shares.give_back_unused()
    assert used(redis) == 10
    shares.give_back_unused()
    shares.put_back(DAY, 1, taken.generation)
    shares.give_back_unused()
    assert used(redis) == 9, "also once nothing else is held"


def test_day_and_month_are_taken_together(redis: RedisCounters) -> None:
    shares, month = Shares(), Wanted(MONTH, 3, block=100)
    assert [shares.take([day(), month]).full for _ in range(5)] == [None, None, None, 1, 1]
    shares.give_back_unused()
    assert used(redis) == 3


def test_a_counter_that_redis_lost_is_begun_from_the_rows_again(redis: RedisCounters) -> None:
    shares = Shares()
    shares.take([day(start=None)])
    assert shares.take([day(start=None)]).missing == 0
    shares.take([day(start=100)])
    assert used(redis) == 119
    redis.delete(DAY)
    assert shares.take([day(50, start=None)]).missing == 0
    shares.take([day(50, start=101)])
    shares.give_back_unused()
    assert used(redis) == 101 + 50, "what was held of the lost counter is neither spent nor given back"


def test_what_a_killed_process_held_is_found_again_by_counting_the_rows(
    redis: RedisCounters, calling: Calling, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "counters": lambda: redis,
        "_is_leased": lambda: True,
        "_SETTLED_AFTER": 0.0,
        "_RECOUNT_EVERY": 60.0,
    }.items():
        monkeypatch.setattr(spending, name, value)
    caller, stored = calling(), 0
    caller.account.plan.messages_per_day = LIMIT
    loads = Loads(day=lambda: stored, month=lambda: 0)

    def send(number: int, messages: spending.Messages) -> None:
        nonlocal stored
        for _ in range(number):
            messages.reserve(caller, 1, loads)
            stored += 1

    monkeypatch.setattr(spending, "shares", Shares())
    send(1, spending.Messages())
    monkeypatch.setattr(spending, "shares", Shares())  # the first process is gone, and 19 messages with it
    survivor = spending.Messages()
    send(LIMIT - 20, survivor)
    with pytest.raises(Denied):
        send(1, survivor)
    send(19, survivor)
    for _ in range(3):
        with pytest.raises(Denied):
            send(1, survivor)
    assert stored == LIMIT
    redis.delete(day_of(caller).key)


def test_what_an_earlier_release_counted_is_no_counter_of_this_one(
    redis: RedisCounters, calling: Calling, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It kept a bare number, and during an upgrade both count."""
    monkeypatch.setattr(spending, "counters", lambda: redis)
    monkeypatch.setattr(spending, "_is_leased", lambda: False)
    caller = calling()
    bare = f"day:{caller.key}:{caller.account.day_start():%Y%m%d}"
    redis.set(bare, 5, 60)
    [taken] = spending.Messages().reserve(caller, 1, Loads(day=lambda: 0, month=lambda: 0))
    assert redis.get(bare) == 5
    redis.delete_many([bare, taken.key])


def test_what_is_left_is_known_without_asking(redis: RedisCounters) -> None:
    shares = Shares()
    assert shares.left(DAY, LIMIT) is None
    shares.take([day(7)])
    assert shares.left(DAY, LIMIT) == LIMIT - 7
    shares.give_back_unused()
    assert shares.left(DAY, LIMIT) == LIMIT - 7
    shares.give_back_unused()
    assert shares.left(DAY, LIMIT) is None, "what nobody asks for is forgotten"
    shares.note(DAY, redis.take([day(0)]).counts[0])
    assert shares.left(DAY, LIMIT) == LIMIT - 7
