"""One request many times at once, through every API that takes a key: one message, and everybody gets its answer.

Whoever comes second waits for the first one's commit, as long as that takes no longer than a few seconds.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.live.gateways import NUMBER, Gateway, until

pytestmark = pytest.mark.live
AT_ONCE = 32


@dataclass(frozen=True)
class Door:
    """How one API is asked to send: by which path and header, in what words, and what it answers."""

    path: str
    key: str
    body: Callable[[str], dict[str, Any]]
    replay: str
    done: int
    other_body: int
    token_header: str = "Authorization"
    base: str = "Bearer "


def _meta(text: str) -> dict[str, Any]:
    return {"to": NUMBER, "type": "text", "text": {"body": text}}


def _ours(text: str) -> dict[str, Any]:
    return {"to": f"+{NUMBER}", "text": text}


def _connexease(text: str) -> dict[str, Any]:
    return {"messaging_product": "whatsapp", "recipient_type": "individual", **_meta(text)}


def _whatsgate(text: str) -> dict[str, Any]:
    return {"phone": NUMBER, "message": text, "sender_device": "123456789"}


DOORS = {
    "our own": Door("/api/v1/messages", "Idempotency-Key", _ours, "Idempotent-Replay", 202, 409),
    "startmessaging": Door("/v1/messages", "X-Request-ID", _meta, "X-Idempotent-Replay", 200, 409),
    "connexease": Door("/v1/wa/message", "Idempotency-Key", _connexease, "Idempotent-Replay", 200, 409),
    "whatsgate": Door("/api/send/text", "Idempotency-Key", _whatsgate, "", 200, 422, "Access-Token", ""),
}


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest) -> Door:
    return DOORS[request.param]


@pytest.fixture
def client(gateway: Gateway) -> Iterator[httpx.Client]:
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
    with httpx.Client(base_url=gateway.url, timeout=60, limits=limits) as made:
        yield made


def ask(client: httpx.Client, gateway: Gateway, door: Door, key: str, text: str = "Hello") -> httpx.Response:
    headers = {door.token_header: f"{door.base}{gateway.token}", door.key: key}
    return client.post(door.path, json=door.body(text), headers=headers)


def at_once(calls: int, call: Callable[[int], httpx.Response]) -> list[httpx.Response]:
    with ThreadPoolExecutor(calls) as pool:
        return list(pool.map(call, range(calls)))


def test_many_at_once_are_one_message(gateway: Gateway, client: httpx.Client, door: Door) -> None:
    key, before = str(uuid4()), len(gateway.states())
    answers = at_once(AT_ONCE, lambda _: ask(client, gateway, door, key))
    assert {answer.status_code for answer in answers} == {door.done}, answers[0].text
    assert len({answer.content for answer in answers}) == 1
    assert len(gateway.states()) == before + 1
    if door.replay:
        assert sum(door.replay in answer.headers for answer in answers) == AT_ONCE - 1


def test_of_two_bodies_at_once_under_one_key_one_is_a_conflict(
    gateway: Gateway, client: httpx.Client, door: Door
) -> None:
    key, before = str(uuid4()), len(gateway.states())
    answers = at_once(AT_ONCE, lambda number: ask(client, gateway, door, key, f"Hello {number % 2}"))
    assert Counter(answer.status_code for answer in answers) == {door.done: AT_ONCE // 2, door.other_body: AT_ONCE // 2}
    assert len({answer.content for answer in answers if answer.status_code == door.done}) == 1
    assert len(gateway.states()) == before + 1


def test_a_repeat_of_what_is_under_way_waits_for_its_answer(gateway: Gateway, client: httpx.Client, door: Door) -> None:
    key, before = str(uuid4()), len(gateway.states())
    with ThreadPoolExecutor(2) as pool:
        with gateway.database.nobody_stores():
            first = pool.submit(ask, client, gateway, door, key)
            until(lambda: gateway.database.is_waited_for(gateway.server_workers()), what="the request is under way")
            second = pool.submit(ask, client, gateway, door, key)
            with pytest.raises(TimeoutError):
                second.result(1)
            assert not first.done()
        answers = [first.result(), second.result()]
    assert [answer.status_code for answer in answers] == [door.done] * 2
    assert answers[0].content == answers[1].content
    assert len(gateway.states()) == before + 1


def test_the_days_last_message_is_not_held_against_its_repeats(gateway: Gateway, client: httpx.Client) -> None:
    def allow(daily: int | None) -> None:
        gateway.database.change("UPDATE accounts_plan SET messages_per_day = ?", [daily])
        time.sleep(1.1)  # until no process remembers what it said before

    door, key = DOORS["our own"], str(uuid4())
    [(sent,)] = gateway.database.ask("SELECT COUNT(*) FROM messaging_message WHERE login_id IS NULL")
    allow(int(sent) + 1)
    answers = at_once(AT_ONCE, lambda _: ask(client, gateway, door, key))
    over = ask(client, gateway, door, str(uuid4()))
    allow(None)
    assert {answer.status_code for answer in answers} == {door.done}
    assert len({answer.content for answer in answers}) == 1
    assert (over.status_code, over.json()["error"]["code"]) == (429, "daily_limit")


def test_a_clients_own_id_is_taken_once_of_many_at_once(gateway: Gateway, client: httpx.Client) -> None:
    """SMSGate's: whoever comes later is told that the id is taken, whatever the body."""
    made = client.post(
        "/api/v1/logins", json={"name": f"till {uuid4()}"}, headers={"Authorization": f"Bearer {gateway.token}"}
    ).json()
    auth, before = (made["username"], made["password"]), len(gateway.states())
    body = {"id": str(uuid4()), "phoneNumbers": [f"+{NUMBER}"], "textMessage": {"text": "Hello"}}
    answers = at_once(AT_ONCE, lambda _: client.post("/3rdparty/v1/messages", json=body, auth=auth))
    assert Counter(answer.status_code for answer in answers) == {202: 1, 409: AT_ONCE - 1}
    assert len(gateway.states()) == before + 1


def test_a_code_asked_for_many_times_at_once_is_one_code(gateway: Gateway, client: httpx.Client) -> None:
    """Those that wait do not count among the codes that a number gets in a time."""
    headers = {"Authorization": f"Bearer {gateway.token}", "X-Request-ID": str(uuid4())}
    before = len(gateway.states())
    answers = at_once(
        AT_ONCE, lambda _: client.post("/v1/auth/send-otp", json={"phone": "+919876543210"}, headers=headers)
    )
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert len(gateway.states()) == before + 1
