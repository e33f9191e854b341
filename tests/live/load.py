"""A few senders at once, who remember what was accepted and bear with a gateway that is away."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from tests.live.gateways import Gateway, accepted_id, until

SENDERS = 4


class Load:
    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.accepted: set[int] = set()
        self.refused: list[str] = []
        self._ending = threading.Event()

    def wait_for(self, more: int) -> None:
        """Return when so many more messages have been accepted."""
        target = len(self.accepted) + more
        until(lambda: len(self.accepted) >= target, what=f"{more} more messages accepted")

    def send(self) -> None:
        while not self._ending.is_set():
            with httpx.Client() as client:
                try:
                    while not self._ending.is_set():
                        self._note(self.gateway.send(client))
                except httpx.TransportError:
                    self._ending.wait(0.05)  # nobody there; not accepted

    def _note(self, answer: httpx.Response) -> None:
        if answer.status_code == 200:
            self.accepted.add(accepted_id(answer))
        else:
            self.refused.append(answer.text)

    def end(self) -> None:
        self._ending.set()


@contextmanager
def load(gateway: Gateway) -> Iterator[Load]:
    """Send without a pause until the end."""
    made = Load(gateway)
    threads = [threading.Thread(target=made.send) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    try:
        yield made
    finally:
        made.end()
        for thread in threads:
            thread.join()
