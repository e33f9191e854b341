"""What the tests of WhatsGate call a request and its answer."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    headers: Mapping[str, str]

    @staticmethod
    def encode(body: Any) -> bytes:
        return b"" if body is None else json.dumps(body).encode()


Ask = Callable[..., Answer]
