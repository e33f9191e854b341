"""A database of its own for each gateway, looked at beside Django: a file, or one of PostgreSQL's."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Any, LiteralString, Protocol
from urllib.parse import urlsplit, urlunsplit

import psycopg

from gateway.sqlite.lock import WriteLock

SERVER = os.environ.get("DATABASE_URL", "")
_numbers = count(1)


class Database(Protocol):
    """What the tests ask; `?` stands for each parameter."""

    url: str  # for DATABASE_URL; empty for the gateway's default

    def copy(self, folder: Path) -> Database: ...
    def drop(self) -> None: ...
    def ask(self, sql: LiteralString, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]: ...
    def change(self, sql: LiteralString, parameters: Sequence[Any] = ()) -> None: ...
    def nobody_stores(self) -> Any: ...
    def is_waited_for(self, by: Sequence[int]) -> bool: ...


class File:
    """SQLite in the data folder. What writes takes the gateway's own lock."""

    url = ""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "gateway.sqlite3"

    def copy(self, folder: Path) -> File:
        other = File(folder)
        with closing(sqlite3.connect(self.path)) as source, closing(sqlite3.connect(other.path)) as target:
            source.backup(target)
            target.execute("PRAGMA journal_mode = WAL")
        return other

    def drop(self) -> None:
        """It goes with its folder."""

    def ask(self, sql: LiteralString, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.path, timeout=10)) as connection:
            return connection.execute(sql, parameters).fetchall()

    def change(self, sql: LiteralString, parameters: Sequence[Any] = ()) -> None:
        with self.nobody_stores(), closing(sqlite3.connect(self.path, timeout=10)) as connection, connection:
            connection.execute(sql, parameters)

    @contextmanager
    def nobody_stores(self) -> Iterator[None]:
        lock = WriteLock(str(self.path))
        lock.take()
        try:
            yield
        finally:
            lock.close()

    def is_waited_for(self, by: Sequence[int]) -> bool:
        """Whether one of these processes waits for what `nobody_stores` holds, by the kernel's own list."""
        file = f":{Path(f'{self.path}-lock').stat().st_ino} "
        waiting = [line for line in Path("/proc/locks").read_text().splitlines() if "->" in line and file in line]
        return any(f" {pid} " in line for line in waiting for pid in by)


class PostgreSQL:
    """A database of the server that DATABASE_URL names."""

    def __init__(self, template: str = "template1") -> None:
        self.name = f"gatehouse_live_{os.getpid()}_{next(_numbers)}"
        self.url = urlunsplit(urlsplit(SERVER)._replace(path=f"/{self.name}"))
        self._administer(f'CREATE DATABASE "{self.name}" TEMPLATE "{template}"')

    def copy(self, folder: Path) -> PostgreSQL:
        return PostgreSQL(self.name)

    def drop(self) -> None:
        self._administer(f'DROP DATABASE "{self.name}" WITH (FORCE)')

    def ask(self, sql: LiteralString, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(sql.replace("?", "%s"), parameters).fetchall()

    def change(self, sql: LiteralString, parameters: Sequence[Any] = ()) -> None:
        with psycopg.connect(self.url) as connection:
            connection.execute(sql.replace("?", "%s"), parameters)

    @contextmanager
    def nobody_stores(self) -> Iterator[None]:
        with psycopg.connect(self.url) as connection:
            connection.execute("LOCK TABLE messaging_message IN EXCLUSIVE MODE")
            yield

    def is_waited_for(self, by: Sequence[int]) -> bool:
        """Whether a connection waits to store something; only the server's do that."""
        sql: LiteralString = (
            "SELECT 1 FROM pg_stat_activity WHERE datname = ? AND wait_event_type = 'Lock' AND query ~ '^\\s*INSERT'"
        )
        return bool(self.ask(sql, [self.name]))

    @staticmethod
    def _administer(statement: str) -> None:
        with psycopg.connect(SERVER, autocommit=True) as connection:
            connection.execute(statement.encode())


def new_database(folder: Path) -> Database:
    return PostgreSQL() if SERVER else File(folder)
