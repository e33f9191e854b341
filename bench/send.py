"""How fast messages are accepted, beside two empty views of the same server in the same run: an ordinary one, which
passes the middleware that pages pass, and one on the path that API requests take, which passes none.

    python -m bench.send [--seconds 5] [--rounds 3] [--connections 1,16,64] [--stored 1000000] [--floor 0.3]

Needs wrk. Each request has a fresh, random idempotency key; the worker runs and delivers to the sandbox
meanwhile; every answer must be a 2xx. Read the ratios: absolute numbers belong to the machine and its day.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from statistics import median

from bench.server import Server, running

_SCRIPT = """
math.randomseed(os.time() + {seed})
wrk.method = "{method}"
{headers}
local body = [[{body}]]
local key = "{key}"
request = function()
  if key ~= "" then
    wrk.headers[key] = string.format("%08x-%04x-4%03x-8%03x-%012x", math.random(0, 0xffffffff),
      math.random(0, 0xffff), math.random(0, 0xfff), math.random(0, 0xfff), math.random(0, 0xffffffffffff))
  end
  return wrk.format(nil, "{path}", nil, body)
end
done = function(summary, latency, requests)
  io.write(string.format("RESULT %d %d %d %d %d\\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), summary.errors.status + summary.errors.connect
    + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
"""
_TEXT = '{"to":"966500000142","type":"text","text":{"body":"Your order 1042 has left the warehouse."}}'
_ONE_OF_MANY = '{"to":"966500000142","text":"Your order 1042 has left the warehouse."}'


@dataclass(frozen=True)
class Load:
    name: str
    method: str
    path: str
    body: str
    key: str = "X-Request-ID"  # the header of the fresh idempotency key; "" for none
    messages: int = 1
    headers: tuple[tuple[str, str], ...] = (("Authorization", "Bearer $TOKEN"), ("Content-Type", "application/json"))


EMPTY = Load("empty view without middleware", "GET", "/api/empty", "")
PAGE = Load("empty view", "GET", "/bench/empty", "")
CHECKED = Load("token check alone, without middleware", "GET", "/api/checked", "")
SEND = Load("POST /v1/messages", "POST", "/v1/messages", _TEXT)
BULK = Load(
    "POST /api/v1/messages/bulk, 100 a request",
    "POST",
    "/api/v1/messages/bulk",
    '{"messages":[' + ",".join([_ONE_OF_MANY] * 100) + "]}",
    "Idempotency-Key",
    100,
)


@dataclass(frozen=True)
class Result:
    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    requests: int


def measure(server: Server, load: Load, *, connections: int, seconds: int, seed: int) -> Result:
    """Run wrk once. Raises RuntimeError if any answer was not a 2xx."""
    headers = "\n".join(f'wrk.headers["{name}"] = "{value}"' for name, value in load.headers)
    script = server.filled(
        _SCRIPT.format(seed=seed, method=load.method, headers=headers, body=load.body, key=load.key, path=load.path)
    )
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        before = server.cpu_seconds()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", file.name, server.url]
        printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    cpu = server.cpu_seconds() - before
    found = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+) (\d+)", printed)
    if not found or int(found[5]):
        raise RuntimeError(f"{load.name}: not every answer was a 2xx\n{printed}")
    requests, micros, p50, p99 = (int(found[n]) for n in range(1, 5))
    return Result(requests / micros * 1e6, p50 / 1000, p99 / 1000, cpu / max(requests, 1) * 1e6, requests)


def compare(server: Server, load: Load, *, connections: int, seconds: int, rounds: int) -> float:
    """Interleave the load with both empty views and print medians; return the ratio to the one behind middleware."""
    results: dict[Load, list[Result]] = {EMPTY: [], PAGE: [], load: []}
    for seed in range(rounds):
        for each, measured in results.items():
            measured.append(measure(server, each, connections=connections, seconds=seconds, seed=seed))
    loaded = results[load]
    ratios = {
        base: median(one.per_second / other.per_second for one, other in zip(loaded, results[base], strict=True))
        for base in (EMPTY, PAGE)
    }
    rate = median(r.per_second for r in loaded)
    print(
        f"{load.name:42} {connections:3} connections: {rate * load.messages:8,.0f}/s"
        f"  p50 {median(r.p50_ms for r in loaded):5.1f}  p99 {median(r.p99_ms for r in loaded):5.1f} ms"
        f"  CPU {median(r.cpu_us for r in loaded):5.0f} µs"
        f"  | {ratios[PAGE]:.2f} of an empty view ({median(r.per_second for r in results[PAGE]):,.0f}/s),"
        f" {ratios[EMPTY]:.2f} of one without middleware ({median(r.per_second for r in results[EMPTY]):,.0f}/s)",
        flush=True,
    )
    return ratios[PAGE]


def fill(messages: int) -> str:
    """Return Python that stores so many delivered messages with their keys and timelines."""
    return f"from bench.filling import fill\nfill({messages})\n" if messages else ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", default="1,16,64")
    parser.add_argument("--stored", type=int, default=0, help="messages stored before the run")
    parser.add_argument("--floor", type=float, default=0.0, help="fail below this ratio to an empty view")
    options = parser.parse_args()
    ratio_at_16 = 1.0
    with running(before_start=fill(options.stored)) as server:
        measure(server, SEND, connections=16, seconds=2, seed=99)  # warm
        settings = {"seconds": options.seconds, "rounds": options.rounds}
        for connections in map(int, options.connections.split(",")):
            compare(server, CHECKED, connections=connections, **settings)
            ratio = compare(server, SEND, connections=connections, **settings)
            ratio_at_16 = ratio if connections == 16 else ratio_at_16
        compare(server, BULK, connections=16, **settings)
        print(server.shell(_STATES).strip())
    if ratio_at_16 < options.floor:
        sys.exit(f"{ratio_at_16:.2f} of an empty view at 16 connections: under {options.floor}")


_STATES = """
from collections import Counter
from messaging.models import Recipient
print("stored:", dict(Counter(Recipient.objects.values_list("state", flat=True))))
"""

if __name__ == "__main__":
    main()
