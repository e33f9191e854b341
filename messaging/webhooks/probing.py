"""Asking an address once, before it is registered: whoever listens there is to say so."""

from __future__ import annotations

from collections.abc import Mapping

from messaging import outgoing
from messaging.errors import Refusal, Refused

_MOST_BYTES = 4096


def probe(url: str, *, timeout: float, headers: Mapping[str, str] | None = None) -> bytes:
    """Return what the address answers to a GET, which must be a 200.

    Raises Refused: WEBHOOK_SILENT, or WEBHOOK_URL where it must not be asked.
    """
    try:
        answer = outgoing.request("GET", url, headers=headers, timeout=timeout, most_bytes=_MOST_BYTES)
    except outgoing.Forbidden as no:
        raise Refused(Refusal.WEBHOOK_URL, no.reason, field="url") from None
    except outgoing.Failed as failed:
        raise Refused(Refusal.WEBHOOK_SILENT, failed.reason, field="url") from None
    if answer.status != 200:
        raise Refused(Refusal.WEBHOOK_SILENT, f"It answered {answer.status} instead of 200.", field="url")
    return answer.body
