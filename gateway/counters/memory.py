"""Counters in this process."""

import heapq
import time
from collections.abc import Sequence
from threading import Lock
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache

from tokens.quotas.counters import Answer, Counted, Wanted

Seconds = float | None


class MemoryCounters(BaseCache):
    """Integers in this process, shared by its threads, gone with it: right where one process serves the web.

    Holds `OPTIONS["MAX_ENTRIES"]` (100,000 unless told). When it is full the expired ones go first, then the
    tenth that would expire soonest.
    """

    is_shared = False

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

    def take(self, wanted: Sequence[Wanted]) -> Answer:
        keys = [self.make_key(want.key) for want in wanted]
        with self._lock:
            live = [self._counts[key] if self._is_live(key) else None for key in keys]
            for place, (want, count) in enumerate(zip(wanted, live, strict=True)):
                used = want.start if count is None else count
                if want.number and used is None:
                    return Answer(missing=place)
                if want.number and used is not None and used + want.number > want.limit:
                    return Answer(full=place)
            return Answer([self._count(*each) for each in zip(keys, wanted, live, strict=True)])

    def give_back(self, key: str, number: int, generation: str, *, used: int | None = None) -> None:
        key = self.make_key(key)
        with self._lock:
            if self._is_live(key) and used in (None, self._counts[key]):
                self._counts[key] -= number

    def _count(self, key: str, want: Wanted, used: int | None) -> Counted:
        if not want.number:
            return Counted(used)
        if used is None:
            used = want.start or 0
            self._put(key, used, want.seconds)
        self._counts[key] += want.number
        return Counted(used + want.number, want.number)

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
