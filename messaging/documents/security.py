"""Where a credential goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Scheme:
    """One way to send a credential, as OpenAPI describes it."""

    name: str
    definition: Mapping[str, Any]


Security = Sequence[Sequence[Scheme]]  # alternatives, each of which may ask for several together

BEARER = Scheme("token", {"type": "http", "scheme": "bearer"})
BASIC = Scheme("login", {"type": "http", "scheme": "basic"})


def key_header(name: str) -> Scheme:
    """Return the scheme of a header of that name, with the token and nothing else in it."""
    return Scheme(name, {"type": "apiKey", "in": "header", "name": name})


def requirements(security: Security) -> list[dict[str, list[str]]]:
    return [{scheme.name: [] for scheme in together} for together in security]


def definitions(security: Security) -> dict[str, Mapping[str, Any]]:
    return {scheme.name: scheme.definition for together in security for scheme in together}
