"""One call: post it, and say in a sentence what went wrong. Touches no database."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from django.utils import timezone

from messaging import outgoing
from messaging.webhooks.rendering import Post

log = logging.getLogger(__name__)
KEPT_BYTES = 4096
_KEPT_HEADERS, _KEPT_VALUE = 50, 1000
_SECRET_HEADERS = frozenset({"set-cookie", "authorization", "www-authenticate"})
GONE = 410
_MOST_WAIT = timedelta(hours=24)  # that a receiver may ask for


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver answered; `reason` says why it counts as failed, "" if it does not."""

    at: datetime
    milliseconds: int
    reason: str = ""
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    wait: timedelta | None = None  # what it asks for by Retry-After


def call(post: Post) -> Answer:
    """Post and return the answer; never raises."""
    at, begun = timezone.now(), time.monotonic()
    try:
        return _call(post, at)
    except (outgoing.Forbidden, outgoing.Failed) as no:
        reason = no.reason
    except Exception as error:
        log.exception("a webhook could not be posted")
        reason = f"The gateway failed: {type(error).__name__}."
    return Answer(at, round((time.monotonic() - begun) * 1000), reason)


def _call(post: Post, at: datetime) -> Answer:
    answer = outgoing.request(
        "POST", post.url, headers=post.headers, content=post.body, timeout=post.timeout, most_bytes=KEPT_BYTES
    )
    return Answer(
        at=at,
        milliseconds=round(answer.seconds * 1000),
        reason=complaint(answer.status, post.good),
        status=answer.status,
        headers={name: post.hide(value) for name, value in _kept(answer.headers).items()},
        text=post.hide(answer.body.decode("utf-8", "replace").replace("\0", "�")),
        wait=_wait(answer.headers.get("retry-after", ""), at),
    )


def complaint(status: int, good: range) -> str:
    """Say why an answer with this status counts as failed; "" if it does not."""
    if status in good:
        return ""
    if 200 <= status < 300:
        return f"It answered {status}, and in this form only {good.start} says that it took the call."
    if 300 <= status < 400:
        return f"It answered {status}: it redirects, which is not followed. Enter the address it redirects to."
    return f"It answered {status}."


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    some = list(headers.items())[:_KEPT_HEADERS]
    return {n[:100]: "••••" if n in _SECRET_HEADERS else v[:_KEPT_VALUE].replace("\0", "�") for n, v in some}


def _wait(text: str, now: datetime) -> timedelta | None:
    """Read Retry-After: seconds, or a date (RFC 9110)."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=min(int(text[:9]), 10**9)), _MOST_WAIT)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):  # as a year of twenty digits
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max(until - now, timedelta()), _MOST_WAIT)


def unmade(reason: str) -> Answer:
    """Return what stands for the answer where there was no call."""
    return Answer(timezone.now(), 0, reason)
