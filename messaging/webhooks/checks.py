"""What an endpoint may be: its address, its events, its headers, its times."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from accounts.models import Account
from messaging import outgoing, sealing
from messaging.errors import Refusal, Refused
from messaging.models import WebhookEndpoint
from messaging.models.webhooks import LONGEST_URL
from messaging.webhooks import format
from messaging.webhooks.format import Format

MOST_ENDPOINTS = 100  # of one account
MOST_HEADERS, LONGEST_HEADER = 20, 1024
MOST_TRIES, LONGEST_DELAY = 20, 86_400
MOST_CONCURRENCY, MOST_RATE = 32, 1000
LONGEST_NAME = 150
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")
# What the connection or the signature says.
_TAKEN = re.compile(
    r"(host|connection|content-.*|transfer-encoding|accept-encoding|expect|te|trailer|upgrade|webhook-.*|x-signature.*)",
    re.IGNORECASE,
)


def url(value: str) -> str:
    """Return an address that may be posted to, as far as can be seen from it; raises Refused(WEBHOOK_URL)."""
    value = value.strip()
    if len(value) > LONGEST_URL:
        raise Refused(Refusal.WEBHOOK_URL, f"The address must have at most {LONGEST_URL} characters.", field="url")
    try:
        outgoing.check_url(value)
    except outgoing.Forbidden as no:
        raise Refused(Refusal.WEBHOOK_URL, no.reason, field="url") from None
    return value


def known(name: str) -> Format:
    """Return the format of that name; raises Refused."""
    found = format.find(name)
    if found is None:
        raise Refused(Refusal.INVALID, f"A format is one of {', '.join(format.found())}.", field="format")
    return found


def events(value: Sequence[str], of: Format) -> list[str]:
    """Return the words, each once, in the format's order; raises Refused for one that it does not have."""
    for word in value:
        if word not in of.words:
            raise Refused(Refusal.INVALID, f"An event is one of {', '.join(of.words)}.", field="events")
    return [word for word in of.words if word in value]


def headers(value: Mapping[str, str]) -> str:
    """Return the headers as they are stored; raises Refused."""
    if len(value) > MOST_HEADERS:
        raise Refused(Refusal.INVALID, f"At most {MOST_HEADERS} headers.", field="headers")
    for name, text in value.items():
        if not _HEADER_NAME.fullmatch(name) or _TAKEN.fullmatch(name):
            raise Refused(Refusal.INVALID, f"“{name[:64]}” cannot be a header of yours.", field="headers")
        if len(text) > LONGEST_HEADER or not text.isascii() or not text.isprintable():
            detail = f"A header's value has at most {LONGEST_HEADER} printable ASCII characters."
            raise Refused(Refusal.INVALID, detail, field="headers")
    lower = {name.lower(): text.strip() for name, text in value.items()}
    return sealing.seal(msgspec.json.encode(lower).decode()) if lower else ""


def delays(value: Sequence[int] | None) -> list[int] | None:
    """Return the seconds before each further try; raises Refused."""
    if value is None:
        return None
    if len(value) > MOST_TRIES or any(not 0 <= seconds <= LONGEST_DELAY for seconds in value):
        detail = f"At most {MOST_TRIES} times, each of 0 to {LONGEST_DELAY} seconds."
        raise Refused(Refusal.INVALID, detail, field="retry_schedule")
    return list(value)


def secret(value: str, of: Format) -> str:
    """Return a secret that somebody chose; raises Refused."""
    if value and (complaint := of.complaint(value)):
        raise Refused(Refusal.INVALID, f"The secret {complaint}.", field="secret")
    if not value and of.new_secret() and of.complaint(value):
        raise Refused(Refusal.REQUIRED, "This format needs a secret.", field="secret")
    return value


def within(field: str, value: int | None, *, most: int) -> int | None:
    if value is not None and not 1 <= value <= most:
        raise Refused(Refusal.INVALID, f"This is a number from 1 to {most}.", field=field)
    return value


def name(value: str) -> str:
    if len(value) > LONGEST_NAME:
        detail = f"A name has at most {LONGEST_NAME} characters."
        raise Refused(Refusal.TOO_LONG, detail, field="name", params={"limit": LONGEST_NAME})
    return value.strip()


def key_of(name: str) -> str:
    """Return the id of an endpoint that messages name, which is unique as names are; raises Refused for no name."""
    if not name:
        raise Refused(Refusal.REQUIRED, "An endpoint that messages name needs a name.", field="name")
    return hashlib.sha256(name.encode()).hexdigest()[:32]


def options(value: Mapping[str, str], of: Format) -> dict[str, str]:
    """Return what was chosen of what the format leaves open; raises Refused."""
    for name, word in value.items():
        if word not in of.options.get(name, ()):
            known = "; ".join(f"{name}: {', '.join(words)}" for name, words in of.options.items()) or "none"
            raise Refused(Refusal.INVALID, f"The options of this format are {known}.", field="options")
    return dict(value)


def sent_by(value: str) -> str:
    """Return the API style whose messages an endpoint is told of; raises Refused."""
    from messaging import dialect

    if value and value not in dialect.names() and value != "dashboard":
        raise Refused(Refusal.INVALID, f"This is one of {', '.join(dialect.names())}.", field="dialect")
    return value


def room(account: Account) -> None:
    """Raise Refused where the account has as many endpoints as it may."""
    if WebhookEndpoint.objects.for_account(account).count() >= MOST_ENDPOINTS:
        raise Refused(Refusal.INVALID, f"An account has at most {MOST_ENDPOINTS} webhooks.")


def configuration(asked: Mapping[str, Any], of: Format) -> dict[str, Any]:
    """Return the fields of an endpoint from what was asked for, checked; raises Refused."""
    read: dict[str, Any] = {
        "url": url,
        "name": name,
        "events": lambda value: events(value, of),
        "options": lambda value: options(value, of),
        "headers": headers,
        "retry_schedule": delays,
        "concurrency": lambda value: within("concurrency", value, most=MOST_CONCURRENCY),
        "rate": lambda value: within("rate", value, most=MOST_RATE),
        "dialect": sent_by,
    }
    stored = {"headers": "sealed_headers", "retry_schedule": "retry_after"}
    return {stored.get(n, n): read[n](value) if n in read else value for n, value in asked.items()}
