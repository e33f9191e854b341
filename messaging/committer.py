"""The group committer: everything that waits is written in one transaction, and answered after its commit.

One thread, one queue, one connection a process. A group is a handful of statements of constant text
(`rows`), whatever its size. One caller's repeat or bad row never fails another's: repeats are found by
the unique key table, and any other database error makes the group's callers be written one by one.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, cast

from django.conf import settings
from django.db import IntegrityError, InterfaceError, OperationalError, connection, models, transaction

from messaging import idempotency, ids, nudging, rows, usage, wallet, webhooks
from messaging.idempotency import KeyRow, Written
from messaging.media import COLUMNS as MEDIA
from messaging.media import MediaRows
from messaging.models import Media, Message, Recipient
from messaging.webhooks import Happening, Kind

MESSAGE = (
    "id", "account", "token", "login", "device", "dialect", "channel", "direction", "kind", "content", "context",
    "state", "priority", "scheduled_at", "expires_at", "updated_at", "workspace",
)  # fmt: skip
_ATTRIBUTES = [cast("models.Field[Any, Any]", Message._meta.get_field(name)).attname for name in MESSAGE]
RECIPIENT = ("id", "message", "address", "state", "due_at", "awaits_answer")
_GATHER = 0.0005  # seconds that a busy committer lets callers come together: fewer, larger transactions
_LARGEST_GROUP = 1000  # rows; keeps a transaction near 10 ms


@dataclass(slots=True)
class Batch:
    """What one caller wants written: rows with ids counted from zero, which the batch's real ids are added to."""

    messages: list[list[Any]]  # in the order of MESSAGE, id 0, 1, 2…
    recipients: list[list[Any]]  # in the order of RECIPIENT, id and message 0, 1, 2…
    counts: list[usage.Count]
    key: KeyRow | None = None
    media: MediaRows = field(default_factory=MediaRows)
    contents: dict[Any, Any] = field(default_factory=dict)  # what is checked already, while drafts are added
    charge: wallet.Charge | None = None
    webhooks_version: int = 0  # the account's, where somebody listens for what is accepted
    first_id: int = 0
    first_recipient_id: int = 0

    def number(self) -> None:
        """Draw ids for the batch's rows."""
        self.first_id = ids.new_ids(max(len(self.messages), len(self.recipients)))
        self.first_recipient_id = self.first_id

    def message_rows(self) -> list[list[Any]]:
        return [[self.first_id + row[0], *row[1:]] for row in self.messages]

    def recipient_rows(self) -> list[list[Any]]:
        return [[self.first_recipient_id + row[0], self.first_id + row[1], *row[2:]] for row in self.recipients]

    def first_message(self) -> tuple[Message, list[str]]:
        """Return the first message as its row was written, and whom it goes to."""
        to = [address for _, place, address, *_ in self.recipients if place == 0]
        return Message(**dict(zip(_ATTRIBUTES, self.message_rows()[0], strict=True))), to

    def happenings(self) -> Iterator[Happening]:
        """Return what there is to tell to those who listen: that each recipient's message was accepted."""
        if not self.webhooks_version:
            return
        messages = [dict(zip(MESSAGE, row, strict=True)) for row in self.message_rows()]
        for id, message_id, *_ in self.recipient_rows():
            message = messages[message_id - self.first_id]
            yield Happening(
                account_id=message["account"],
                version=self.webhooks_version,
                kind=Kind.ACCEPTED,
                message_id=message_id,
                recipient_id=id,
                device_id=message["device"],
                token_id=message["token"],
                dialect=message["dialect"],
                channel=message["channel"],
                message_kind=message["kind"],
            )


@dataclass(slots=True)
class _Waiter:
    batch: Batch
    gate: Any = field(default_factory=threading.Lock)
    written: Written | None = None
    error: BaseException | None = None
    next: _Waiter | None = None


def write(batches: Sequence[Batch]) -> list[Written]:
    """Write the batches in one transaction and say what became of each, in order."""
    with transaction.atomic():
        for batch in batches:
            batch.number()
        repeats = idempotency.claim([(batch.key, batch.first_id, len(batch.messages)) for batch in batches])
        new = [batch for place, batch in enumerate(batches) if place not in repeats]
        wallet.take(batch.charge for batch in new)
        rows.insert(Media, MEDIA, [row for batch in new for row in batch.media.rows()])
        rows.insert(Message, MESSAGE, [row for batch in new for row in batch.message_rows()])
        rows.insert(Recipient, RECIPIENT, [row for batch in new for row in batch.recipient_rows()])
        usage.add(count for batch in new for count in batch.counts)
        webhooks.raise_all(happening for batch in new for happening in batch.happenings())
    return [repeats.get(place) or Written(batch.first_id, len(batch.messages)) for place, batch in enumerate(batches)]


