"""Limits under 16 connections that ask for more: one process that counts by itself, and two that share a Redis."""

import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import httpx
import pytest
import redis

from tests.live.conftest import Make
from tests.live.gateways import ROOT, Gateway, free_port, until
from tests.live.hammering import Answered, Keep, hammer, require_rate

pytestmark = pytest.mark.live
RATE, ACCOUNT_RATE, DAILY, MONTHLY = 100, 150, 2000, 2100
SECONDS = 3.5
ME, SEND = "/api/v1/me", "/v1/messages"


@dataclass
class Site:
    """Some web processes on one database."""

    gateway: Gateway
    ports: list[int]
    redis_url: str = ""

    def allow(self, **limits: int | None) -> None:
        """Change the plan, and wait until no process remembers what it said before."""
        for name, value in limits.items():
            self.gateway.database.change(f"UPDATE accounts_plan SET {name} = ?", [value])
        time.sleep(1.1)

    def second_token(self) -> str:
        headers = {"Authorization": f"Bearer {self.gateway.token}"}
        made = httpx.post(f"{self.gateway.url}/api/v1/tokens", json={"name": "second"}, headers=headers, timeout=30)
        assert made.status_code == 201, made.text
        return str(made.json()["secret"])

    def stored(self) -> int:
        return len(self.gateway.states())


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis of the tests' own."""
    if not shutil.which("redis-server"):
        pytest.skip("there is no redis-server")
    port, folder = free_port(), tmp_path_factory.mktemp("redis")
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    url = f"redis://127.0.0.1:{port}/0"
    until(lambda: answers(url), what="Redis")
    yield url
    server.terminate()
    server.wait(10)


def answers(url: str) -> bool:
    with suppress(redis.RedisError), redis.Redis.from_url(url) as client:
        return bool(client.ping())
    return False


@contextmanager
def second_web_process(gateway: Gateway) -> Iterator[int]:
    port = free_port()
    command = [sys.executable, "manage.py", "serve", "--port", str(port), "--data", str(gateway.folder)]
    with (gateway.folder / "second").open("ab") as output:
        env = gateway.env | {"GATEWAY_URL": gateway.url}
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=output, stderr=output)
    try:
        until(lambda: is_healthy(port), what="the second web process")
        yield port
    finally:
        process.terminate()
        process.wait(20)


def is_healthy(port: int) -> bool:
    with suppress(httpx.TransportError):
        return httpx.get(f"http://127.0.0.1:{port}/health").status_code == 200
    return False


@pytest.fixture(scope="module")
def one(copies: Make) -> Site:
    gateway = copies(settings={"REDIS_URL": ""})
    gateway.start()
    return Site(gateway, [gateway.port])


@pytest.fixture(scope="module")
def two(copies: Make, redis_url: str) -> Iterator[Site]:
    gateway = copies(settings={"REDIS_URL": redis_url})
    gateway.start()
    with second_web_process(gateway) as port:
        yield Site(gateway, [gateway.port, port], redis_url)


@pytest.fixture(params=["one process", "two processes and Redis"])
def site(request: pytest.FixtureRequest) -> Site:
    found: Site = request.getfixturevalue("one" if request.param == "one process" else "two")
    found.allow(
        requests_per_second=1000, account_requests_per_second=None, messages_per_day=None, messages_per_month=None
    )
    return found


def test_a_token_asks_as_often_as_its_plan_says(site: Site) -> None:
    site.allow(requests_per_second=RATE)
    end = time.time() + SECONDS
    asked = hammer(site.ports, [site.gateway.token], "GET", ME, lambda _: time.time() < end)
    assert {answer.status for answer in asked} == {200, 429}
    require_rate(asked, RATE)


def test_the_tokens_of_an_account_ask_as_often_as_its_plan_says(site: Site) -> None:
    tokens = [site.gateway.token, site.second_token()]
    site.allow(requests_per_second=RATE, account_requests_per_second=ACCOUNT_RATE)
    end = time.time() + SECONDS
    asked = hammer(site.ports, tokens, "GET", ME, lambda _: time.time() < end)
    require_rate(asked, ACCOUNT_RATE)
    for token in tokens:
        mine = [answer for answer in asked if answer.token == token]
        assert sum(answer.status == 200 for answer in mine) <= (SECONDS + 2) * RATE


def send_until_refused(site: Site, tokens: list[str], code: str) -> list[Answered]:
    """Send on all connections until each was told no."""
    sent = hammer(site.ports, tokens, "POST", SEND, lambda answer: answer.code != code)
    assert {answer.code for answer in sent} <= {"", code, "RATE_LIMITED"}
    return sent


def test_a_token_sends_no_more_in_a_day_than_its_plan_says(site: Site) -> None:
    before = site.stored()
    site.allow(messages_per_day=before + DAILY)
    sent = send_until_refused(site, [site.gateway.token], "DAILY_LIMIT_REACHED")
    accepted = sum(answer.status == 200 for answer in sent)
    assert DAILY * 0.99 <= accepted <= DAILY
    assert site.stored() - before == accepted
    time.sleep(2.2)  # what a process held and did not need is back
    sent += send_until_refused(site, [site.gateway.token], "DAILY_LIMIT_REACHED")
    assert site.stored() - before == sum(answer.status == 200 for answer in sent) == DAILY


def test_an_account_sends_no_more_in_a_month_than_its_plan_says(site: Site) -> None:
    tokens, before = [site.gateway.token, site.second_token()], site.stored()
    site.allow(messages_per_month=before + MONTHLY)
    sent = send_until_refused(site, tokens, "MONTHLY_LIMIT_REACHED")
    accepted = sum(answer.status == 200 for answer in sent)
    assert MONTHLY * 0.99 <= accepted <= MONTHLY
    assert site.stored() - before == accepted
    [(counted,)] = site.gateway.database.ask("SELECT SUM(accepted) FROM messaging_usageday")
    assert counted == site.stored()


def test_a_send_asks_redis_once(two: Site) -> None:
    two.allow(
        requests_per_second=1000,
        account_requests_per_second=1000,
        messages_per_day=1_000_000,
        messages_per_month=1_000_000,
    )
    ports = two.ports[:1]
    hammer(ports, [two.gateway.token], "POST", SEND, countdown(20))  # every thread has its connection now
    with commands(two.redis_url) as asked:
        sent = hammer(ports, [two.gateway.token], "POST", SEND, countdown(20))
        time.sleep(0.5)
    assert {answer.status for answer in sent} == {200}
    rates = [command for command in asked if ":rate:" in command]
    others = [command for command in asked if ":rate:" not in command]
    assert len(rates) == len(sent)
    assert all(command.startswith("EVALSHA") for command in rates)
    assert len(others) <= len(sent) * 0.1, others


def countdown(number: int) -> Keep:
    """Let each connection ask so often."""
    asked = threading.local()

    def keep(_: Answered) -> bool:
        asked.number = getattr(asked, "number", 0) + 1
        return bool(asked.number < number)

    return keep


@contextmanager
def commands(url: str) -> Iterator[list[str]]:
    """Note what Redis is asked, without what its scripts do themselves."""
    found: list[str] = []
    with redis.Redis.from_url(url) as client, client.monitor() as monitor:
        ended = threading.Event()

        def listen() -> None:
            while not ended.is_set():
                told = monitor.next_command()
                if told["client_type"] != "lua":
                    found.append(told["command"])

        thread = threading.Thread(target=listen)
        thread.start()
        try:
            yield found
        finally:
            ended.set()
            with redis.Redis.from_url(url) as other:
                other.echo("the end")
            thread.join(10)
            del found[-1]
