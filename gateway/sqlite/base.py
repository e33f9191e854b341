"""One rule: a statement that writes, run outside a transaction, first takes the write lock; the lock is let
go once the connection is no longer in a transaction. `BEGIN` is such a statement, so `atomic()`, the admin,
sessions, migrations and single saves all obey without knowing. Reads never wait.
"""

import re
import sqlite3
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Self

from django.core.exceptions import ImproperlyConfigured
from django.db.backends.sqlite3 import base as django_sqlite
from django.db.backends.sqlite3.creation import DatabaseCreation as DjangoCreation

from .lock import Holder, WriteLock, holder, lock_path

# Anything else counts as a write: taking the lock for nothing is harmless, not taking it is not.
_only_reads = re.compile(
    r"\s*(?:SELECT|PRAGMA|EXPLAIN|VALUES|WITH\b(?!.*\b(?:INSERT|UPDATE|DELETE|REPLACE)\b))\b",
    re.IGNORECASE | re.DOTALL,
)

# FULL: a commit is on the disk before it returns. Each connection has a cache of its own (16 MiB at most);
# all share the mapped file (256 MiB of it).
# Statement journals stay in memory.
_PRAGMAS = [
    "PRAGMA synchronous = FULL",
    "PRAGMA cache_size = -16384",
    "PRAGMA mmap_size = 268435456",
    "PRAGMA temp_store = MEMORY",
]


class Connection(sqlite3.Connection):
    """A connection that lets go of the write lock when its transaction is over. Without a lock: in memory."""

    write_lock: WriteLock | None = None

    def take_lock_for(self, query: str) -> bool:
        """Take the lock if `query` needs it; whether it did."""
        if self.write_lock is None or self.in_transaction or _only_reads.match(query):
            return False
        try:
            self.write_lock.take()
        except OSError as error:
            raise sqlite3.OperationalError(f"cannot take the write lock: {error}") from error
        return True

    def let_go_when_done(self) -> None:
        if self.write_lock is not None and not self.in_transaction:
            self.write_lock.let_go()

    def commit(self) -> None:
        try:
            super().commit()
        finally:
            self.let_go_when_done()

    def rollback(self) -> None:
        try:
            super().rollback()
        finally:
            self.let_go_when_done()

    def close(self) -> None:
        try:
            super().close()
        finally:
            if self.write_lock is not None:
                self.write_lock.close()


class Cursor(django_sqlite.SQLiteCursorWrapper):
    """A cursor that asks for the lock.

    A single write that answers rows (`INSERT … RETURNING`) is committed by SQLite when its last row is read.
    So those rows are read at once, under the lock, and handed out from here.
    """

    connection: Connection
    _rows: Iterator[Any] | None = None

    def execute(self, query: str, params: Any = None) -> Self:
        self._rows = None
        try:
            locked = self.connection.take_lock_for(query)
            super().execute(query, params)
            if locked and self.description and not self.connection.in_transaction:
                self._rows = iter(super().fetchall())
        finally:
            self.connection.let_go_when_done()
        return self

    def executemany(self, query: str, param_list: Iterable[Any]) -> Self:
        self._rows = None
        try:
            self.connection.take_lock_for(query)
            super().executemany(query, param_list)
        finally:
            self.connection.let_go_when_done()
        return self

    def executescript(self, sql_script: str) -> Self:
        self._rows = None
        try:
            self.connection.take_lock_for("BEGIN")
            super().executescript(sql_script)
        finally:
            self.connection.let_go_when_done()
        return self

    def __next__(self) -> Any:
        return super().__next__() if self._rows is None else next(self._rows)

    def fetchone(self) -> Any:
        return super().fetchone() if self._rows is None else next(self._rows, None)

    def fetchmany(self, size: int | None = None) -> list[Any]:
        size = self.arraysize if size is None else size
        return super().fetchmany(size) if self._rows is None else list(islice(self._rows, size))

    def fetchall(self) -> list[Any]:
        return super().fetchall() if self._rows is None else list(self._rows)


class DatabaseCreation(DjangoCreation):
    """Takes the lock file away with the test database."""

    def destroy_test_db(
        self,
        old_database_name: str | None = None,
        verbosity: int = 1,
        keepdb: bool = False,
        suffix: str | None = None,
    ) -> None:
        name = str(self.connection.settings_dict["NAME"])
        super().destroy_test_db(old_database_name, verbosity, keepdb, suffix)
        Path(lock_path(name)).unlink(missing_ok=True)


class DatabaseWrapper(django_sqlite.DatabaseWrapper):
    """SQLite in WAL mode, durable at each commit, writing one at a time."""

    creation_class = DatabaseCreation
    init_commands: list[str]
    transaction_mode: str | None

    def get_connection_params(self) -> dict[str, Any]:
        params = super().get_connection_params()
        if str(params["database"]).startswith("file:") and not self.is_in_memory_db():
            raise ImproperlyConfigured(
                "gateway.sqlite keeps its lock file beside the database: give NAME as a path, not as a URI."
            )
        self.init_commands = [*_PRAGMAS, *self.init_commands]
        self.transaction_mode = self.transaction_mode or "IMMEDIATE"
        return {"factory": Connection, **params}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        if not self.is_in_memory_db():
            Path(conn_params["database"]).parent.mkdir(parents=True, exist_ok=True)
        connection: Connection = super().get_new_connection(conn_params)
        if not self.is_in_memory_db():
            connection.write_lock = WriteLock(str(conn_params["database"]))
            _use_wal(connection, connection.write_lock)
        return connection

    def create_cursor(self, name: str | None = None) -> Cursor:
        connection: Connection = self.connection
        return connection.cursor(factory=Cursor)

    def write_lock_holder(self) -> Holder | None:
        """Who is writing now and for how long; a health check calls seconds a stuck writer."""
        return None if self.is_in_memory_db() else holder(str(self.settings_dict["NAME"]))


def _use_wal(connection: Connection, lock: WriteLock) -> None:
    """Only the first connection ever to a database finds it without WAL; changing that is a write."""
    if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        lock.take()
        connection.execute("PRAGMA journal_mode = WAL")
        lock.let_go()
