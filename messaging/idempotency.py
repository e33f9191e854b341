"""One table for whatever makes a request a repeat: `Idempotency-Key`, `X-Request-ID`, a client's own ids.

A key is unique in its space within its account. Its row is written in the transaction of the messages it belongs
to, so that the answer to a repeat can always be rebuilt from them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from threading import Lock, RLock
from typing import Any

from django.db import connection
from django.utils import timezone

from accounts.models import Account
from messaging import rows
from messaging.errors import Refusal, Refused
from messaging.models import IdempotencyKey

LIFETIME = timedelta(hours=24)
PATIENCE = 5.0  # seconds that a repeat waits for the first request: it holds a thread meanwhile
COLUMNS = ("digest", "message_id", "count", "body", "expires_at")
_TAKE_ANEW = (
    f"ON CONFLICT (digest) DO UPDATE SET {', '.join(f'{column} = excluded.{column}' for column in COLUMNS[1:])}"
    f" WHERE {IdempotencyKey._meta.db_table}.expires_at <= %s"
)


@dataclass(frozen=True, slots=True)
class KeyRow:
    """An idempotency key as it is stored."""

    digest: str  # 32 hex digits
    body: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Key:
    """What makes a repeat: a key, unique in its space (such as "POST /v1/messages") within the account.

    `body` is the request's raw body; the same key with another body is refused. Without a lifetime the
    key lives as long as the message, and using it again is refused whatever the body.
    """

    space: str
    value: str
    body: bytes
    lifetime: timedelta | None = LIFETIME

    def row(self, account: Account) -> KeyRow:
        named = f"{account.pk}\0{self.space}\0{self.value}".encode("utf-8", "surrogatepass")
        return KeyRow(
            digest=blake2b(named, digest_size=16).hexdigest(),
            body=blake2b(self.body, digest_size=8).hexdigest(),
            expires_at=timezone.now() + self.lifetime if self.lifetime else None,
        )


@dataclass(frozen=True, slots=True)
class Written:
    """Which ids a caller's request has: its own, or those of the earlier request with the same key."""

    first_id: int
    count: int
    is_repeat: bool = False
    is_other_body: bool = False


def earlier(key: KeyRow | None) -> Written | None:
    """Return what an earlier request with the same key has, if there was one; writes nothing."""
    row = IdempotencyKey.objects.filter(digest=key.digest).first() if key else None
    if key is None or row is None or (row.expires_at and row.expires_at <= timezone.now()):
        return None
    return Written(row.message_id, row.count, is_repeat=True, is_other_body=row.body != key.body)


@dataclass(slots=True)
class _UnderWay:
    turn: Any = field(default_factory=RLock)  # what a request does within its turn may ask for it again
    number: int = 0  # of requests that have the key or wait for it


_under_way: dict[str, _UnderWay] = {}
_under_way_lock = Lock()


@contextmanager
def in_turn(key: KeyRow | None) -> Iterator[bool]:
    """Let the requests of this process that have one key go on one by one; yields whether this one had to wait.

    The table alone makes them one message. Taking turns spares all but the first the work, and what the first has
    taken of the last messages of a day is not held against the others. Raises Refused(KEY_IN_USE) where it takes long.
    """
    if key is None:
        yield False
        return
    with _under_way_lock:
        mine = _under_way.setdefault(key.digest, _UnderWay())
        mine.number += 1
    try:
        must_wait = not mine.turn.acquire(blocking=False)
        if must_wait and not mine.turn.acquire(timeout=PATIENCE):
            raise Refused(Refusal.KEY_IN_USE, "The first request with this idempotency key is still under way.")
        try:
            yield must_wait
        finally:
            mine.turn.release()
    finally:
        with _under_way_lock:
            mine.number -= 1
            if not mine.number:
                del _under_way[key.digest]


def claim(wanted: Sequence[tuple[KeyRow | None, int, int]]) -> dict[int, Written]:
    """Insert keys, each with the first id and the number of its messages, in the caller's transaction.

    Returns, by place, what those have that lost to an earlier request with the same key. A key whose time is
    over is taken anew.
    """
    keyed = [(place, key, first_id, count) for place, (key, first_id, count) in enumerate(wanted) if key]
    claims: dict[str, list[object]] = {}
    for _, key, first_id, count in keyed:
        claims.setdefault(key.digest, [key.digest, first_id, count, key.body, key.expires_at])
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    # In one order for every writer, so that PostgreSQL finds no deadlock.
    written = rows.insert(
        IdempotencyKey, COLUMNS, [claims[digest] for digest in sorted(claims)], conflict=_TAKE_ANEW, given=[now]
    )
    if written == len(keyed):
        return {}
    holders = {row.digest.hex: row for row in IdempotencyKey.objects.filter(digest__in=list(claims))}
    return {
        place: Written(holder.message_id, holder.count, is_repeat=True, is_other_body=holder.body != key.body)
        for place, key, first_id, _ in keyed
        if (holder := holders[key.digest]).message_id != first_id
    }
