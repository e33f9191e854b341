"""How long one large broadcast takes to be accepted, what memory it takes, and what it does to messages beside it.

    python -m bench.broadcast [--sizes 1000,10000,100000,1000000] [--beside 100000] [--seconds 10] [--rounds 3]

Needs wrk for the second half. The memory is that of the web process: before the request, its peak during it, and
after it. Beside it, single messages are sent from four connections, with and without broadcasts, in turns.
"""

from __future__ import annotations

import argparse
import http.client
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryFile
from typing import IO
from urllib.parse import urlsplit

from bench.send import SEND, measure
from bench.server import Server, running

CONNECTIONS = 4


@contextmanager
def body(recipients: int) -> Iterator[IO[bytes]]:
    """Have a request's body in a file, so that the sender's memory is no part of the measure."""
    with TemporaryFile() as file:
        file.write(b'{"name": "Sale", "template": {"name": "sale", "language": "en"}, ')
        file.write(b'"recipients": {"type": "list", "phones": [')
        file.writelines(b'%s"9055%08d"' % (b"," if number else b"", number) for number in range(recipients))
        file.write(b"]}}")
        yield file


def post(server: Server, file: IO[bytes], recipients: int) -> float:
    """Post the broadcast and return how many seconds passed until its answer."""
    size = file.seek(0, 2)
    file.seek(0)
    headers = {
        "Authorization": f"Bearer {server.token}",
        "Content-Type": "application/json",
        "Content-Length": str(size),
    }
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=300)
    began = time.monotonic()
    connection.request("POST", "/v1/broadcasts", file, headers)
    answer = connection.getresponse()
    said = json.loads(answer.read())
    took = time.monotonic() - began
    connection.close()
    if answer.status != 201 or said["total_recipients"] != recipients:
        raise RuntimeError(f"{answer.status}: {said}")
    return took


@dataclass(frozen=True)
class Memory:
    """Of one process, in MiB."""

    now: float
    peak: float


def web_pid(server: Server) -> int:
    """Return the process that answers requests: the child of the one that was started as `serve`."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
            mine = str(server.folder).encode() in (folder / "environ").read_bytes()
            if mine and b"resource_tracker" not in command and (b"serve" in command or b"multiprocessing" in command):
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    return next(pid for pid, parent in parents.items() if parent in parents)


def memory(pid: int) -> Memory:
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return Memory(int(lines["VmRSS"].split()[0]) / 1024, int(lines["VmHWM"].split()[0]) / 1024)


def forget_peak(pid: int) -> None:
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def accept(server: Server, recipients: int) -> None:
    """Post one broadcast of this size and print what it took."""
    pid = web_pid(server)
    with body(recipients) as file:
        before = memory(pid)
        forget_peak(pid)
        took = post(server, file, recipients)
        after = memory(pid)
    print(
        f"{recipients:9,} recipients: {took:6.2f} s, {recipients / took:7,.0f}/s"
        f"  memory {before.now:.0f} MiB before, {after.peak:.0f} at its peak, {after.now:.0f} after",
        flush=True,
    )


@contextmanager
def broadcasting(server: Server, recipients: int) -> Iterator[list[float]]:
    """Post broadcasts of this size one after another until the end; yields how long each took."""
    times: list[float] = []
    ending = threading.Event()

    def go_on() -> None:
        with body(recipients) as file:
            while not ending.is_set():
                times.append(post(server, file, recipients))

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield times
    finally:
        ending.set()
        thread.join()


def stop_feeding(server: Server) -> None:
    """Take the broadcasts so far off the worker's list, so that accepting alone is measured."""
    server.shell("from messaging.models import Broadcast\nBroadcast.objects.update(status='cancelled', due_at=None)")


def beside(server: Server, recipients: int, *, seconds: int, rounds: int) -> None:
    """Print how single messages fare without broadcasts, while such are accepted, and while one is sent."""
    found: dict[str, list[tuple[float, float]]] = {"alone": [], "while accepting": [], "while sending": []}
    for seed in range(rounds):
        stop_feeding(server)
        found["alone"].append(_single(server, seconds, seed))
        with broadcasting(server, recipients) as times:
            found["while accepting"].append(_single(server, seconds, seed))
        print(f"  broadcasts of {recipients:,} meanwhile: {', '.join(f'{took:.1f} s' for took in times)}", flush=True)
        stop_feeding(server)
        with body(recipients) as file:
            post(server, file, recipients)
        found["while sending"].append(_single(server, seconds, seed))
    for name, results in found.items():
        rate, p99 = (median(result[place] for result in results) for place in (0, 1))
        print(f"single messages {name}: {rate:,.0f}/s, p99 {p99:.0f} ms", flush=True)


def _single(server: Server, seconds: int, seed: int) -> tuple[float, float]:
    result = measure(server, SEND, connections=CONNECTIONS, seconds=seconds, seed=seed)
    return result.per_second, result.p99_ms


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1000,10000,100000,1000000")
    parser.add_argument("--beside", type=int, default=100_000, help="recipients of the broadcasts beside messages")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with running() as server:
        accept(server, 100)  # warm
        for size in filter(None, options.sizes.split(",")):
            stop_feeding(server)
            accept(server, int(size))
        if options.beside:
            beside(server, options.beside, seconds=options.seconds, rounds=options.rounds)


if __name__ == "__main__":
    main()
