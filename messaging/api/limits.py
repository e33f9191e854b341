"""The RateLimit fields of our own API: what a plan allows in a second, a day and a month, and what is left of it.

`RateLimit-Policy` and `RateLimit` have the form of draft-ietf-httpapi-ratelimit-headers-11; the three fields before
them that of the drafts before, which tell of the second alone.
"""

from __future__ import annotations

import time

from tokens import quotas
from tokens.authentication import Caller
from tokens.quotas import Remaining


def fields(caller: Caller, remaining: Remaining | None, *, is_refused: bool) -> dict[str, str]:
    """Return the fields of one answer. `remaining` is None where the request was refused before it was counted."""
    second = remaining or (quotas.spent(caller) if is_refused else quotas.look(caller))
    wait = max(1, second.reset - int(time.time()))
    policies, left = [f'"second";q={second.limit};w=1'], [f'"second";r={second.remaining};t={wait}']
    for period in quotas.limited(caller):
        policies.append(f'"{period.name}";q={period.limit};w={period.seconds}')
        if (number := quotas.messages.left(period)) is not None:
            left.append(f'"{period.name}";r={number};t={period.ends_in}')
    return {
        "RateLimit-Policy": ", ".join(policies),
        "RateLimit": ", ".join(left),
        "RateLimit-Limit": str(second.limit),
        "RateLimit-Remaining": str(second.remaining),
        "RateLimit-Reset": str(wait),
    }
