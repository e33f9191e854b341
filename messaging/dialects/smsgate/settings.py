"""Settings as this API writes them: by group and name, in snake case or in camel case."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from messaging.errors import Refusal, Refused
from messaging.phones import SETTINGS, Values

# Secrets of a phone, and where it is registered: whoever has this API may not move it elsewhere.
_FORBIDDEN = frozenset(
    (
        ("encryption", "passphrase"),
        ("webhooks", "signing_key"),
        ("gateway", "cloud_url"),
        ("gateway", "private_token"),
    )
)


def read_settings(body: Mapping[str, Any]) -> Values:
    """Return what is known of the body, in the core's names; what is unknown is left out.

    Raises Refused for a group that is no object, and for what only its owner may set.
    """
    return {
        group: _known(group, values)
        for name, values in body.items()
        if values is not None and ((group := _snake(name)) in SETTINGS or _is_forbidden_in(group))
    }


def _known(group: str, values: Any) -> dict[str, Any]:
    if not isinstance(values, dict):
        raise Refused(Refusal.INVALID, f"{group} must be an object.", field=group)
    named = {_snake(name): value for name, value in values.items()}
    for name, value in named.items():
        if value and (group, name) in _FORBIDDEN:
            raise Refused(Refusal.INVALID, f"{group}.{name} cannot be set by this API.", field=f"{group}.{name}")
    return {name: value for name, value in named.items() if name in SETTINGS.get(group, {})}


def _is_forbidden_in(group: str) -> bool:
    return any(group == forbidden for forbidden, _ in _FORBIDDEN)


def _snake(name: str) -> str:
    return re.sub(r"[A-Z]", lambda letter: f"_{letter[0].lower()}", name)
