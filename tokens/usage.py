"""Who used what, when and from where: gathered in memory, written every half second, never by a request."""

from __future__ import annotations

import logging
import os
from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from threading import Lock
from typing import NamedTuple

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from accounts.flushing import flushing
from tokens import crypto, places
from tokens.authentication import Caller, storable_address
from tokens.models import AccessToken, ApiLogin, OldSecretUse, Token, TokenDay, TokenRequest

logger = logging.getLogger(__name__)

KEPT = 50  # latest requests of each token


class Seen(NamedTuple):
    """One request, as it came."""

    at: datetime
    method: str
    path: str
    dialect: str
    status: int
    reason: str
    address: str | None


@dataclass(slots=True)
class Notes:
    """What happened since the last flush, by the keys of the rows it will change."""

    tokens: dict[int, Seen] = field(default_factory=dict)
    logins: dict[int, Seen] = field(default_factory=dict)
    access: dict[int, Seen] = field(default_factory=dict)
    days: dict[tuple[int, date, str], list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    old: list[tuple[int, Seen]] = field(default_factory=list)
    places: dict[tuple[int, str | None], datetime] = field(default_factory=dict)
    requests: dict[int, deque[Seen]] = field(default_factory=lambda: defaultdict(lambda: deque(maxlen=KEPT)))

    def add_login(self, login: ApiLogin, access: AccessToken | None, seen: Seen) -> None:
        self.logins[login.pk] = seen
        if access:
            self.access[access.pk] = seen

    def add(self, token: Token, day: date, seen: Seen, *, is_use: bool, is_old_secret: bool) -> None:
        if is_use:
            self.tokens[token.pk] = seen
            self.places[token.pk, seen.address] = seen.at
        if is_old_secret:
            self.old.append((token.pk, seen))
        self.days[token.pk, day, seen.dialect][seen.status >= 400] += 1
        self.requests[token.pk].append(seen)


class Gathering:
    """The notes of this process. A forked child starts with none: its parent writes what it has itself."""

    def __init__(self) -> None:
        self.start_over()

    def start_over(self) -> None:
        self.notes = Notes()
        self.lock = Lock()  # around the notes
        self.writing = Lock()  # around a flush: what is taken first is written first

    def take(self) -> Notes:
        with self.lock:
            notes, self.notes = self.notes, Notes()
        return notes


_gathering = Gathering()
os.register_at_fork(after_in_child=_gathering.start_over)


def note_request(
    who: Caller | Token,
    *,
    method: str,
    path: str,
    dialect: str,
    status: int,
    reason: str = "",
    address: str | None,
) -> None:
    """Remember one request, answered with `status`; asks the database nothing.

    A Token alone stands for a credential that was refused: its request is counted, but is no use of it.
    """
    seen = Seen(timezone.now(), method[:8], path[:2048], dialect, status, reason[:255], address)
    day = seen.at.astimezone(who.account.zone).date()
    with _gathering.lock:
        if isinstance(who, Token):
            _gathering.notes.add(who, day, seen, is_use=False, is_old_secret=False)
        elif who.token:
            _gathering.notes.add(who.token, day, seen, is_use=True, is_old_secret=who.is_old_secret)
        elif who.login:
            _gathering.notes.add_login(who.login, who.access, seen)
    flushing.ensure()


@flushing.add
def flush() -> None:
    """Write what was gathered, in one short transaction. What cannot be written is dropped and logged."""
    with _gathering.writing:
        notes = _gathering.take()
        if not notes.requests and not notes.logins:
            return
        try:
            with transaction.atomic():
                _write(notes)
        except Exception:
            logger.exception("The usage of %d tokens was not written", len(notes.requests))


def _write(notes: Notes) -> None:
    # Tokens of a deleted account are gone. Rows go in the order of their keys: two processes never deadlock.
    known = set(Token.objects.filter(pk__in=notes.requests).values_list("pk", flat=True))
    _write_last_use(Token.objects.all(), notes.tokens)
    _write_last_use(ApiLogin.objects.all(), notes.logins)
    _write_last_use(AccessToken.objects.all(), notes.access)
    _write_days({key: counts for key, counts in sorted(notes.days.items()) if key[0] in known})
    _write_old_uses((pk, seen) for pk, seen in notes.old if pk in known)
    places.write(notes.places, known)
    for pk in sorted(known):
        _write_requests(pk, notes.requests[pk])


def _write_last_use(rows: QuerySet[Token] | QuerySet[ApiLogin] | QuerySet[AccessToken], uses: dict[int, Seen]) -> None:
    for pk, seen in sorted(uses.items()):
        earlier = rows.filter(Q(last_used_at=None) | Q(last_used_at__lt=seen.at), pk=pk)
        earlier.update(last_used_at=seen.at, last_used_address=storable_address(seen.address))


def _write_days(days: dict[tuple[int, date, str], list[int]]) -> None:
    new = [TokenDay(token_id=pk, day=day, dialect=dialect) for pk, day, dialect in days]
    TokenDay.objects.bulk_create(new, ignore_conflicts=True)
    for (pk, day, dialect), (accepted, refused) in days.items():
        TokenDay.objects.filter(token_id=pk, day=day, dialect=dialect).update(
            accepted=F("accepted") + accepted, refused=F("refused") + refused
        )


def _write_old_uses(uses: Iterable[tuple[int, Seen]]) -> None:
    counts: dict[tuple[int, str], int] = defaultdict(int)
    last: dict[tuple[int, str], datetime] = {}
    for pk, seen in uses:
        if address := storable_address(seen.address):
            counts[pk, address] += 1
            last[pk, address] = seen.at
    OldSecretUse.objects.bulk_create(
        [OldSecretUse(token_id=pk, address=address, last_at=last[pk, address]) for pk, address in sorted(counts)],
        ignore_conflicts=True,
    )
    for (pk, address), count in sorted(counts.items()):
        OldSecretUse.objects.filter(token_id=pk, address=address).update(
            count=F("count") + count, last_at=last[pk, address]
        )


def _write_requests(token_id: int, requests: Iterable[Seen]) -> None:
    """Store a token's latest requests and forget what is older than the newest 50."""
    TokenRequest.objects.bulk_create(
        TokenRequest(
            token_id=token_id,
            at=seen.at,
            method=_storable(seen.method),
            path=_storable(seen.path.partition("?")[0])[:255],
            dialect=seen.dialect,
            status=seen.status,
            reason=_storable(seen.reason),
            address=storable_address(seen.address),
        )
        for seen in requests
    )
    kept = TokenRequest.objects.filter(token_id=token_id).order_by("-pk")
    oldest = kept.values_list("pk", flat=True)[KEPT : KEPT + 1].first()
    if oldest is not None:
        kept.filter(pk__lte=oldest).delete()


def _storable(text: str) -> str:
    """Return the text without secrets, and without what a database refuses."""
    return crypto.redact(text).replace("\x00", "").encode("utf-8", "replace").decode()
