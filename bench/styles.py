"""What each API style costs beside our own API: the same text sent, and the same message read, through all of them.

    python -m bench.styles [--seconds 3] [--rounds 5] [--connections 16] [--ceiling 1.25]

Needs wrk. Each round asks every API once, each round in another order, so that what the machine does meanwhile meets
all alike; a ratio is the time of a request to one API over that to our own in the same round, and the median of the
rounds is printed. The worker runs and delivers to the sandbox meanwhile; every answer must be a 2xx.
"""

from __future__ import annotations

import argparse
import json
import sys
from statistics import median
from typing import Any

from bench.send import Load, Result, measure
from bench.server import Server, running

_OWN = "our own API"
# The examples of every style, and of our own API, with the id of a message that was delivered.
_EXAMPLES = """
import json, time
from dataclasses import asdict
from accounts.models import Account
from messaging import dialect, sending
from messaging.dialect import Example
from messaging.drafting import Draft, Sender
from messaging.models import Message

draft = Draft(to=["+966500000142"], kind="text", body={"body": "Your order 1042 has left the warehouse."})
id = sending.accept(Sender.from_person(Account.objects.get()), draft).first_id
while Message.objects.get(pk=id).state != "delivered":
    time.sleep(0.1)

headers = {"Authorization": "Bearer $TOKEN"}
body = {"to": "+$TO", "text": "Hello from our own API"}
send = Example("send", "POST", "api/v1/messages", headers | {"Content-Type": "application/json"}, body)
found = {"OWN": ["", str(id), send, Example("read", "GET", "api/v1/messages/$ID", headers)]}
for style in dialect.found().values():
    found[style.label] = [f"{style.mount}/", style.render_id(id), style.send, style.read_one]
print(json.dumps({
    name: [{**asdict(example), "path": f"/{base}{example.path}".replace("$ID", id)} for example in examples]
    for name, (base, id, *examples) in found.items()
}))
""".replace('"OWN"', repr(_OWN))


def loads(server: Server) -> dict[str, list[Load]]:
    """Return what to ask of each API: a text to send, and a message to read."""
    found: dict[str, list[dict[str, Any]]] = json.loads(server.shell(_EXAMPLES).splitlines()[-1])
    return {name: [_load(name, example) for example in examples] for name, examples in found.items()}


def _load(name: str, example: dict[str, Any]) -> Load:
    body = json.dumps(example["body"]) if example["body"] else ""
    headers = tuple(example["headers"].items())
    return Load(name, example["method"], example["path"], body, key="", headers=headers)


def compare(server: Server, asked: list[Load], *, connections: int, seconds: int, rounds: int) -> float:
    """Measure all of them in turn, print each beside the first, and return the largest ratio."""
    results: dict[Load, list[Result]] = {load: [] for load in asked}
    for turn in range(rounds):
        start = turn % len(asked)
        for load in asked[start:] + asked[:start]:
            results[load].append(measure(server, load, connections=connections, seconds=seconds, seed=turn))
    own = results[asked[0]]
    worst = 0.0
    for load, measured in results.items():
        ratio = median(base.per_second / one.per_second for base, one in zip(own, measured, strict=True))
        cpu = median(one.cpu_us / base.cpu_us for base, one in zip(own, measured, strict=True))
        worst = max(worst, ratio)
        print(
            f"{load.name:16} {load.method:4} {load.path[:44]:44} {median(r.per_second for r in measured):7,.0f}/s"
            f"  p99 {median(r.p99_ms for r in measured):5.1f} ms  CPU {median(r.cpu_us for r in measured):5.0f} µs"
            f"  | {ratio:.2f} of our own's time, {cpu:.2f} of its CPU",
            flush=True,
        )
    return worst


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument(
        "--ceiling", type=float, default=0.0, help="fail if a request takes longer than so many of ours"
    )
    options = parser.parse_args()
    settings = {"connections": options.connections, "seconds": options.seconds, "rounds": options.rounds}
    with running() as server:
        both = list(zip(*loads(server).values(), strict=True))
        for asked in both:
            measure(server, asked[0], connections=options.connections, seconds=2, seed=99)  # warm
        worst = max([compare(server, list(asked), **settings) for asked in both])
    if options.ceiling and worst > options.ceiling:
        sys.exit(f"{worst:.2f} of our own API's time: over {options.ceiling}")


if __name__ == "__main__":
    main()