def _write_alone(batch: Batch, tries: int = 3) -> Written:
    """Write one batch; a clash of ids, which another process may cause, draws new ones."""
    for left in reversed(range(tries)):
        try:
            return write([batch])[0]
        except IntegrityError:
            if not left:
                raise
    raise AssertionError("unreachable")


class Committer:
    """Callers wait in `submit`; one thread writes for all of them."""

    def __init__(self) -> None:
        self._waiting: deque[_Waiter] = deque()
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closing = False

    def submit(self, batch: Batch) -> Written:
        """Have the batch written and return after its commit. Raises what the database raised for it alone."""
        waiter = _Waiter(batch)
        waiter.gate.acquire()
        with self._wake:
            self._ensure_thread()
            self._waiting.append(waiter)
            self._wake.notify()
        waiter.gate.acquire()
        if waiter.next:  # each waiter wakes the next: waking all at once makes them fight for the interpreter
            waiter.next.gate.release()
        if waiter.error:
            raise waiter.error
        return cast(Written, waiter.written)

    def close(self) -> None:
        """Write what waits, stop the thread and close its connection."""
        with self._wake:
            self._closing = True
            self._wake.notify()
            thread = self._thread
        if thread:
            thread.join(timeout=10)

    def _ensure_thread(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._closing = False
            self._thread = threading.Thread(target=self._run, name="committer", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        group: list[_Waiter] = []
        try:
            while group := self._take(is_busy=len(group) > 1):
                self._serve(group)
        finally:
            connection.close()

    def _take(self, *, is_busy: bool) -> list[_Waiter]:
        with self._wake:
            while not self._waiting and not self._closing:
                self._wake.wait()
        if is_busy:
            time.sleep(_GATHER)
        with self._wake:
            group, rows_taken = [], 0
            while self._waiting and rows_taken < _LARGEST_GROUP:
                group.append(self._waiting.popleft())
                rows_taken += len(group[-1].batch.recipients)
            return group

    def _serve(self, group: list[_Waiter]) -> None:
        try:
            for waiter, written in zip(group, write([w.batch for w in group]), strict=True):
                waiter.written = written
        except Exception as error:
            _recover()
            is_unsure = isinstance(error, OperationalError | InterfaceError)
            for waiter in group:
                self._serve_alone(waiter, is_unsure=is_unsure)
        for waiter, following in pairwise(group):
            waiter.next = following
        group[0].gate.release()
        nudging.nudge()

    def _serve_alone(self, waiter: _Waiter, *, is_unsure: bool) -> None:
        """Write one caller's batch, unless a connection that was lost had committed it after all."""
        try:
            waiter.written = (_found(waiter.batch) if is_unsure else None) or _write_alone(waiter.batch)
        except Exception as error:
            _recover()
            waiter.error = error


def _found(batch: Batch) -> Written | None:
    """Return what is stored of a batch whose group failed: its commit may have come through, its answer not."""
    account = batch.messages[0][MESSAGE.index("account")]
    if batch.first_id and Message.objects.filter(pk=batch.first_id, account_id=account).exists():
        return Written(batch.first_id, len(batch.messages))
    return None


def _recover() -> None:
    """After a failure, leave a connection that can no longer be used, so that the next write opens a new one."""
    connection.close_if_unusable_or_obsolete()


_committer = Committer()


def commit(batch: Batch) -> Written:
    """Write the batch durably and return after the commit.

    Raises RuntimeError inside an open transaction (the answer would be given before it ends), Refused(BALANCE)
    where the wallet was emptied meanwhile, and DatabaseError where the rows cannot be stored. With
    `GATEWAY_COMMIT_INLINE`, which tests set, the caller's own connection and transaction are used.
    """
    if settings.GATEWAY_COMMIT_INLINE:
        written = _write_alone(batch)
        nudging.nudge()
        return written
    if connection.in_atomic_block:
        raise RuntimeError("a message is accepted outside of transactions")
    return _committer.submit(batch)


def close() -> None:
    """Finish what waits and stop; a later `commit` starts anew."""
    _committer.close()
