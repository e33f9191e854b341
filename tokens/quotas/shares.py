"""What this process holds of the counters that several share.

A process takes a block, spends it without asking, and gives back within a second what it did not need. Blocks are a
hundredth of what is left, at most a hundred and at least one: the sum never passes the limit, and no more than
a hundredth waits with another process when somebody is told that nothing is left.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from threading import Lock

from accounts.flushing import flushing
from tokens.quotas.counters import Answer, Counted, Unanswered, Wanted, counters

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Share:
    """What is left here of one counter, and how much of it was taken by all processes when last asked."""

    generation: str
    left: int = 0
    used: int = 0
    is_idle: bool = False  # since the last time that shares were given back


class Shares:
    """The shares of this process, by the key of their counter. A forked child has none."""

    def __init__(self) -> None:
        self.start_over()

    def start_over(self) -> None:
        self._held: dict[str, Share] = {}
        self._lock = Lock()

    def take(self, wanted: Sequence[Wanted]) -> Answer:
        """Take all that is wanted or nothing; asks the counters where too little is held. Raises Unanswered."""
        flushing.ensure()
        while True:
            with self._lock:
                short = [place for place, want in enumerate(wanted) if self._left(want.key) < want.number]
                if not short:
                    return Answer([self._spend(want) for want in wanted])
                asked = [self._lacking(wanted[place]) for place in short]
            answer = counters().take(asked)
            if answer.full is not None:
                return Answer(full=short[answer.full])
            if answer.missing is not None:
                return Answer(missing=short[answer.missing])
            with self._lock:
                for want, count in zip(asked, answer.counts, strict=True):
                    self._add(want.key, count)

    def put_back(self, key: str, number: int, generation: str) -> None:
        """Have messages here again that were taken and not stored."""
        with self._lock:
            share = self._held.setdefault(key, Share(generation, used=number))
            if share.generation == generation:  # else it was counted anew since, from the rows
                share.left += number
                share.is_idle = False

    def note(self, key: str, count: Counted) -> None:
        """Remember how much of a counter is used, as a look at it told."""
        if count.used is None:
            return
        with self._lock:
            share = self._held.setdefault(key, Share(count.generation))
            if share.generation == count.generation:
                share.used, share.is_idle = count.used, False

    def left(self, key: str, limit: int) -> int | None:
        with self._lock:
            share = self._held.get(key)
            return max(0, limit - share.used + share.left) if share else None

    def give_back_unused(self) -> None:
        with self._lock:
            unused = [(key, replace(share)) for key, share in self._held.items() if share.left]
            self._held = {key: share for key, share in self._held.items() if share.left or not share.is_idle}
            for share in self._held.values():
                share.used, share.left, share.is_idle = share.used - share.left, 0, True
        try:
            for key, share in unused:
                counters().give_back(key, share.left, share.generation)
        except Unanswered:
            log.warning("The counters do not answer: up to %d messages count as sent", sum(s.left for _, s in unused))

    def _left(self, key: str) -> int:
        share = self._held.get(key)
        return share.left if share else 0

    def _spend(self, want: Wanted) -> Counted:
        share = self._held[want.key]
        share.left -= want.number
        share.is_idle = False
        return Counted(share.used, want.number, share.generation)

    def _lacking(self, want: Wanted) -> Wanted:
        return replace(want, number=want.number - self._left(want.key))

    def _add(self, key: str, count: Counted) -> None:
        share = self._held.get(key)
        if share is None or share.generation != count.generation:
            share = self._held[key] = Share(count.generation)
        share.left += count.taken
        share.used = count.used or 0
        share.is_idle = False


shares = Shares()
os.register_at_fork(after_in_child=shares.start_over)


@flushing.add
def give_back_unused() -> None:
    """Return what this process took and did not spend, so that the others may."""
    shares.give_back_unused()
