"""Ctrl-C and SIGTERM end the gateway cleanly, and a restart forgets nothing."""

import asyncio
import os
import signal
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from aiosmtpd.controller import Controller

from tests.live.conftest import Make
from tests.live.gateways import Gateway, accepted_id, child_pids, free_port, until

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


class SlowInbox:
    """A mail server that thinks about each mail for a while."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.taken = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  aiosmtpd's name
        self.asked.set()
        await asyncio.sleep(2)
        self.taken += 1
        return "250 OK"


def test_a_stop_waits_for_an_email_under_way_and_writes_down_that_it_was_taken(copies: Make) -> None:
    """Its lease would have it sent a second time."""
    inbox, port = SlowInbox(), free_port()
    server = Controller(inbox, hostname="127.0.0.1", port=port)
    server.start()
    try:
        gateway = copies(settings={"EMAIL_URL": f"smtp://127.0.0.1:{port}"})
        gateway.start()
        mail = {"to": "ann@example.com", "type": "email", "email": {"subject": "Hello", "body": "Text"}}
        headers = {"Authorization": f"Bearer {gateway.token}"}
        answer = httpx.post(f"{gateway.url}/api/v1/messages", json=mail, headers=headers, timeout=30)
        assert answer.status_code == 202, answer.text
        assert inbox.asked.wait(20)
        assert gateway.process
        terminate(gateway.process)
        assert gateway.process.wait(15) == 0
    finally:
        server.stop()
    assert (inbox.taken, set(gateway.states().values())) == (1, {"sent"})
