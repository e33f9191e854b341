"""What limits ask of the cache `counters`, whichever backend keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from django.core.cache import caches


class Unanswered(Exception):
    """The counters do not answer, so that nobody knows what is left."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """So many of what one counter allows; a `number` of 0 only looks.

    A counter that is not there begins at `start`, and `seconds` later it is gone; without a start nothing is
    begun. `block` lets a shared counter hand out up to so many at once, never more than a hundredth of what is left.
    """

    key: str
    limit: int
    number: int = 1
    start: int | None = 0
    seconds: int = 60
    block: int = 0


@dataclass(frozen=True, slots=True)
class Counted:
    """How much of a counter is taken now (None: it is not there), how much of that just now, and since which start."""

    used: int | None
    taken: int = 0
    generation: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of all that was wanted: taken together, or nothing of it where one counter is full or not there."""

    counts: Sequence[Counted] = ()
    full: int | None = None  # the place of the first counter that has too little left
    missing: int | None = None  # the place of the first that is not there and was given no start


class Counters(Protocol):
    is_shared: bool  # with other processes, so that asking costs a round trip

    def take(self, wanted: Sequence[Wanted]) -> Answer:
        """Count all that is wanted or nothing, in one step; raises Unanswered."""
        ...

    def give_back(self, key: str, number: int, generation: str, *, used: int | None = None) -> None:
        """Uncount, unless the counter was begun anew since or `used` is not what is taken of it; raises Unanswered."""
        ...

    def delete(self, key: str) -> bool: ...


def counters() -> Counters:
    return cast(Counters, caches["counters"])
