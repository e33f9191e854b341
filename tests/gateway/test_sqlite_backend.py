"""The write lock, tried on a database file of its own."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, OperationalError, connections, transaction
from django.db.utils import ConnectionHandler
from pytest_django.plugin import DjangoDbBlocker

from gateway.sqlite.base import DatabaseWrapper
from gateway.sqlite.lock import WriteLock, holder, lock_path

FILE = "file"
HOLD_THE_LOCK = """
import sys, time
from gateway.sqlite.lock import WriteLock
lock = WriteLock(sys.argv[1])
lock.take()
print("held", flush=True)
time.sleep(60)
"""


def settings_for(name: str) -> dict[str, Any]:
    handler = ConnectionHandler({"default": {"ENGINE": "gateway.sqlite", "NAME": name}})
    settings: dict[str, Any] = handler.settings["default"]
    return settings


@pytest.fixture
def name(tmp_path: Path) -> str:
    return str(tmp_path / "test.sqlite3")


@pytest.fixture
def database(
    name: str, monkeypatch: pytest.MonkeyPatch, django_db_blocker: DjangoDbBlocker
) -> Iterator[DatabaseWrapper]:
    monkeypatch.setitem(connections.settings, FILE, settings_for(name))
    with django_db_blocker.unblock():
        connection = connections[FILE]
        assert isinstance(connection, DatabaseWrapper)
        execute("CREATE TABLE counter (id INTEGER PRIMARY KEY, n INTEGER NOT NULL CHECK (n >= 0))")
        execute("CREATE TABLE child (id REFERENCES counter DEFERRABLE INITIALLY DEFERRED)")
        execute("INSERT INTO counter VALUES (1, 0)")
        yield connection
        connection.close()
        del connections[FILE]


def execute(query: str) -> list[Any]:
    with connections[FILE].cursor() as cursor:
        cursor.execute(query)
        rows: list[Any] = cursor.fetchall()
        return rows


def in_thread(work: Callable[[], Any], wait: float = 10) -> Any:
    """What `work` returns in a thread with a connection of its own, within `wait` seconds."""

    def run() -> Any:
        try:
            return work()
        finally:
            connections[FILE].close()

    pool = ThreadPoolExecutor(1)
    try:
        return pool.submit(run).result(wait)
    finally:
        pool.shutdown(wait=False)


@contextmanager
def another_process_writing(name: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", HOLD_THE_LOCK, name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_is_durable_and_lets_readers_by(database: DatabaseWrapper) -> None:
    assert execute("PRAGMA journal_mode") == [("wal",)]
    assert execute("PRAGMA synchronous") == [(2,)]
    assert execute("PRAGMA foreign_keys") == [(1,)]


def test_holds_the_lock_for_a_transaction_and_no_longer(database: DatabaseWrapper) -> None:
    with transaction.atomic(using=FILE):
        assert database.write_lock_holder()
    assert database.write_lock_holder() is None


def test_an_inner_atomic_does_not_free_the_lock(database: DatabaseWrapper) -> None:
    with transaction.atomic(using=FILE):
        with transaction.atomic(using=FILE):
            execute("UPDATE counter SET n = 1")
        assert database.write_lock_holder()
        with pytest.raises(IntegrityError), transaction.atomic(using=FILE):
            execute("UPDATE counter SET n = -1")
        assert database.write_lock_holder()


def test_a_rolled_back_transaction_frees_the_lock(database: DatabaseWrapper) -> None:
    with transaction.atomic(using=FILE):
        execute("UPDATE counter SET n = 1")
        transaction.set_rollback(True, using=FILE)
    assert database.write_lock_holder() is None
    assert execute("SELECT n FROM counter") == [(0,)]


def test_a_failed_commit_frees_the_lock(database: DatabaseWrapper) -> None:
    with pytest.raises(IntegrityError), transaction.atomic(using=FILE):
        execute("INSERT INTO child VALUES (99)")
    assert database.write_lock_holder() is None


def test_a_failed_single_write_frees_the_lock(database: DatabaseWrapper) -> None:
    with pytest.raises(IntegrityError):
        execute("UPDATE counter SET n = -1")
    assert database.write_lock_holder() is None


def test_closing_inside_a_transaction_frees_the_lock(database: DatabaseWrapper) -> None:
    with transaction.atomic(using=FILE):
        execute("UPDATE counter SET n = 1")
        database.close()
        assert database.write_lock_holder() is None


@pytest.mark.parametrize(
    "write",
    [
        "UPDATE counter SET n = n + 1",
        "  insert into counter values (2, 0)",
        "WITH one AS (SELECT 1) UPDATE counter SET n = 1",
        "/* a comment */ DELETE FROM counter",
        "INSERT INTO counter VALUES (3, 0) RETURNING id",
    ],
)
def test_a_single_write_waits_for_another_process(database: DatabaseWrapper, name: str, write: str) -> None:
    with another_process_writing(name) as process:
        waiting = threading.Thread(target=in_thread, args=[lambda: execute(write)])
        waiting.start()
        waiting.join(0.2)
        assert waiting.is_alive()
        process.kill()
        waiting.join(5)
        assert not waiting.is_alive()


@pytest.mark.parametrize(
    "read",
    [
        "SELECT n FROM counter",
        " select n from counter",
        "WITH one AS (SELECT n FROM counter) SELECT n FROM one",
    ],
)
def test_reads_never_wait(database: DatabaseWrapper, name: str, read: str) -> None:
    with another_process_writing(name):
        assert in_thread(lambda: execute(read), wait=2) == [(0,)]


def test_a_killed_holder_frees_the_lock(database: DatabaseWrapper, name: str) -> None:
    with another_process_writing(name) as process:
        killing = threading.Timer(0.3, process.kill)
        started = time.monotonic()
        killing.start()
        execute("UPDATE counter SET n = 7")
        assert 0.25 < time.monotonic() - started < 2
        killing.join()
    assert execute("SELECT n FROM counter") == [(7,)]


def test_a_stuck_writer_is_named_with_its_age(name: str) -> None:
    assert holder(name) is None
    with another_process_writing(name) as process:
        time.sleep(1.2)
        found = holder(name)
        assert found
        assert found.pid == process.pid
        assert 1 < found.seconds < 10


def test_every_name_of_a_file_is_one_lock(tmp_path: Path, name: str) -> None:
    (tmp_path / "link").symlink_to(name)
    assert lock_path(str(tmp_path / "link")) == lock_path(name)


def test_eight_threads_counting_lose_nothing(database: DatabaseWrapper) -> None:
    def count() -> None:
        for _ in range(50):
            with transaction.atomic(using=FILE):
                [(n,)] = execute("SELECT n FROM counter WHERE id = 1")
                execute(f"UPDATE counter SET n = {n + 1} WHERE id = 1")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(in_thread, [count] * 8, [60] * 8))
    assert execute("SELECT n FROM counter") == [(400,)]


def test_rows_answered_by_a_single_write_are_committed_with_it(database: DatabaseWrapper) -> None:
    with database.cursor() as cursor:
        cursor.execute("INSERT INTO counter VALUES (2, 20), (3, 30), (4, 40), (5, 50) RETURNING id, n")
        assert database.write_lock_holder() is None
        assert in_thread(lambda: execute("SELECT count(*) FROM counter")) == [(5,)]
        assert cursor.fetchone() == (2, 20)
        assert cursor.fetchmany(1) == [(3, 30)]
        assert list(cursor) == [(4, 40), (5, 50)]
        assert cursor.fetchone() is None
        assert cursor.fetchall() == []
        cursor.execute("SELECT id FROM counter WHERE id < 3")
        assert cursor.fetchall() == [(1,), (2,)]


def test_many_statements_at_once_take_the_lock_too(database: DatabaseWrapper, name: str) -> None:
    def write_many() -> None:
        with connections[FILE].cursor() as cursor:
            cursor.executemany("INSERT INTO counter VALUES (%s, 0)", [(2,), (3,)])
            cursor.executescript("INSERT INTO counter VALUES (4, 0); INSERT INTO counter VALUES (5, 0);")

    with another_process_writing(name), pytest.raises(TimeoutError):
        in_thread(write_many, wait=0.3)
    while holder(name) or execute("SELECT count(*) FROM counter") != [(5,)]:
        time.sleep(0.01)


def test_a_lock_that_cannot_be_had_is_a_database_error(database: DatabaseWrapper, name: str) -> None:
    database.close()
    Path(lock_path(name)).unlink()
    Path(lock_path(name)).mkdir()
    with pytest.raises(OperationalError, match="cannot take the write lock"):
        execute("UPDATE counter SET n = 1")


def test_in_memory_there_is_nothing_to_lock(django_db_blocker: DjangoDbBlocker) -> None:
    connection = DatabaseWrapper(settings_for(":memory:"), "memory")
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE thing (id INTEGER PRIMARY KEY)")
        cursor.execute("INSERT INTO thing VALUES (1) RETURNING id")
        assert cursor.fetchone() == (1,)
        assert connection.write_lock_holder() is None
        connection.connection.close()


def test_a_uri_is_refused_as_its_lock_would_have_no_place(tmp_path: Path) -> None:
    connection = DatabaseWrapper(settings_for(f"file:{tmp_path}/test.sqlite3"), "uri")
    with pytest.raises(ImproperlyConfigured, match="as a path"):
        connection.get_connection_params()


def test_a_lock_may_be_closed_and_taken_again(name: str) -> None:
    lock = WriteLock(name)
    lock.take()
    lock.close()
    assert holder(name) is None
    lock.take()
    assert holder(name)
    lock.let_go()
    lock.let_go()
    lock.close()
