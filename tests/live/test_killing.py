"""`kill -9` of any process under load: everything comes back by itself, and nothing accepted is lost."""

import os
from collections.abc import Callable
from signal import SIGKILL

import pytest

from tests.live.gateways import Gateway, child_pids, is_alive, until
from tests.live.load import Load, load

pytestmark = pytest.mark.live
ENOUGH = 40  # messages before and after


@pytest.fixture(autouse=True)
def whole(gateway: Gateway) -> None:
    until(gateway.is_whole, what="one of each before the test")


def require_nothing_lost(gateway: Gateway, sent: Load) -> None:
    """Everything accepted is stored and gets delivered; leases of a dead worker are ended for it, to save a minute."""
    assert len(sent.accepted) >= 2 * ENOUGH
    assert not sent.refused
    assert sent.accepted <= gateway.states().keys()
    gateway.database.change("UPDATE messaging_recipient SET due_at = '2026-01-01' WHERE due_at IS NOT NULL")
    gateway.wait_until_all_are("delivered", sent.accepted)


def kill_under_load(gateway: Gateway, victim: Callable[[], list[int]]) -> Load:
    """Kill one process while messages come in, and let more come in afterwards."""
    with load(gateway) as sent:
        sent.wait_for(ENOUGH)
        [pid] = victim()
        os.kill(pid, SIGKILL)
        until(lambda: not is_alive(pid))
        until(lambda: gateway.is_whole() and victim() != [pid], what="one of each again")
        sent.wait_for(ENOUGH)
    assert gateway.listeners() == 1
    return sent


def test_the_server_comes_back(gateway: Gateway) -> None:
    sent = kill_under_load(gateway, lambda: gateway.children("serve"))
    assert "The web process ended (signal SIGKILL). Starting it again in" in gateway.said()
    require_nothing_lost(gateway, sent)


def test_the_servers_own_process_comes_back(gateway: Gateway) -> None:
    sent = kill_under_load(gateway, gateway.server_workers)
    assert "Unexpected exit from worker-1" in gateway.said()
    require_nothing_lost(gateway, sent)


def test_the_worker_comes_back(gateway: Gateway) -> None:
    sent = kill_under_load(gateway, lambda: gateway.children("worker"))
    assert "The worker process ended (signal SIGKILL). Starting it again in" in gateway.said()
    require_nothing_lost(gateway, sent)


def test_the_children_of_a_killed_gateway_end_and_the_next_one_waits_for_that(gateway: Gateway) -> None:
    with load(gateway) as sent:
        sent.wait_for(ENOUGH)
        assert gateway.process
        first, family = gateway.process, offspring(gateway.process.pid)
        first.kill()
        first.wait()
        gateway.start()
        until(gateway.is_whole, what="one of each again")
        sent.wait_for(ENOUGH)
    assert len(family) >= 3
    assert not [pid for pid in family if is_alive(pid)]
    assert gateway.listeners() == 1
    require_nothing_lost(gateway, sent)


def offspring(pid: int) -> list[int]:
    children = child_pids(pid)
    return children + [other for child in children for other in offspring(child)]
