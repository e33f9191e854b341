"""How soon an event arrives at its receiver, how many do in a second, and what a dead receiver changes: for others,
for the worker's memory, and for the database.

    python -m bench.webhooks [--messages 400] [--events 10000] [--waiting 100000]

Wants a quiet machine. The sandbox has no delays, so each message is two events. The time of an event is when it was
written down, which its id says; the time of its arrival is the receiver's, on the same clock. The dead receiver takes
connections and never answers.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

from bench.idle import call, worker_pid
from bench.server import ROOT, Server, running
from messaging.ids import from_base62, time_of

_BETWEEN = 0.05  # seconds from one message to the next
_EVENTS_EACH = 2
_PATIENCE = 120.0


@dataclass(frozen=True)
class Receiver:
    url: str
    record: Path

    def arrivals(self) -> dict[str, float]:
        """When each event first arrived, by its id."""
        found: dict[str, float] = {}
        for line in self.record.read_text().splitlines() if self.record.exists() else ():
            id, at, _ = line.split()
            found.setdefault(id, float(at))
        return found

    def wait_for(self, count: int) -> None:
        until = time.monotonic() + _PATIENCE
        while len(self.arrivals()) < count:
            if time.monotonic() > until:
                raise RuntimeError(f"{len(self.arrivals())} of {count} events arrived")
            time.sleep(0.05)


@contextmanager
def receiving(folder: Path) -> Iterator[Receiver]:
    """Run a receiver that always says yes, in a process of its own."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    record = folder / "received"
    words = [str(port), str(record), "1", "0"]
    process = subprocess.Popen([sys.executable, "-m", "tests.live.webhook_receiver", *words], cwd=ROOT)
    try:
        yield Receiver(f"http://127.0.0.1:{port}/hook", record)
    finally:
        process.kill()
        process.wait()


def register(server: Server, url: str) -> int:
    asked = {"url": url, "events": ["message.sent", "message.delivered"], "concurrency": 8}
    return int(str(call(server, "webhooks", asked)["id"]))


def send_each(server: Server, receiver: Receiver, messages: int) -> list[float]:
    """Send messages one after the other; return how many milliseconds each of their events took, in order."""
    before = set(receiver.arrivals())
    for _ in range(messages):
        call(server, "messages", {"to": "966500000142", "text": "Your order 1042 has left the warehouse."})
        time.sleep(_BETWEEN)
    receiver.wait_for(len(before) + messages * _EVENTS_EACH)
    arrivals = {id: at for id, at in receiver.arrivals().items() if id not in before}
    return sorted((at - _written(id)) * 1000 for id, at in arrivals.items())


def _written(id: str) -> float:
    return time_of(from_base62(id.removeprefix("evt_")) or 0).timestamp()


def send_all(server: Server, receiver: Receiver, events: int) -> float:
    """Send messages as fast as they are taken; return the events that arrived in a second, counted over all."""
    before, began = len(receiver.arrivals()), time.monotonic()
    for begin in range(0, events // _EVENTS_EACH, 100):
        texts = [{"to": f"+96650{begin + n:07}", "text": "Your order has left."} for n in range(100)]
        call(server, "messages/bulk", {"messages": texts})
    receiver.wait_for(before + events)
    return events / (time.monotonic() - began)


def memory(server: Server) -> float:
    """Return the worker's memory in MB."""
    lines = Path(f"/proc/{worker_pid(server)}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:"))


_LOOK = """
from statistics import median
from time import perf_counter
from messaging.webhooks import lanes
took = []
for _ in range(200):
    begun = perf_counter()
    lanes.due("bench")
    took.append(perf_counter() - begun)
print(median(took) * 1000)
"""


def look(server: Server) -> float:
    """Return how many milliseconds the database takes to say where something is due."""
    return float(server.shell(_LOOK))


def say(server: Server, what: str, took: list[float]) -> None:
    cuts = quantiles(took, n=100)
    print(
        f"{what:44} p50 {cuts[49]:6.1f}  p99 {cuts[98]:6.1f} ms  ({len(took)} events)"
        f"  | worker {memory(server):.0f} MB, a look for what is due {look(server):.2f} ms",
        flush=True,
    )


_WAITING = """
from datetime import timedelta
from django.utils import timezone
from messaging import ids, rows
from messaging.models import WebhookDelivery, WebhookEndpoint, WebhookEvent
from messaging.webhooks.raising import DELIVERY, EVENT
endpoint = WebhookEndpoint.objects.get(pk={endpoint})
due = timezone.now() - timedelta(hours=1)
for _ in range({count} // 1000):
    event, delivery = ids.new_ids(1000), ids.new_ids(1000)
    numbers = range(1000)
    data = {{"status": "connected"}}
    rows.insert(WebhookEvent, EVENT, [[event + n, endpoint.account_id, "device.status", None, None, None, data] for n in numbers])
    rows.insert(WebhookDelivery, DELIVERY, [[delivery + n, event + n, endpoint.pk, "", None, "waiting", due] for n in numbers])
"""  # noqa: E501


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=400)
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--waiting", type=int, default=100_000)
    parser.add_argument("--most", type=float, default=0.0, help="fail above this p99, in milliseconds")
    options = parser.parse_args()
    os.environ |= {"GATEWAY_SANDBOX_PACE": "0", "GATEWAY_WEBHOOK_ALLOW": "127.0.0.1"}
    with tempfile.TemporaryDirectory() as folder, running() as server, receiving(Path(folder)) as receiver:
        register(server, receiver.url)
        send_each(server, receiver, 20)  # warm
        say(server, "alone", send_each(server, receiver, options.messages))
        with socket.create_server(("127.0.0.1", 0), backlog=256) as dead:
            endpoint = register(server, f"http://127.0.0.1:{dead.getsockname()[1]}/")
            server.shell(_WAITING.format(endpoint=endpoint, count=options.waiting))
            beside = send_each(server, receiver, options.messages)
            say(server, f"beside a dead one where {options.waiting:,} wait", beside)
            rate = send_all(server, receiver, options.events)
            print(f"{options.events:,} events at once: {rate:,.0f}/s, none lost  | worker {memory(server):.0f} MB")
    if options.most and quantiles(beside, n=100)[98] > options.most:
        sys.exit(f"beside a dead receiver p99 is over {options.most:g} ms")


if __name__ == "__main__":
    main()
