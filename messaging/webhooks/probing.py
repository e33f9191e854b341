"""Asking an address once, before it is registered: whoever listens there is to say so."""

from __future__ import annotations

from collections.abc import Mapping
from threading import BoundedSemaphore

from django.conf import settings

from messaging import outgoing
from messaging.errors import Refusal, Refused

_MOST_BYTES = 4096
# An address that answers slowly holds the request's thread: at most a quarter of them wait so, for all accounts.
_room = BoundedSemaphore(max(1, settings.GATEWAY_WEB_THREADS // 4))


def probe(url: str, *, timeout: float, headers: Mapping[str, str] | None = None) -> bytes:
    """Return what the address answers to a GET, which must be a 200.

    Raises Refused: WEBHOOK_SILENT, WEBHOOK_URL where it must not be asked, or BUSY while too many others are asked.
    """
    if not _room.acquire(blocking=False):
        raise Refused(Refusal.BUSY, "Too many addresses are being asked now. Try again in a few seconds.")
    try:
        answer = outgoing.request("GET", url, headers=headers, timeout=timeout, most_bytes=_MOST_BYTES)
    except outgoing.Forbidden as no:
        raise Refused(Refusal.WEBHOOK_URL, no.reason, field="url") from None
    except outgoing.Failed as failed:
        raise Refused(Refusal.WEBHOOK_SILENT, failed.reason, field="url") from None
    finally:
        _room.release()
    if answer.status != 200:
        raise Refused(Refusal.WEBHOOK_SILENT, f"It answered {answer.status} instead of 200.", field="url")
    return answer.body
