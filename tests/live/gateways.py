"""A gateway as a person starts it: `manage.py up` and its children, in processes of their own."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import redis

from messaging.dialects.startmessaging.serializers import read_id
from tests.live.databases import Database

ROOT = Path(__file__).resolve().parent.parent.parent
OWNER, PASSWORD = "alice@acme.example", "a long enough password"
NUMBER = "966500000142"
PATIENCE = 60.0  # seconds; a busy machine may take some of them


def until(condition: Callable[[], Any], within: float = PATIENCE, what: str = "") -> None:
    """Wait for a condition; the test fails if it does not come true in time."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, f"not within {within:g} s: {what or condition}"
        time.sleep(0.03)


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(database_url: str = "", **more: str) -> dict[str, str]:
    """The test's own, without its settings; Redis, where there is one, as a database that no other test clears."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GATEWAY_", "DATABASE_"))}
    if url := os.environ.get("REDIS_URL"):
        worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
        kept["REDIS_URL"] = f"{url.rstrip('/')}/{15 - int(worker) % 8}"
    return kept | ({"DATABASE_URL": database_url} if database_url else {}) | more


def manage(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    command = [sys.executable, "manage.py", *words]
    return subprocess.run(
        command, cwd=ROOT, env=env or environment(), capture_output=True, text=True, timeout=90, check=False
    )


@dataclass
class Gateway:
    folder: Path
    database: Database
    made: dict[str, Any] = field(default_factory=dict)  # what `bootstrap --json` printed
    port: int = field(default_factory=free_port)
    pace: str = "0"
    settings: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def token(self) -> str:
        return str(self.made["tokens"]["production"])

    @property
    def env(self) -> dict[str, str]:
        return environment(self.database.url, GATEWAY_SANDBOX_PACE=self.pace, **self.settings)

    def bootstrap(self, *words: str) -> subprocess.CompletedProcess[str]:
        data = ["--data", str(self.folder), "--email", OWNER, "--password", PASSWORD, "--json"]
        return manage("bootstrap", *data, *words, **self.env)

    def copy(self, folder: Path, **changed: Any) -> Gateway:
        """Return another gateway with the same account and secrets, not started."""
        folder.mkdir()
        shutil.copy(self.folder / "secret_key", folder)
        forget_counters()
        return Gateway(folder, self.database.copy(folder), self.made, **changed)

    # Starting and ending
    def start(self) -> None:
        """Start `up` as a terminal does, in a process group of its own, and wait until it answers."""
        command = [sys.executable, "manage.py", "up", "--data", str(self.folder), "--port", str(self.port)]
        with (self.folder / "output").open("ab") as output:
            begin = output.tell()
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.env, stdout=output, stderr=output, start_new_session=True
            )
        until(lambda: self.is_over() or "Press Ctrl-C" in self.said()[begin:], what="up")
        assert not self.is_over(), self.said()

    def is_over(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def end(self) -> None:
        """Stop it, and drop its database."""
        if self.process and not self.is_over():
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.database.drop()

    def said(self) -> str:
        """All that the gateway and its children printed so far."""
        return (self.folder / "output").read_text()

    # Its processes
    def children(self, command: str) -> list[int]:
        """The running `serve` or `worker` processes that `up` looks after."""
        assert self.process
        return [pid for pid in child_pids(self.process.pid) if command.encode() in _read(pid, "cmdline")]

    def server_workers(self) -> list[int]:
        """The processes that granian started to answer requests."""
        mains = self.children("serve")
        found = [pid for main in mains for pid in child_pids(main)]
        return [pid for pid in found if b"resource_tracker" not in _read(pid, "cmdline")]

    def listeners(self) -> int:
        """How many sockets take connections at the port."""
        lines = (Path("/proc/net/tcp").read_text() + Path("/proc/net/tcp6").read_text()).splitlines()
        return sum(bool(re.search(rf":{self.port:04X} [0-9A-F]+:0000 0A ", line)) for line in lines)

    def is_whole(self) -> bool:
        """True if exactly one of each runs, and answers."""
        ones = (self.children("serve"), self.server_workers(), self.children("worker"))
        try:
            return all(len(one) == 1 for one in ones) and httpx.get(f"{self.url}/health").status_code == 200
        except httpx.TransportError:
            return False

    # Messages
    def send(self, client: httpx.Client | None = None, *, key: str = "", **changed: Any) -> httpx.Response:
        """Send a text with StartMessaging's API."""
        body = {"to": NUMBER, "type": "text", "text": {"body": "Your order has left."}} | changed
        headers = {"Authorization": f"Bearer {self.token}", "X-Request-ID": key or str(uuid4())}
        post = client.post if client else httpx.post
        return post(f"{self.url}/v1/messages", json=body, headers=headers, timeout=30)

    def states(self) -> dict[int, str]:
        """The state of each message, as the database has it."""
        return dict(self.database.ask("SELECT id, state FROM messaging_message"))

    def wait_until_all_are(self, state: str, ids: set[int]) -> None:
        """Wait for the messages; each must be stored already."""
        assert ids <= self.states().keys(), "something accepted is not stored"
        until(lambda: {s for id, s in self.states().items() if id in ids} == {state}, what=f"all are {state}")


def new_gateway(folder: Path, database: Database) -> Gateway:
    """Return a gateway with an account on the largest plan, not started."""
    forget_counters()
    gateway = Gateway(folder, database)
    done = gateway.bootstrap()
    assert done.returncode == 0, done.stderr
    gateway.made = json.loads(done.stdout)
    database.change("UPDATE accounts_account SET plan_id = (SELECT id FROM accounts_plan WHERE code = 'enterprise')")
    return gateway


def forget_counters() -> None:
    """Two gateways give their tokens the same numbers, and limits are counted by number."""
    if url := environment().get("REDIS_URL"):
        with closing(redis.Redis.from_url(url)) as counters:
            counters.flushdb()


def accepted_id(answer: httpx.Response) -> int:
    """Return the id of the message that StartMessaging's API accepted."""
    id = read_id(answer.json()["message_id"])
    assert id is not None
    return id


def kill(pid: int, number: signal.Signals = signal.SIGKILL) -> None:
    os.kill(pid, number)


def is_alive(pid: int) -> bool:
    """True unless the process has ended, also where nobody has taken note of that yet."""
    stat = _read(pid, "stat")
    return bool(stat) and stat.rpartition(b")")[2].split()[0] not in (b"Z", b"X")


def child_pids(parent: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        fields = _read(int(stat.parent.name), "stat").rpartition(b")")[2].split()
        if len(fields) > 1 and int(fields[1]) == parent and fields[0] != b"Z":
            found.append(int(stat.parent.name))
    return found


def _read(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""
