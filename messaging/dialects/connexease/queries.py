"""What stands behind the question mark, and the optional `Idempotency-Key`."""

from __future__ import annotations

from django.http import HttpRequest, QueryDict

from messaging.errors import Refusal, Refused
from messaging.idempotency import Key

USUAL, MOST = 50, 100
MOST_KEY = 255
FLAGS = {word: is_yes for is_yes, yes in ((True, "true"), (False, "false")) for word in (yes, yes.title(), yes.upper())}


def flag(query: QueryDict, name: str) -> bool:
    """Return a yes or no, no without the parameter; raises Refused."""
    said = query.get(name, "false")
    if said not in FLAGS:
        raise Refused(Refusal.INVALID, f"{name} must be true or false.", field=name)
    return FLAGS[said]


def page_size(query: QueryDict) -> int:
    """Return how many messages a list shall have; raises Refused."""
    text = query.get("limit", str(USUAL))
    if not (text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= MOST):
        raise Refused(Refusal.INVALID, f"limit must be a number from 1 to {MOST}.", field="limit")
    return int(text)


def idempotency_key(request: HttpRequest, body: bytes) -> Key | None:
    """Return the key that makes a repeat, None without the header; raises Refused."""
    value: str | None = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if value is None:
        return None
    if not 1 <= len(value) <= MOST_KEY or not value.isprintable() or not value.isascii():
        why = f"A key has 1 to {MOST_KEY} printable characters."
        raise Refused(Refusal.INVALID, why, field="Idempotency-Key", params={"limit": MOST_KEY})
    return Key(space="POST /v1/wa/message", value=value, body=body)
