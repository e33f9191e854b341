"""`kill -9` of the web process under load: counts of requests lose a second at most, counts of messages nothing."""

import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from signal import SIGKILL

import httpx
import pytest

from tests.live.gateways import Gateway, is_alive, until

pytestmark = pytest.mark.live
CLIENTS = 4
ROUNDS = 3


@pytest.fixture(autouse=True)
def whole(gateway: Gateway) -> None:
    until(gateway.is_whole, what="one of each before the test")


def ask_until(ended: threading.Event, gateway: Gateway) -> Iterator[tuple[float, int]]:
    """Send and read in turn; yields when each answer came, and how many messages it told of."""
    headers = {"Authorization": f"Bearer {gateway.token}"}
    with httpx.Client(timeout=10) as client:
        while not ended.is_set():
            try:
                yield (0.0, int(gateway.send(client).status_code == 200))
                client.get(f"{gateway.url}/api/v1/me", headers=headers).raise_for_status()
            except httpx.TransportError:
                return
            yield (time.time(), 0)


def counted(gateway: Gateway) -> int:
    [(number,)] = gateway.database.ask("SELECT COALESCE(SUM(accepted), 0) FROM tokens_tokenday")
    return int(number)


@pytest.mark.parametrize("round", range(ROUNDS))
def test_a_killed_process_loses_a_second_of_request_counts_at_most(gateway: Gateway, round: int) -> None:
    time.sleep(1.5)  # what earlier requests left is written
    before, ended = counted(gateway), threading.Event()
    with ThreadPoolExecutor(CLIENTS) as pool:
        asking = [pool.submit(lambda: list(ask_until(ended, gateway))) for _ in range(CLIENTS)]
        time.sleep(2.5 + 0.3 * round)
        [pid] = gateway.server_workers()
        killed_at = time.time()
        os.kill(pid, SIGKILL)
        until(lambda: not is_alive(pid))
        stored = counted(gateway) - before
        ended.set()
        answers = [answer for each in asking for answer in each.result()]
    pairs = [given for given, _ in answers if given]
    long_ago = sum(given < killed_at - 1 for given in pairs)
    assert long_ago > 20, "nothing to lose"
    assert stored >= 2 * long_ago, "more than the last second is gone"
    assert stored <= 2 * len(pairs) + 2 * CLIENTS
    [(messages,)] = gateway.database.ask("SELECT SUM(accepted) FROM messaging_usageday")
    assert messages == len(gateway.states())
