"""What an idle worker costs, and how soon it notices a message.

    python -m bench.idle [--seconds 10] [--messages 200]

Wants a quiet machine. The sandbox has no delays, so a message is “sent” as soon as the worker has looked at it:
the time from the accepted answer to that entry in the timeline is how late it noticed.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from datetime import datetime
from pathlib import Path
from statistics import quantiles
from urllib.request import Request, urlopen

from bench.server import Server, running

_TEXT = {"to": "966500000142", "text": "Your order 1042 has left the warehouse."}


def worker_pid(server: Server) -> int:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if b"worker" in words and str(server.folder).encode() in (folder / "environ").read_bytes():
                return int(folder.name)
        except OSError:
            continue
    raise RuntimeError("there is no worker")


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def idle_share(server: Server, seconds: float) -> float:
    """Return the part of one core that the worker takes while there is nothing to do."""
    pid = worker_pid(server)
    before, began = cpu_seconds(pid), time.monotonic()
    time.sleep(seconds)
    return (cpu_seconds(pid) - before) / (time.monotonic() - began)


def call(server: Server, path: str, body: object = None) -> dict[str, object]:
    headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/json"}
    data = json.dumps(body).encode() if body else None
    with urlopen(Request(f"{server.url}/api/v1/{path}", data, headers), timeout=30) as answer:
        found: dict[str, object] = json.load(answer)
    return found


def milliseconds_until_sent(server: Server) -> float:
    """Send one message to a worker at rest and return how long after its answer it was sent; before it is 0."""
    id = call(server, "messages", _TEXT)["id"]
    answered = time.time()
    while True:
        time.sleep(0.1)
        items = call(server, f"messages/{id}/timeline")["items"]
        assert isinstance(items, list)
        for step in items:
            if step["event"] == "sent":
                return max(0.0, (datetime.fromisoformat(step["at"]).timestamp() - answered) * 1000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--messages", type=int, default=200)
    options = parser.parse_args()
    os.environ["GATEWAY_SANDBOX_PACE"] = "0"
    with running() as server:
        milliseconds_until_sent(server)  # warm
        time.sleep(2)
        share = idle_share(server, options.seconds)
        print(f"idle worker: {share:.2%} of a core over {options.seconds:g} s", flush=True)
        late = quantiles((milliseconds_until_sent(server) for _ in range(options.messages)), n=100)
        print(f"accepted to sent: p50 {late[49]:.1f} ms, p99 {late[98]:.1f} ms, {options.messages} messages")


if __name__ == "__main__":
    main()
