"""Waking the worker, and doing without."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from pytest_django import Settings

from messaging.nudging import Ear, nudge

LONG = timedelta(seconds=30)


@pytest.fixture(autouse=True)
def folder(settings: Settings) -> Iterator[Path]:
    """A data folder whose path is short enough for a socket."""
    with TemporaryDirectory(prefix="gatehouse-") as folder:
        settings.DATA_DIR = Path(folder)
        yield Path(folder)


@pytest.fixture
def ear() -> Iterator[Ear]:
    ear = Ear()
    yield ear
    ear.close()


def seconds_of_waiting(ear: Ear, at_most: timedelta = LONG) -> float:
    began = time.monotonic()
    ear.wait(at_most)
    return time.monotonic() - began


def test_a_nudge_ends_the_waiting(ear: Ear) -> None:
    timer = threading.Timer(0.1, nudge)
    timer.start()
    assert seconds_of_waiting(ear) < 10
    timer.join()


def test_a_nudge_before_the_waiting_is_not_lost(ear: Ear) -> None:
    nudge()
    assert seconds_of_waiting(ear) < 10


def test_many_nudges_wake_once(ear: Ear) -> None:
    for _ in range(1000):
        nudge()
    ear.wait(LONG)
    assert seconds_of_waiting(ear, timedelta(seconds=1.5)) > 1


def test_without_a_worker_a_nudge_is_silent(folder: Path) -> None:
    nudge()
    assert not list(folder.iterdir())


def test_a_worker_that_was_killed_leaves_its_socket_to_the_next() -> None:
    killed = Ear()
    killed._socket.close()
    heir = Ear()
    nudge()
    assert seconds_of_waiting(heir) < 10
    heir.close()


def test_an_ending_worker_leaves_its_successors_socket_alone(folder: Path) -> None:
    leaving, heir = Ear(), Ear()
    leaving.close()
    nudge()
    assert seconds_of_waiting(heir) < 10
    heir.close()
    assert not list(folder.iterdir())


def test_without_a_socket_a_worker_polls(settings: Settings, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    settings.DATA_DIR = folder / ("deep" * 40)
    ear = Ear()
    nudge()
    assert seconds_of_waiting(ear, timedelta(seconds=0.1)) < 10
    assert "looks once a second" in caplog.text
    ear.close()
