"""The states of a message and its recipients, and what may follow what. States never move back."""

from collections.abc import Iterable

from django.db import models


class State(models.TextChoices):
    ACCEPTED = "accepted", "Accepted"  # committed, waiting for its device or its time
    PROCESSING = "processing", "Handed over"  # the device has it and has not yet said more
    SENT = "sent", "Sent"
    DELIVERED = "delivered", "Delivered"
    READ = "read", "Read"
    FAILED = "failed", "Failed"
    EXPIRED = "expired", "Expired"
    CANCELLED = "cancelled", "Cancelled"
    RECEIVED = "received", "Received"  # an inbound message


_UNDONE = {State.FAILED, State.EXPIRED, State.CANCELLED}
FOLLOWERS: dict[State, frozenset[State]] = {
    State.ACCEPTED: frozenset({State.PROCESSING, State.SENT, State.DELIVERED, State.READ} | _UNDONE),
    State.PROCESSING: frozenset({State.SENT, State.DELIVERED, State.READ, State.FAILED, State.EXPIRED}),
    State.SENT: frozenset({State.DELIVERED, State.READ, State.FAILED}),
    State.DELIVERED: frozenset({State.READ}),
    State.READ: frozenset(),
    State.FAILED: frozenset(),
    State.EXPIRED: frozenset(),
    State.CANCELLED: frozenset(),
    State.RECEIVED: frozenset(),
}
FINAL = frozenset(state for state, followers in FOLLOWERS.items() if not followers) | {State.DELIVERED}
WAITING = frozenset({State.ACCEPTED, State.PROCESSING})
_PROGRESS = [State.ACCEPTED, State.PROCESSING, State.SENT, State.DELIVERED, State.READ]
_ENDS = [State.FAILED, State.EXPIRED, State.CANCELLED]


def may_follow(now: str, then: str) -> bool:
    """True if a report of `then` moves something that is in `now`; late and doubled reports do not."""
    return State(then) in FOLLOWERS[State(now)]


def together(states: Iterable[str]) -> State:
    """Return a message's state from its recipients': the least advanced that did not end badly, else how they ended."""
    seen = {State(state) for state in states}
    for state in _PROGRESS:
        if state in seen:
            return state
    return next((state for state in _ENDS if state in seen), State.ACCEPTED)
