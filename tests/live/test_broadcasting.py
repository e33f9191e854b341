"""Broadcasts and `kill -9`: of the worker while it sends one, and of the server while it takes one."""

import os
import threading
from functools import partial
from signal import SIGKILL
from typing import Any

import httpx
import pytest

from tests.live.gateways import Gateway, is_alive, until

pytestmark = pytest.mark.live
MANY = 4000


@pytest.fixture(autouse=True)
def whole(gateway: Gateway) -> None:
    until(gateway.is_whole, what="one of each before the test")


def phones(number: int) -> list[str]:
    return [f"90555{place:07d}" for place in range(number)]


def post(gateway: Gateway, number: int) -> httpx.Response:
    body: dict[str, Any] = {
        "name": "Sale",
        "template": {"name": "sale", "language": "en"},
        "recipients": {"type": "list", "phones": phones(number)},
    }
    headers = {"Authorization": f"Bearer {gateway.token}"}
    return httpx.post(f"{gateway.url}/v1/broadcasts", json=body, headers=headers, timeout=60)


def end_leases(gateway: Gateway) -> None:
    """End a dead worker's leases for it, to save a minute."""
    gateway.database.change("UPDATE messaging_broadcast SET due_at = '2026-01-01 00:00:00' WHERE due_at IS NOT NULL")
    gateway.database.change("UPDATE messaging_recipient SET due_at = '2026-01-01 00:00:00' WHERE due_at IS NOT NULL")


def made(gateway: Gateway) -> int:
    [[number]] = gateway.database.ask("SELECT count(*) FROM messaging_recipient")
    return int(number)


def kill(gateway: Gateway, pid: int) -> None:
    os.kill(pid, SIGKILL)
    until(lambda: not is_alive(pid))
    until(gateway.is_whole, what="one of each again")


def has_made(gateway: Gateway, enough: int) -> bool:
    return made(gateway) >= enough


def test_a_worker_killed_again_and_again_writes_to_everybody_once(gateway: Gateway) -> None:
    answer = post(gateway, MANY)
    assert answer.status_code == 201, answer.text
    for _ in range(3):
        enough = made(gateway) + MANY // 8
        until(partial(has_made, gateway, enough), what="some more messages")
        assert made(gateway) < MANY, "too fast to be killed on the way"
        [pid] = gateway.children("worker")
        kill(gateway, pid)
        end_leases(gateway)

    def is_over() -> bool:
        path = f"{gateway.url}/v1/broadcasts/{answer.json()['broadcast_id']}"
        shown = httpx.get(path, headers={"Authorization": f"Bearer {gateway.token}"}).json()
        return bool(shown["status"] == "completed" and shown["delivered"] == MANY)

    until(is_over, what="the broadcast to be over")
    found = gateway.database.ask("SELECT address, count(*) FROM messaging_recipient GROUP BY address")
    assert dict(found) == {f"+{phone}": 1 for phone in phones(MANY)}


def test_a_server_killed_while_it_takes_one_leaves_nothing(gateway: Gateway) -> None:
    before = made(gateway)
    asking = threading.Thread(target=_post_in_vain, args=(gateway,))
    asking.start()
    count = "SELECT count(*) FROM messaging_broadcastrecipient r JOIN messaging_broadcast b ON b.id = r.broadcast_id"
    until(lambda: gateway.database.ask(f"{count} WHERE b.status = 'receiving'")[0][0] > 0, what="the first recipients")
    [pid] = gateway.server_workers()
    kill(gateway, pid)
    asking.join()
    [[left]] = gateway.database.ask(f"{count} WHERE b.status = 'receiving'")
    assert left > 0, "it was taken before it could be killed"
    end_leases(gateway)
    until(lambda: gateway.database.ask("SELECT count(*) FROM messaging_broadcast WHERE name = 'Sale'")[0][0] <= 1)
    [[left]] = gateway.database.ask(f"{count} WHERE b.status <> 'completed'")
    assert left == 0
    assert made(gateway) == before


def _post_in_vain(gateway: Gateway) -> None:
    with pytest.raises(httpx.TransportError):
        post(gateway, 200_000)
