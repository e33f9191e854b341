"""A gateway as `up` runs it, on a data folder of its own, with an account on a plan without limits."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Server:
    url: str
    token: str
    basic: str  # what Basic sends for an API login
    device: str
    folder: Path
    process: subprocess.Popen[bytes]

    def filled(self, text: str) -> str:
        """Return a request's text with what its placeholders stand for: those of `messaging.dialect.Example`."""
        text = text.replace("$TOKEN", self.token).replace("$BASIC", self.basic)
        return text.replace("$DEVICE", self.device).replace("$TO", "966500000142")

    def shell(self, code: str) -> str:
        """Run Python in a Django shell on the server's database and return what it printed."""
        return _manage(self.folder, "shell", "--verbosity", "0", "-c", code)

    def cpu_seconds(self) -> float:
        """Processor time of the web process and its workers so far."""
        ticks = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                command = (stat.parent / "cmdline").read_bytes()
                serves = b"serve" in command or b"multiprocessing" in command
                if serves and str(self.folder).encode() in (stat.parent / "environ").read_bytes():
                    fields = stat.read_text().rpartition(")")[2].split()
                    ticks += int(fields[11]) + int(fields[12])
            except OSError:
                continue
        return ticks / os.sysconf("SC_CLK_TCK")


def _environment(folder: Path) -> dict[str, str]:
    return os.environ | {"GATEWAY_DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "bench.settings"}


def _manage(folder: Path, *words: str) -> str:
    command = [sys.executable, str(ROOT / "manage.py"), *words]
    return subprocess.run(
        command, env=_environment(folder), cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(*, before_start: str = "") -> Iterator[Server]:
    """Start a gateway, run `before_start` (Python) on its database first, and remove everything at the end."""
    folder = Path(tempfile.mkdtemp(prefix="gatehouse-bench-"))
    made: dict[str, Any] = json.loads(_manage(folder, "bootstrap", "--email", "bench@example.com", "--json"))
    _manage(folder, "shell", "-c", _NO_LIMITS + before_start)
    port = _free_port()
    up = [sys.executable, str(ROOT / "manage.py"), "up", "--port", str(port)]
    process = subprocess.Popen(up, env=_environment(folder), cwd=ROOT, stdout=subprocess.DEVNULL)
    login = f"{made['api_login']['username']}:{made['api_login']['password']}"
    server = Server(
        url=f"http://127.0.0.1:{port}",
        token=made["tokens"]["production"],
        basic=b64encode(login.encode()).decode(),
        device=made["devices"]["sandbox"],
        folder=folder,
        process=process,
    )
    try:
        _wait_for(server)
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
        shutil.rmtree(folder, ignore_errors=True)


_NO_LIMITS = """
from accounts.models import Account, Plan
Account.objects.update(plan=Plan.objects.create(code="bench", name="Bench", requests_per_second=10**9))
"""


def _wait_for(server: Server) -> None:
    for _ in range(300):
        try:
            with urlopen(f"{server.url}/health", timeout=1):
                return
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise RuntimeError("the gateway did not start")
