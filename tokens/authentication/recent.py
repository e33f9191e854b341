"""The credentials read in the last second, so that a program that asks often costs the database little."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import NamedTuple

from tokens.models import AccessToken, ApiLogin, Token


class Known(NamedTuple):
    """A credential as the database had it; `is_old` if it was found by the secret before its present one."""

    credential: Token | ApiLogin | AccessToken
    is_old: bool = False


class Recent:
    """The credentials read in the last second, by digest: a change made elsewhere is noticed within it.

    The least recently used leave first. `generation` rises with each `forget`; what was read from the
    database before that is not kept.
    """

    def __init__(self, *, size: int, seconds: float) -> None:
        self._size, self._seconds = size, seconds
        self._known: OrderedDict[str, tuple[float, Known]] = OrderedDict()
        self._lock = Lock()
        self.generation = 0

    def find(self, digest: str, read: Callable[[], Known | None]) -> Known | None:
        """Return what is remembered, or else what `read` finds, and remember that."""
        if known := self.get(digest):
            return known
        read_at, generation = time.monotonic(), self.generation
        known = read()
        if known:
            self.put(digest, known, read_at=read_at, generation=generation)
        return known

    def get(self, digest: str) -> Known | None:
        with self._lock:
            found = self._known.get(digest)
            if found is None:
                return None
            if time.monotonic() - found[0] >= self._seconds:
                del self._known[digest]
                return None
            self._known.move_to_end(digest)
            return found[1]

    def put(self, digest: str, known: Known, *, read_at: float, generation: int) -> None:
        with self._lock:
            if generation != self.generation:
                return
            self._known[digest] = read_at, known
            self._known.move_to_end(digest)
            if len(self._known) > self._size:
                self._known.popitem(last=False)

    def forget(self) -> None:
        with self._lock:
            self.generation += 1
            self._known.clear()


recent = Recent(size=10_000, seconds=1.0)
forget = recent.forget
