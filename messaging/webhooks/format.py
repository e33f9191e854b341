"""What a format is: how an event looks on the wire, how it is signed, and how often it is tried again.

The default one is `standard.py`. A dialect that has its own brings a module `hooks.py` with the same names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

from messaging.webhooks.events import Event, Trait

if TYPE_CHECKING:
    from messaging.models import WebhookEndpoint

STANDARD = "standard"
GOOD = range(200, 300)


@dataclass(frozen=True, slots=True)
class Call:
    """A body about to be posted, and what it is signed with: a second secret is there while one replaces the other."""

    id: str
    at: datetime
    body: bytes
    secrets: Sequence[str]
    options: Mapping[str, Any] = field(default_factory=dict)  # its endpoint's


@dataclass(frozen=True, slots=True)
class Received:
    """A call as somebody says that it reached them; the names of headers in lower case."""

    headers: Mapping[str, str]
    body: bytes
    secrets: Sequence[str]
    now: datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at in a call: whether it is as it must be, and a sentence."""

    is_good: bool
    text: str


@dataclass(frozen=True, slots=True)
class Format:
    name: str
    label: str
    words: Mapping[str, str]  # the format's names of events, and what people read beside them
    usual: Sequence[str]  # those that an endpoint gets which asks for none in particular
    retry_after: Sequence[timedelta]
    timeout: float  # seconds
    signing: str  # a sentence about how it is signed
    words_of: Callable[[Trait], Sequence[str]]  # none: its endpoints are not told of this
    body: Callable[[Event, WebhookEndpoint], Any]  # what becomes JSON, or bytes that are posted as they are
    headers: Callable[[Call], dict[str, str]]
    inspect: Callable[[Received], list[Finding]]
    new_secret: Callable[[], str]  # "": it needs none
    complaint: Callable[[str], str]  # what is wrong with a secret that somebody chose; ""
    options: Mapping[str, Sequence[str]]  # what an endpoint may choose besides, the usual first
    address: Callable[[str, Call], str]  # where a call is posted, of an endpoint with this address
    good: range  # the statuses that it takes for an answer


def of(module: ModuleType, *, name: str, label: str) -> Format:
    """Return the format that a module describes."""
    return Format(
        name=name,
        label=label,
        words=module.WORDS,
        usual=module.USUAL,
        retry_after=module.RETRY_AFTER,
        timeout=module.TIMEOUT,
        signing=module.SIGNING,
        words_of=module.words_of,
        body=module.body,
        headers=module.headers,
        inspect=module.inspect,
        new_secret=module.new_secret,
        complaint=module.complaint,
        options=getattr(module, "OPTIONS", {}),
        address=getattr(module, "address", _as_it_is),
        good=getattr(module, "GOOD", GOOD),
    )


def _as_it_is(url: str, call: Call) -> str:
    return url


def found() -> dict[str, Format]:
    """Return every format by its name, the default first."""
    from messaging import dialect

    return {STANDARD: _standard()} | {name: found.hooks for name, found in dialect.found().items() if found.hooks}


def find(name: str) -> Format | None:
    """Return the format of that name; None for one whose dialect is gone."""
    from messaging import dialect

    if name == STANDARD:
        return _standard()
    known = dialect.found().get(name)
    return known.hooks if known else None


@cache
def _standard() -> Format:
    from messaging.webhooks import standard

    return of(standard, name=STANDARD, label=standard.LABEL)
