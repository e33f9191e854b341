"""Media links: this API takes https alone, wherever in a message they stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from messaging.errors import Refusal, Refused

_WITH_MEDIA = frozenset({"image", "video", "audio", "document", "sticker", "interactive", "template"})


def require_https(kind: str, body: object) -> None:
    """Raise Refused for the first media link of the message that is not https."""
    if kind not in _WITH_MEDIA:
        return
    for path, link in _links(body, kind):
        if link[:5].lower() == "http:":
            raise Refused(Refusal.INVALID, f"{path} must be an https address.", field=path)


def _links(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, item in value.items():
            if name == "link" and isinstance(item, str):
                yield f"{path}.link", item
            else:
                yield from _links(item, f"{path}.{name}")
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _links(item, f"{path}.{place}")
