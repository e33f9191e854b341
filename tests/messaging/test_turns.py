"""Clients that are slow hold some of the web process's threads, and never all of them."""

import time
from contextlib import ExitStack
from threading import Thread

import pytest

from messaging import turns
from messaging.errors import Refusal, Refused
from messaging.turns import Turns


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "_SLOW", 0.05)


def sixteen() -> Turns:
    return Turns(for_all=8, for_one=4, for_strangers=2)


def taken(turns: Turns, held: ExitStack, *accounts: int | None) -> int:
    """Take turns for the accounts until one is refused; returns how many there were."""
    for number, account in enumerate(accounts):
        try:
            held.enter_context(turns.take(account))
        except Refused:
            return number
    return len(accounts)


def test_one_account_waits_in_a_quarter_of_the_threads() -> None:
    turns = sixteen()
    with ExitStack() as held:
        assert taken(turns, held, *[1] * 16) == 4
        assert taken(turns, held, 2) == 1


def test_all_accounts_together_wait_in_half_of_them() -> None:
    with ExitStack() as held:
        assert taken(sixteen(), held, *range(16)) == 8


def test_strangers_wait_in_few() -> None:
    with ExitStack() as held:
        assert taken(sixteen(), held, *[None] * 16) == 2


def test_whoever_gets_no_turn_may_try_again() -> None:
    turns = sixteen()
    with ExitStack() as held:
        taken(turns, held, *[1] * 4)
        with pytest.raises(Refused) as refused, turns.take(1):
            pass
    assert refused.value.refusal is Refusal.BUSY


def test_a_turn_that_was_given_back_is_free() -> None:
    turns = sixteen()
    for _ in range(3):
        with ExitStack() as held:
            assert taken(turns, held, *[1] * 5) == 4


def test_every_process_has_turns_however_few_its_threads() -> None:
    with ExitStack() as held:
        assert taken(Turns(for_all=0, for_one=0), held, None) == 1


def test_many_quick_ones_of_one_account_are_never_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "_SLOW", 0.2)
    crowded, refused = Turns(for_all=2, for_one=1), list[Refused]()

    def read() -> None:
        for _ in range(100):
            try:
                with crowded.take(1):
                    time.sleep(0.0005)
            except Refused as error:
                refused.append(error)

    readers = [Thread(target=read) for _ in range(16)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert refused == []
