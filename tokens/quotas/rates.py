"""Requests a second: of each credential, and of all of an account together.

Both are counted in one step, which is one round trip where Redis counts; django-ratelimit, which limits everything
else here, asks for each of its counts by itself and has no way to take back the first when the second is full.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from tokens.authentication import Caller
from tokens.errors import Denial, Denied
from tokens.quotas.counters import Counted, Unanswered, Wanted, counters
from tokens.quotas.periods import limited
from tokens.quotas.spending import messages

_KEPT = 3  # seconds that a second's counter is kept


@dataclass(frozen=True, slots=True)
class Remaining:
    """What is left of this second's requests; `reset` is in Unix seconds."""

    limit: int
    remaining: int
    reset: int


def rate_of(caller: Caller) -> int:
    """Return the requests a second of this credential: its plan's, which its own can only lower."""
    plan = caller.account.plan
    own = caller.token.requests_per_second if caller.token else None
    return min(rate for rate in (plan.requests_per_second, plan.account_requests_per_second, own) if rate is not None)


def spend_request(caller: Caller, *, limited: bool = True, looks_ahead: bool = False) -> Remaining:
    """Count one request of the credential and of its account.

    Raises Denied (RATE_LIMITED) over either limit, counting nothing, and where the counters do not answer:
    a limit that cannot be checked holds. `limited=False` counts for the account alone, where it has a limit.
    `looks_ahead` asks in the same step what is left of the day's and the month's messages, for `messages.left`.
    """
    if not limited and caller.account.plan.account_requests_per_second is None:
        return Remaining(limit=rate_of(caller), remaining=rate_of(caller), reset=int(time.time()) + 1)
    return _ask(caller, number=1, is_own=limited, looks_ahead=looks_ahead)


def look(caller: Caller) -> Remaining:
    """Return what is left of this second, of the day and of the month, counting nothing.

    Where the counters do not answer that is nothing.
    """
    try:
        return _ask(caller, number=0, looks_ahead=True)
    except Denied:
        return spent(caller)


def spent(caller: Caller) -> Remaining:
    """Return what there is to say where nothing is left of this second."""
    return Remaining(limit=rate_of(caller), remaining=0, reset=int(time.time()) + 1)


def _ask(caller: Caller, *, number: int, is_own: bool = True, looks_ahead: bool) -> Remaining:
    second, everybody = int(time.time()), f"a{caller.account.pk}"
    rates = [(caller.key, rate_of(caller))] if is_own else []
    if (together := caller.account.plan.account_requests_per_second) is not None:
        rates.append((everybody, together))
    wanted = [Wanted(f"rate:{key}:{second}", limit, number, seconds=_KEPT) for key, limit in rates]
    ahead = limited(caller) if looks_ahead else []
    try:
        answer = counters().take([*wanted, *(period.wanted(0) for period in ahead)])
    except Unanswered:
        raise Denied(Denial.RATE_LIMITED, "The counters do not answer.", retry_after=1) from None
    if answer.full is not None:
        key, limit = rates[answer.full]
        whose = " of all tokens together" if key == everybody else ""
        raise Denied(Denial.RATE_LIMITED, f"Over {limit:,} requests a second{whose}.", retry_after=1)
    messages.note(ahead, answer.counts[len(wanted) :])
    left = min(_left(most, count) for (_, most), count in zip(rates, answer.counts, strict=False))
    # Asked after counting, so that the second it names never lies in the past.
    return Remaining(limit=rate_of(caller), remaining=left, reset=int(time.time()) + 1)


def _left(limit: int, count: Counted) -> int:
    return max(0, limit - (count.used or 0))
