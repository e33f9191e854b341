"""Sixteen connections that ask as fast as they can, and remember when each answer was given."""

from __future__ import annotations

import http.client
import json
import math
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from uuid import uuid4

from tests.live.gateways import NUMBER

CONNECTIONS = 16


@dataclass(frozen=True)
class Answered:
    """One answer: when it was asked for and given, by the clock of this machine, and what it said."""

    asked: float
    given: float
    status: int
    body: bytes
    token: str

    @property
    def code(self) -> str:
        error = json.loads(self.body).get("error", {}) if self.status >= 400 else {}
        return str(error.get("code", ""))


Keep = Callable[[Answered], bool]


def hammer(ports: Sequence[int], tokens: Sequence[str], method: str, path: str, keep: Keep) -> list[Answered]:
    """Ask on 16 connections, spread over ports and tokens; each goes on while `keep` says so of its last answer."""

    def ask(number: int) -> list[Answered]:
        connection = http.client.HTTPConnection("127.0.0.1", ports[number % len(ports)], timeout=30)
        token = tokens[number // len(ports) % len(tokens)]
        found: list[Answered] = []
        while not found or keep(found[-1]):
            headers = {"Authorization": f"Bearer {token}", "X-Request-ID": str(uuid4())}
            body = json.dumps({"to": NUMBER, "type": "text", "text": {"body": "Hello"}}) if method == "POST" else None
            begun = time.time()
            connection.request(method, path, body, headers | {"Content-Type": "application/json"})
            answer = connection.getresponse()
            read = answer.read()
            found.append(Answered(begun, time.time(), answer.status, read, token))
        connection.close()
        return found

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        return [answer for found in pool.map(ask, range(CONNECTIONS)) for answer in found]


def require_rate(answers: Sequence[Answered], limit: int) -> None:
    """Of all that was asked, no second let more through than the limit, and none refused what it had room for.

    Which second a request was counted in is known where it was asked and answered within one.
    """
    allowed = [answer for answer in answers if answer.status == 200]
    first, last = min(answer.asked for answer in answers), max(answer.given for answer in answers)
    surely, maybe = Counter[int](), Counter[int]()
    for answer in allowed:
        surely[int(answer.given)] += int(answer.asked) == int(answer.given)
        maybe.update({int(answer.asked), int(answer.given)})
    whole = range(math.ceil(first), math.floor(last))
    assert len(whole) >= 2, "too short to tell"
    asked = Counter(int(answer.given) for answer in answers if int(answer.asked) == int(answer.given))
    for second in whole:
        assert surely[second] <= limit, f"{surely[second]} of {limit} in a second"
        assert maybe[second] >= min(asked[second], limit) * 0.99, f"{maybe[second]} of {limit} in a second"
    assert len(allowed) <= (math.floor(last) - math.floor(first) + 1) * limit
    busy = [second for second in whole if asked[second] > limit]
    assert busy, f"the limit was never reached: {dict(asked)}"
