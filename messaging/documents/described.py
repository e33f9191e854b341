"""What a dialect's `schema.py` says, and the sample values that stand in its examples."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from messaging.dialect import Dialect
from messaging.documents.operations import Operation
from messaging.documents.security import Security
from messaging.paths import is_alias, template_of

_SAMPLE = re.compile(r"\$(TO|DEVICE|ID)\b")


@dataclass(frozen=True, slots=True)
class Description:
    operations: Mapping[str, Operation] = field(default_factory=dict)
    security: Security = ()
    error: Any = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    absent: Mapping[str, str] = field(default_factory=dict)
    base: str = ""
    also: Mapping[str, str] = field(default_factory=dict)

    def everywhere(self) -> Security:
        """Return every way to send a credential that some operation takes."""
        own = [way for operation in self.operations.values() for way in operation.security or ()]
        return [*self.security, *own]


def description_of(style: Dialect) -> Description:
    """Return what the dialect says of itself; without a `schema.py`, nothing."""
    name = f"{style.package}.schema"
    if find_spec(name) is None:
        return Description()
    said = vars(import_module(name))
    return Description(
        operations=said["OPERATIONS"],
        **{
            key: said[key.upper()]
            for key in ("security", "error", "headers", "absent", "base", "also")
            if key.upper() in said
        },
    )


def mounted(style: Dialect) -> Iterator[tuple[str, str, Any]]:
    """Yield the method, canonical path and view function of everything that the dialect answers to."""
    for route in style.routes:
        if not is_alias(route):
            view: Any = route.callback
            for method in view.cls(**view.initkwargs).allowed_methods:
                if method != "HEAD":
                    yield method, template_of(route), view


def samples(style: Dialect, *, to: str = "15550100100", device: str = "123456789", id: int = 2**60) -> dict[str, str]:
    """Return what the placeholders of examples stand for."""
    return {"TO": to, "DEVICE": device, "ID": style.render_id(id)}


def filled(value: Any, by: Mapping[str, str]) -> Any:
    """Return the JSON value with its placeholders filled."""
    if isinstance(value, str):
        return _SAMPLE.sub(lambda found: by[found[1]], value)
    if isinstance(value, Mapping):
        return {key: filled(item, by) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [filled(item, by) for item in value]
    return value
