"""An account's own log: gathered in memory, bounded, read newest first, forgotten after 30 days."""

import atexit
import logging
import time
from collections.abc import Callable
from datetime import timedelta
from threading import Thread

import pytest
from django.conf import LazySettings
from django.db import DatabaseError
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from time_machine import TimeMachineFixture

from accounts import journal
from accounts.flushing import flushing
from accounts.models import Account, JournalEntry
from messaging import working

Wait = Callable[[timedelta], None]


@pytest.fixture
def wait(time_machine: TimeMachineFixture) -> Wait:
    def move(by: timedelta) -> None:
        time_machine.move_to(timezone.now() + by)

    return move


def said(account: Account) -> list[str]:
    journal.flush()
    return [entry.message for entry in journal.entries(account)]


def test_a_line_costs_no_query_and_is_written_by_the_next_flush(
    acme: Account, other: Account, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        journal.note(acme, "INFO", "devices", "Linked a device", device="Pixel", slot=1, is_new=True, number=None)
        journal.note(acme, "WARN", "auth", "Refused")
        journal.note(other, "DEBUG", "auth", "Elsewhere")
    assert said(acme) == ["Refused", "Linked a device"]
    assert said(other) == ["Elsewhere"]
    entry = journal.entries(acme)[1]
    assert (entry.priority, entry.module, str(entry)) == ("INFO", "devices", "INFO devices: Linked a device")
    assert entry.context == {"device": "Pixel", "slot": 1, "is_new": True, "number": None}


def test_a_stretch_of_time_is_read_by_its_ends(acme: Account, wait: Wait) -> None:
    moments = []
    for number in range(4):
        moments.append(timezone.now())
        journal.note(acme, "INFO", "x", str(number))
        wait(timedelta(hours=1))
    journal.flush()

    def found(**asked: object) -> str:
        return "".join(entry.message for entry in journal.entries(acme, **asked))  # type: ignore[arg-type]

    assert found() == "3210"
    assert found(since=moments[1]) == "321"
    assert found(since=moments[1], until=moments[3]) == "21"
    assert found(limit=2) == "32"


def test_of_one_minute_no_more_than_20_lines_are_kept_and_the_rest_is_counted(
    acme: Account, other: Account, wait: Wait
) -> None:
    for number in range(50):
        journal.note(acme, "WARN", "auth", f"guess {number}")
    journal.note(other, "WARN", "auth", "one")
    journal.note(acme, "INFO", "auth", "of another kind")
    assert said(acme) == ["of another kind", *[f"guess {number}" for number in range(19, -1, -1)]]
    journal.note(acme, "WARN", "auth", "another guess")
    wait(timedelta(minutes=1))
    journal.note(acme, "WARN", "auth", "the next minute")
    assert said(acme)[:2] == ["the next minute", "31 more lines of one minute were left out"]
    assert said(other) == ["one"]


def test_what_was_left_out_is_said_though_nothing_follows(acme: Account, wait: Wait) -> None:
    for number in range(21):
        journal.note(acme, "WARN", "auth", f"guess {number}")
    journal.flush()
    wait(timedelta(minutes=1))
    assert said(acme)[0] == "1 more lines of one minute were left out"
    assert len(said(acme)) == 21


def test_lines_that_cannot_be_written_do_not_fill_the_memory(acme: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "MOST_WAITING", 3)
    for number in range(9):
        journal.note(acme, "INFO", "x", str(number))
    assert said(acme) == ["2", "1", "0"]
    journal.note(acme, "INFO", "x", "again")
    assert said(acme)[0] == "again"


def test_whatever_is_said_can_be_stored(acme: Account) -> None:
    journal.note(acme, "ERROR", "m" * 99, "\x00\ud800" + "x" * 999, path="/\x00\udfff" + "p" * 999, what=["a", 1])
    journal.flush()
    entry = JournalEntry.objects.get()
    assert (len(entry.message), len(entry.module), len(entry.context["path"])) == (255, 32, 255)


def test_lines_are_kept_30_days(acme: Account, wait: Wait) -> None:
    for number in range(3):
        journal.note(acme, "INFO", "x", str(number))
    journal.flush()
    wait(timedelta(days=30, seconds=1))
    journal.note(acme, "INFO", "x", "new")
    journal.flush()
    assert [working.prune(2), working.prune(2), working.prune(2)] == [2, 1, 0]
    assert said(acme) == ["new"]


def test_a_deleted_account_takes_nothing_else_with_it(acme: Account, other: Account) -> None:
    journal.note(other, "INFO", "x", "gone")
    journal.note(acme, "INFO", "x", "kept")
    other.delete()
    assert said(acme) == ["kept"]


def test_a_failing_database_is_logged_and_breaks_nothing(
    acme: Account, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise DatabaseError

    journal.note(acme, "INFO", "x", "lost")
    with monkeypatch.context() as patch, caplog.at_level(logging.ERROR):
        patch.setattr(JournalEntry.objects, "bulk_create", fail)
        journal.flush()
    assert "were not written" in caplog.text
    journal.note(acme, "INFO", "x", "kept")
    assert said(acme) == ["kept"]


def test_many_threads_together_keep_to_the_bound(acme: Account, wait: Wait) -> None:
    def guess() -> None:
        for _ in range(200):
            journal.note(acme, "WARN", "auth", "guess")

    threads = [Thread(target=guess) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wait(timedelta(minutes=1))
    assert said(acme).count("guess") == 20
    assert said(acme)[0] == "780 more lines of one minute were left out"


@pytest.mark.django_db(transaction=True)
def test_the_process_writes_by_itself(acme: Account, settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(atexit, "register", lambda flush: None)  # there is no test database at exit
    settings.GATEWAY_USAGE_SECONDS = 0.02
    journal.note(acme, "INFO", "x", "by itself")
    deadline = time.monotonic() + 10
    while not JournalEntry.objects.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert [entry.message for entry in journal.entries(acme)] == ["by itself"]
    settings.GATEWAY_USAGE_SECONDS = 0
    while flushing.is_running:
        time.sleep(0.01)
