"""Nobody's webhook is lost: the receiver fails, hangs and restarts, the worker is killed, and every event arrives.

`WEBHOOK_EVENTS` says how many events; the time they may take grows with them.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from signal import SIGINT, default_int_handler, signal
from typing import Any

import httpx
import pytest

from messaging.ids import from_base62, time_of, to_base62
from tests.live.conftest import Make
from tests.live.gateways import ROOT, Gateway, free_port, kill, until

EVENTS_EACH = 2  # sent and delivered
MESSAGES = int(os.environ.get("WEBHOOK_EVENTS", "2000")) // EVENTS_EACH
SECONDS = max(300, 150 * MESSAGES // 1000)
BLOWS = max(4, MESSAGES // 500)  # so often each the worker is killed and the receiver restarted
pytestmark = [pytest.mark.live, pytest.mark.timeout(SECONDS + 100)]
CONCURRENCY = 8
IN_FLIGHT = 9 * CONCURRENCY  # calls that a worker may have answered and not yet written down, or the receiver begun
SCHEDULE = [1] * 20  # seconds: nothing is given up


@dataclass
class Receiver:
    """The receiver's process, which is started anew again and again."""

    record: Path
    port: int
    process: subprocess.Popen[bytes] | None = None
    trouble: float = 1
    starts: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def start(self) -> None:
        self.starts += 1
        words = [str(self.port), str(self.record), str(self.starts), str(self.trouble)]
        self.process = subprocess.Popen([sys.executable, "-m", "tests.live.webhook_receiver", *words], cwd=ROOT)

    def end(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()

    def ids(self) -> list[str]:
        """The events it took, each as often as it did."""
        return [id for id, _, status in self.lines() if status != 500]

    def lines(self) -> list[tuple[str, float, int]]:
        text = self.record.read_text() if self.record.exists() else ""
        found = (line.split() for line in text.splitlines(keepends=True) if line.endswith("\n"))
        return [(id, float(at), int(status)) for id, at, status in found]


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    made = Receiver(tmp_path / "received", free_port())
    made.start()
    yield made
    made.end()


@pytest.fixture(scope="module")
def listening(copies: Make) -> Gateway:
    made = copies(settings={"GATEWAY_WEBHOOK_ALLOW": "127.0.0.1"})
    made.start()
    return made


def register(gateway: Gateway, **asked: Any) -> str:
    answer = ask(gateway, "POST", "webhooks", asked)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def ask(gateway: Gateway, method: str, path: str, body: object = None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {gateway.token}"}
    return httpx.request(method, f"{gateway.url}/api/v1/{path}", json=body, headers=headers, timeout=30)


def send(gateway: Gateway, count: int) -> None:
    """Send so many messages, a hundred with each request."""
    for begin in range(0, count, 100):
        numbers = [f"+96650{begin + n:07}" for n in range(min(100, count - begin))]
        texts = [{"to": number, "text": "Your order has left."} for number in numbers]
        answer = ask(gateway, "POST", "messages/bulk", {"messages": texts})
        assert answer.status_code == 202, answer.text


def states(gateway: Gateway, endpoint: str) -> dict[str, str]:
    """The state of each of an endpoint's calls, by the event's id."""
    rows = gateway.database.ask(
        "SELECT event_id, state FROM messaging_webhookdelivery WHERE endpoint_id = ?", [int(endpoint)]
    )
    return {f"evt_{to_base62(id)}": state for id, state in rows}


def test_every_event_arrives_whatever_the_receiver_and_the_worker_do(listening: Gateway, receiver: Receiver) -> None:
    chance = random.Random(2026)
    endpoint = register(
        listening,
        url=receiver.url,
        events=["message.sent", "message.delivered"],
        retry_schedule=SCHEDULE,
        concurrency=CONCURRENCY,
    )
    send(listening, MESSAGES)
    events = MESSAGES * EVENTS_EACH
    # Both are struck all the way from the first event to the last.
    kills, restarts = (sorted(chance.sample(range(events - 1), BLOWS)) for _ in range(2))
    until_all = time.monotonic() + SECONDS
    while (arrived := len(set(receiver.ids()))) < events:
        assert time.monotonic() < until_all, f"{arrived} arrived"
        time.sleep(0.2)
        if kills and kills[0] <= arrived and (victims := listening.children("worker")):
            kill(victims[0])
            del kills[0]
        # A dead worker's messages come back by their lease; the test does not wait a minute for it.
        listening.database.change("UPDATE messaging_recipient SET due_at = '2026-01-01' WHERE due_at IS NOT NULL")
        if restarts and restarts[0] <= arrived:
            receiver.end()
            del restarts[0]
            time.sleep(chance.uniform(0.1, 0.5))
            receiver.start()
    until(lambda: set(states(listening, endpoint).values()) == {"delivered"}, what="all calls are recorded")
    require_the_log_agrees(listening, endpoint, receiver)
    assert (kills, restarts) == ([], [])


def require_the_log_agrees(gateway: Gateway, endpoint: str, receiver: Receiver) -> None:
    """One event for each change, each with the receiver's own word for it; a double can be told by its id."""
    ours, theirs = states(gateway, endpoint), receiver.ids()
    assert len(ours) == MESSAGES * EVENTS_EACH
    assert set(theirs) == set(ours)
    assert len(theirs) > len(ours)
    logged, said = answers(gateway, endpoint), Counter((id, status) for id, _, status in receiver.lines() if status)
    assert {id for id, status in logged if status == 200} == set(ours)
    # Never more than it said; fewer where a worker was killed before it wrote down what was answered, or the receiver
    # before it answered.
    assert logged <= said
    assert (said - logged).total() <= BLOWS * IN_FLIGHT


def answers(gateway: Gateway, endpoint: str) -> Counter[tuple[str, int]]:
    """How often each event has each answer in the log."""
    rows = gateway.database.ask(
        "SELECT d.event_id, a.status FROM messaging_webhookattempt a JOIN messaging_webhookdelivery d ON d.id ="
        " a.delivery_id WHERE d.endpoint_id = ? AND a.status IS NOT NULL",
        [int(endpoint)],
    )
    return Counter((f"evt_{to_base62(id)}", status) for id, status in rows)


def test_an_event_arrives_at_once(listening: Gateway, receiver: Receiver) -> None:
    """Much sooner than whoever looks once a second would bring it; `bench/webhooks.py` has the figures."""
    receiver.end()
    receiver.trouble = 0
    receiver.start()
    register(listening, url=receiver.url, events=["message.sent"], retry_schedule=SCHEDULE)
    for n in range(40):
        send(listening, 1)
        until(lambda n=n: len(receiver.lines()) > n, what="an event")  # type: ignore[misc]
    took = sorted(at - time_of(id_of(event)).timestamp() for event, at, _ in receiver.lines())
    assert took[len(took) // 2] < 0.4


def id_of(event: str) -> int:
    id = from_base62(event.removeprefix("evt_"))
    assert id is not None
    return id


def test_a_developer_listens_at_their_own_desk(listening: Gateway, receiver: Receiver) -> None:
    """`./gw listen`: events are fetched, posted to an address that the gateway need not reach, and logged."""
    receiver.end()
    receiver.trouble = 0
    receiver.start()
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="
    words = ["listen", "--url", listening.url, "--forward", receiver.url, "--secret", secret]
    command = [sys.executable, "manage.py", *words, "--event", "message.delivered"]
    env = listening.env | {"GATEWAY_TOKEN": listening.token, "GATEWAY_WEBHOOK_ALLOW": "", "PYTHONUNBUFFERED": "1"}
    signal(SIGINT, default_int_handler)  # which a shell that runs the tests in the background had set to be ignored
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            assert secret in process.stdout.readline()
            send(listening, 3)
            until(lambda: len(receiver.ids()) == 3, what="the events at the desk")
            [made] = [one for one in ask(listening, "GET", "webhooks").json()["items"] if one["kind"] == "listener"]
            until(lambda: set(states(listening, made["id"]).values()) == {"delivered"}, what="the log")
            assert set(states(listening, made["id"])) == set(receiver.ids())
            process.send_signal(SIGINT)
            process.wait(30)
        finally:
            process.kill()
    assert ask(listening, "GET", f"webhooks/{made['id']}").status_code == 404
