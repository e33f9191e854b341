"""Counters as django-ratelimit uses them, and what happens at their edges."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest import mock

import pytest
import redis
import time_machine
from django.core.cache.backends.base import BaseCache
from django.test import RequestFactory, override_settings
from django_ratelimit.core import get_usage

from gateway.counters import MemoryCounters, RedisCounters
from tokens.quotas import Unanswered, Wanted

REDIS_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379") + "/0"


def redis_answers() -> bool:
    try:
        return bool(redis.Redis.from_url(REDIS_URL).ping())
    except redis.RedisError:
        return False


needs_redis = pytest.mark.skipif(not redis_answers(), reason="no Redis answers")


@pytest.fixture(params=["memory", pytest.param("redis", marks=needs_redis)])
def counters(request: pytest.FixtureRequest) -> Iterator[BaseCache]:
    params: dict[str, Any] = {"KEY_PREFIX": f"test-{os.getpid()}"}
    cache = MemoryCounters("test", params) if request.param == "memory" else RedisCounters(REDIS_URL, params)
    yield cache
    cache.delete_many(["a", "b", "t"])


Limits = MemoryCounters | RedisCounters


def count(cache: BaseCache, key: str = "a", seconds: int = 60) -> int:
    """The way django-ratelimit does."""
    return 1 if cache.add(key, 1, seconds) else cache.incr(key)


def test_counts_up_from_one(counters: BaseCache) -> None:
    assert [count(counters), count(counters), count(counters)] == [1, 2, 3]
    assert counters.get("a") == 3


def test_keys_are_counted_apart(counters: BaseCache) -> None:
    assert [count(counters, "a"), count(counters, "b"), count(counters, "a")] == [1, 1, 2]


def test_a_look_does_not_count(counters: BaseCache) -> None:
    counters.add("a", 0, 60)
    assert counters.get("a", 0) == 0
    assert count(counters) == 1


def test_a_set_count_goes_on_from_there(counters: BaseCache) -> None:
    counters.set("a", 41, 60)
    assert count(counters) == 42


def test_there_is_nothing_to_raise_where_nothing_was_started(counters: BaseCache) -> None:
    with pytest.raises(ValueError, match="not found"):
        counters.incr("a")
    assert counters.get("a") is None


def test_a_limit_holds_through_django_ratelimit(counters: BaseCache) -> None:
    request = RequestFactory().post("/")
    with (
        override_settings(RATELIMIT_ENABLE=True, RATELIMIT_USE_CACHE="counters"),
        mock.patch("django_ratelimit.core.caches", {"counters": counters}),
        time_machine.travel(1_800_000_000.5, tick=False),
    ):
        answers = [
            get_usage(request, group=f"test-{os.getpid()}", key=lambda *_: "token", rate=(2, 1), increment=True)
            for _ in range(3)
        ]
    assert [answer["should_limit"] for answer in answers if answer] == [False, False, True]


def test_a_count_in_memory_ends_with_its_time() -> None:
    cache = MemoryCounters("ends", {})
    with time_machine.travel(0, tick=False) as now:
        assert [count(cache), count(cache)] == [1, 2]
        now.shift(61)
        assert cache.get("a") is None
        assert count(cache) == 1


def test_threads_share_a_count_and_lose_none() -> None:
    caches_of_threads = [MemoryCounters("shared", {}) for _ in range(8)]

    def count_many(cache: BaseCache) -> None:
        for _ in range(500):
            count(cache)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count_many, caches_of_threads))
    assert caches_of_threads[0].get("a") == 4000


def test_a_full_memory_drops_expired_counts_first() -> None:
    cache = MemoryCounters("expired", {"OPTIONS": {"MAX_ENTRIES": 100}})
    with time_machine.travel(0, tick=False) as now:
        for number in range(50):
            count(cache, f"short {number}", 1)
            count(cache, f"long {number}", 86_400)
        now.shift(2)
        count(cache, "new")
        assert all(cache.get(f"long {number}") == 1 for number in range(50))
        assert cache.get("new") == 1


def test_a_full_memory_then_drops_those_that_end_soonest() -> None:
    cache = MemoryCounters("soonest", {"OPTIONS": {"MAX_ENTRIES": 100}})
    for number in range(101):
        count(cache, str(number), 1000 + number)
    assert [cache.get(str(number)) for number in (0, 9, 10, 99, 100)] == [None, None, 1, 1, 1]


@needs_redis
def test_redis_is_asked_once_for_each_count_and_lets_it_end() -> None:
    cache = RedisCounters(REDIS_URL, {"KEY_PREFIX": f"test-{os.getpid()}"})
    cache.delete("a")
    count(cache)
    client = redis.Redis.from_url(REDIS_URL)
    with mock.patch.object(redis.Redis, "execute_command", autospec=True, side_effect=ask) as asked:
        assert count(cache) == 2
    assert [call.args[1] for call in asked.call_args_list] == ["EVALSHA"]
    assert 0 < int(str(client.ttl(cache.make_key("a")))) <= 60
    cache.delete("a")


ask = redis.Redis.execute_command


def test_a_silent_redis_is_told_as_django_ratelimit_expects() -> None:
    cache = RedisCounters("redis://127.0.0.1:1", {})
    with pytest.raises(ValueError, match="Redis does not answer"):
        count(cache)


# Several counters at once
def test_counters_are_taken_together(counters: Limits) -> None:
    both = [Wanted("a", 5), Wanted("b", 3, 2)]
    assert [count.used for count in counters.take(both).counts] == [1, 2]
    assert counters.take(both).full == 1
    assert counters.take([Wanted("a", 5, 4)]).counts[0].used == 5, "what was refused took nothing"


def test_a_counter_may_be_filled_and_no_more(counters: Limits) -> None:
    assert counters.take([Wanted("a", 3, 4)]).full == 0
    assert [counters.take([Wanted("a", 3)]).full for _ in range(5)] == [None, None, None, 0, 0]


def test_looking_begins_nothing_and_counts_nothing(counters: Limits) -> None:
    look = [Wanted("a", 1, 0)]
    assert counters.take(look).counts[0].used is None
    counters.take([Wanted("a", 1)])
    assert counters.take([Wanted("b", 9), *look]).counts[1].used == 1, "a look at what is full refuses nothing"


def test_what_needs_a_start_is_missing_until_it_is_told(counters: Limits) -> None:
    unknown = Wanted("a", 100, 1, start=None)
    assert counters.take([Wanted("b", 9), unknown]).missing == 1
    assert counters.take([Wanted("b", 9, 0)]).counts[0].used is None
    assert counters.take([Wanted("a", 100, 1, start=41)]).counts[0].used == 42
    assert counters.take([Wanted("a", 100, 1, start=7)]).counts[0].used == 43, "it had begun"
    assert counters.take([unknown]).counts[0].used == 44


def test_what_is_given_back_is_there_again(counters: Limits) -> None:
    [count] = counters.take([Wanted("a", 10, 10)]).counts
    counters.give_back("a", 4, count.generation)
    assert counters.take([Wanted("a", 10, 4)]).counts[0].used == 10
    counters.give_back("t", 1, count.generation)
    assert counters.take([Wanted("t", 1, 0)]).counts[0].used is None


def test_threads_never_take_too_much(counters: Limits) -> None:
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: counters.take([Wanted("a", 400), Wanted("b", 300)]), range(800)))
    assert sum(answer.full is None for answer in answers) == 300
    assert counters.take([Wanted("a", 400, 0)]).counts[0].used == 300


@pytest.fixture
def in_redis() -> Iterator[RedisCounters]:
    cache = RedisCounters(REDIS_URL, {"KEY_PREFIX": f"test-{os.getpid()}"})
    cache.delete_many(["a", "b"])
    yield cache
    cache.delete_many(["a", "b"])


@needs_redis
def test_redis_hands_out_blocks_that_shrink(in_redis: RedisCounters) -> None:
    taken: list[int] = []
    while (answer := in_redis.take([Wanted("a", 1000, 1, block=100)])).full is None:
        taken.append(answer.counts[0].taken)
    assert sum(taken) == 1000
    assert (taken[0], taken[-1]) == (10, 1)
    assert in_redis.take([Wanted("b", 10**6, 1, block=100)]).counts[0].taken == 100


@needs_redis
def test_nothing_is_given_back_to_a_counter_that_was_begun_anew(in_redis: RedisCounters) -> None:
    [before] = in_redis.take([Wanted("a", 10, 5)]).counts
    in_redis.delete("a")
    in_redis.take([Wanted("a", 10, 1, start=5)])
    in_redis.give_back("a", 5, before.generation)
    assert in_redis.take([Wanted("a", 10, 0)]).counts[0].used == 6


@needs_redis
def test_all_is_asked_of_redis_at_once_and_ends(in_redis: RedisCounters) -> None:
    wanted = [Wanted("a", 9, seconds=50), Wanted("b", 9, seconds=50)]
    in_redis.take(wanted)
    with mock.patch.object(redis.Redis, "execute_command", autospec=True, side_effect=ask) as asked:
        in_redis.take(wanted)
    assert [call.args[1] for call in asked.call_args_list] == ["EVALSHA"]
    client = redis.Redis.from_url(REDIS_URL)
    assert all(0 < int(str(client.ttl(in_redis.make_key(key)))) <= 50 for key in ("a", "b"))


def test_a_silent_redis_takes_and_gives_nothing() -> None:
    cache = RedisCounters("redis://127.0.0.1:1", {})
    with pytest.raises(Unanswered):
        cache.take([Wanted("a", 9)])
    with pytest.raises(Unanswered):
        cache.give_back("a", 1, "")


def test_no_thread_waits_long_for_a_redis_that_says_nothing() -> None:
    """Neither for limits nor, say, for the throttling of sign-in: whichever cache the settings name."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        env = os.environ | {"REDIS_URL": f"redis://127.0.0.1:{silent.getsockname()[1]}/0"}
        asked = [sys.executable, "-c", _ASK, "default", "counters"]
        told = subprocess.run(asked, env=env, capture_output=True, text=True, timeout=60, check=True).stdout
    waited = dict(line.split() for line in told.splitlines())
    assert waited.keys() == {"default", "counters"}
    assert all(1.5 < float(seconds) < 4 for seconds in waited.values()), waited


_ASK = """
import os, sys, time, django
os.environ["DJANGO_SETTINGS_MODULE"] = "gateway.settings"
django.setup()
from django.core.cache import caches
from tokens.quotas import Unanswered
for name in sys.argv[1:]:
    begun = time.monotonic()
    try:
        caches[name].get("anything")
    except Unanswered:
        print(name, time.monotonic() - begun)
"""
