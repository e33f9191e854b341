"""Cache backends for rate limits: plain integers, counted in this process or in Redis.

django-ratelimit asks `add(key, 1, seconds)` and, where that says no, `incr(key)`. In memory both are a
dictionary away; in Redis both are one round trip.
"""

import heapq
import time
from threading import Lock
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.core.cache.backends.redis import RedisCache
from django.utils.functional import cached_property
from redis import Redis
from redis.commands.core import Script
from redis.exceptions import RedisError

Seconds = float | None


class MemoryCounters(BaseCache):
    """Integers in this process, shared by its threads, gone with it: right where one process serves the web.

    Holds `OPTIONS["MAX_ENTRIES"]` (100,000 unless told). When it is full the expired ones go first, then the
    tenth that would expire soonest.
    """

    def __init__(self, name: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._room: int = params.get("OPTIONS", {}).get("MAX_ENTRIES", 100_000)
        self._counts, self._ends, self._lock = _stores.setdefault(name, ({}, {}, Lock()))

    def add(self, key: str, value: int, timeout: Seconds = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        key = self.make_key(key, version)
        with self._lock:
            if self._is_live(key):
                return False
            self._put(key, value, timeout)
            return True

    def set(self, key: str, value: int, timeout: Seconds = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        key = self.make_key(key, version)
        with self._lock:
            self._put(key, value, timeout)

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        key = self.make_key(key, version)
        with self._lock:
            return self._counts[key] if self._is_live(key) else default

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        key = self.make_key(key, version)
        with self._lock:
            if not self._is_live(key):
                raise ValueError(f"Key {key!r} not found")
            self._counts[key] += delta
            return self._counts[key]

    def delete(self, key: str, version: int | None = None) -> bool:
        key = self.make_key(key, version)
        with self._lock:
            self._ends.pop(key, None)
            return self._counts.pop(key, None) is not None

    def clear(self) -> None:
        with self._lock:
            self._counts.clear()
            self._ends.clear()

    def _is_live(self, key: str) -> bool:
        return self._ends.get(key, 0.0) > time.time()

    def _put(self, key: str, value: int, timeout: Seconds) -> None:
        if len(self._counts) >= self._room and key not in self._counts:
            self._make_room()
        ends = self.get_backend_timeout(timeout)
        self._counts[key] = value
        self._ends[key] = float("inf") if ends is None else ends

    def _make_room(self) -> None:
        now = time.time()
        leaving = [key for key, end in self._ends.items() if end <= now]
        if len(leaving) < self._room // 10:
            leaving = heapq.nsmallest(self._room // 10 or 1, self._ends, key=self._ends.__getitem__)
        for key in leaving:
            del self._counts[key], self._ends[key]


# Django makes one cache object per thread; those of one name share a store: counts, their ends, and a lock.
_stores: dict[str, tuple[dict[str, int], dict[str, float], Lock]] = {}

# Start at ARGV[1] for ARGV[2] seconds, or add ARGV[3] to what is there.
_START_OR_COUNT = """
if redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2], 'NX') then return tonumber(ARGV[1]) end
return redis.call('INCRBY', KEYS[1], ARGV[3])
"""


class RedisCounters(RedisCache):
    """Integers in Redis, for several processes. **For counting only**: `add` answers no and waits for the
    `incr` of the same key, which does both in one script: no counter is ever left without its end.
    """

    _waiting: tuple[str, int, int] | None = None

    def add(self, key: str, value: int, timeout: Seconds = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        seconds = self.get_backend_timeout(timeout)
        if not seconds:
            return super().add(key, value, timeout, version)
        self._waiting = self.make_key(key, version), value, int(seconds)
        return False

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """The new count. Raises ValueError where there is none or no answer, as django-ratelimit expects."""
        waiting, self._waiting = self._waiting, None
        full_key = self.make_key(key, version)
        try:
            if waiting is None or waiting[0] != full_key:
                return super().incr(key, delta, version)
            return int(self._start_or_count(keys=[full_key], args=[waiting[1], waiting[2], delta]))
        except RedisError as error:
            raise ValueError("Redis does not answer") from error

    @cached_property
    def _start_or_count(self) -> Script:
        client: Redis = self._cache.get_client(None, write=True)
        return client.register_script(_START_OR_COUNT)
