"""Ctrl-C and SIGTERM end the gateway cleanly, and a restart forgets nothing."""

import os
import signal
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.live.gateways import Gateway, accepted_id, child_pids, until

pytestmark = pytest.mark.live
DAILY = 3


@pytest.fixture(autouse=True)
def running(gateway: Gateway) -> None:
    """One that has nothing left to do."""
    if gateway.is_over():
        gateway.start()
    until(lambda: set(gateway.states().values()) <= {"delivered"}, what="all earlier messages are delivered")


def press_ctrl_c(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does, to all of its foreground


def terminate(process: subprocess.Popen[bytes]) -> None:
    process.terminate()


def limit(gateway: Gateway, daily: int | None) -> None:
    gateway.database.change("UPDATE accounts_plan SET messages_per_day = ?", [daily])


def test_the_daily_count_survives_a_restart(gateway: Gateway) -> None:
    limit(gateway, DAILY)
    until(lambda: gateway.send().status_code == 429, what="the limit was noticed")
    stored = len(gateway.states())
    assert stored >= DAILY
    assert gateway.process
    terminate(gateway.process)
    assert gateway.process.wait(10) == 0
    gateway.start()
    refused = gateway.send()
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "DAILY_LIMIT_REACHED")
    assert len(gateway.states()) == stored
    limit(gateway, None)
    until(lambda: gateway.send().status_code == 200, what="the limit's end was noticed")


@pytest.mark.parametrize("stop", [press_ctrl_c, terminate])
def test_a_stop_finishes_the_request_under_way(
    gateway: Gateway, stop: Callable[[subprocess.Popen[bytes]], None]
) -> None:
    assert gateway.process
    family = child_pids(gateway.process.pid)
    with ThreadPoolExecutor(1) as pool:
        with gateway.database.nobody_stores():
            sending = pool.submit(gateway.send)
            until(lambda: gateway.database.is_waited_for(gateway.server_workers()), what="the request is under way")
            stop(gateway.process)
            with pytest.raises(subprocess.TimeoutExpired):
                gateway.process.wait(2)
        answer = sending.result()
    assert answer.status_code == 200, answer.text
    assert gateway.process.wait(10) == 0
    assert accepted_id(answer) in gateway.states()
    assert not [pid for pid in family if pid in child_pids(1)]
    assert gateway.said().rstrip().endswith("Stopped.")
    assert "Traceback" not in gateway.said()
    [(counted,)] = gateway.database.ask("SELECT SUM(accepted) FROM tokens_tokenday")
    assert counted == len(gateway.states()), "the use of the token was not written down before the end"
