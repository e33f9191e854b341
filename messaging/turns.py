"""Turns at what may take long: a body that comes in drops, a file that nobody takes off the line, or an import of
hundred thousands holds a thread of the web process for as long.

So at most half of the threads wait for bodies, a quarter for those of one account, and half a quarter for those of
strangers; a quarter wait for whoever reads files, a quarter import, of which one for each account, and half a quarter
read on in bodies that were refused. Everything else is answered meanwhile. Whoever comes while the turns are taken
waits for what is quick, as nearly all is, and is refused where it is slow.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, Condition

from django.conf import settings

from messaging.errors import Refusal, Refused

_SLOW = 1.0  # seconds; a body that came with its request is read in less than a thousandth of that
_THREADS = settings.GATEWAY_WEB_THREADS


class Turns:
    def __init__(self, *, for_all: int, for_one: int, for_strangers: int = 0) -> None:
        self._for_all, self._for_one, self._for_strangers = (max(1, most) for most in (for_all, for_one, for_strangers))
        self._taken: dict[object, tuple[int | None, float]] = {}  # whose each is, and since when
        self._given_back = Condition()

    @contextmanager
    def take(self, account_id: int | None) -> Iterator[None]:
        """Hold a turn for an account, None for whoever shows no credential; raises Refused(BUSY)."""
        turn = object()
        with self._given_back:
            if not self._has_room(account_id):
                self._wait(account_id)
            self._taken[turn] = account_id, time.monotonic()
        try:
            yield
        finally:
            with self._given_back:
                del self._taken[turn]
                self._given_back.notify_all()

    def _wait(self, account_id: int | None) -> None:
        """Wait for a turn; raises Refused(BUSY) where what is read is slow. Where it is not, nobody waits longer."""
        self._given_back.wait_for(lambda: self._has_room(account_id) or self._is_slow(account_id), _SLOW)
        if self._is_slow(account_id):
            raise Refused(Refusal.BUSY, "Too much else is under way. Try again in a few seconds.")

    def _has_room(self, account_id: int | None) -> bool:
        return self._is_room(account_id, [holder for holder, _ in self._taken.values()])

    def _is_slow(self, account_id: int | None) -> bool:
        """True where there would be no room even if all that is quick were done."""
        long_ago = time.monotonic() - _SLOW
        return not self._is_room(account_id, [holder for holder, since in self._taken.values() if since <= long_ago])

    def _is_room(self, account_id: int | None, holders: Collection[int | None]) -> bool:
        most = self._for_strangers if account_id is None else self._for_one
        return len(holders) < self._for_all and sum(holder == account_id for holder in holders) < most


bodies = Turns(for_all=_THREADS // 2, for_one=_THREADS // 4, for_strangers=_THREADS // 8)
files = Turns(for_all=_THREADS // 4, for_one=_THREADS // 4)
imports = Turns(for_all=_THREADS // 4, for_one=1)
rests = BoundedSemaphore(max(1, _THREADS // 8))  # of bodies that nobody wants: whoever finds no turn goes without
