"""What is wrong with a call that a receiver refuses: its headers, its time, its secret or its body."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec
from django.utils import timezone

from accounts.models import Account
from messaging import ids, json_text
from messaging.models import WebhookDelivery, WebhookEndpoint
from messaging.webhooks import keyring
from messaging.webhooks.format import Finding, Format, Received
from messaging.webhooks.rendering import MASK

MOST_BODY = 64 * 1024
_ID = re.compile(r"evt_([0-9A-Za-z]{11})(?![0-9A-Za-z])")


@dataclass(frozen=True, slots=True)
class Verdict:
    is_good: bool
    findings: Sequence[Finding]


def parse_headers(text: str) -> dict[str, str]:
    """Read headers as people paste them: a line each, `Name: value`."""
    pairs = (line.partition(":") for line in text.splitlines())
    return {name.strip().lower(): value.strip() for name, colon, value in pairs if colon}


def check(
    known: Format,
    *,
    headers: Mapping[str, str],
    body: bytes,
    secrets: Sequence[str],
    account: Account,
    now: datetime | None = None,
) -> Verdict:
    """Look at a call as its receiver should, and beyond that at what we know of it."""
    lower = {name.lower(): value for name, value in headers.items()}
    received = Received(headers=lower, body=body, secrets=secrets, now=now or timezone.now())
    findings = known.inspect(received)
    is_good = all(finding.is_good for finding in findings)
    if not is_good:
        findings = [*findings, *_reasons(known, received, account)]
    return Verdict(is_good, findings)


def _reasons(known: Format, received: Received, account: Account) -> list[Finding]:
    """Return what explains it: a secret that our log masks, a changed body, a line end more, another of our secrets."""
    found = [
        Finding(False, f"Our log masks {name}: enter what your receiver got in place of {MASK}.")
        for name, value in received.headers.items()
        if MASK in value
    ]
    if delivery := _ours(received, account):
        found.append(_compared(delivery, received.body))
    stripped = received.body.replace(b"\r\n", b"\n").strip()
    if stripped != received.body and _passes(known, replace(received, body=stripped)):
        found.append(Finding(False, "Without the white space around it the body is right: take it as it arrives."))
    if not received.secrets:
        return found
    if other := _other_secret(known, received, account):
        found.append(Finding(False, other))
    return found


def _passes(known: Format, received: Received) -> bool:
    return all(finding.is_good for finding in known.inspect(received))


def _ours(received: Received, account: Account) -> WebhookDelivery | None:
    """Return a delivery of the account whose event's id the call carries."""
    texts = [*received.headers.values(), received.body.decode("utf-8", "replace")]
    named = (_ID.search(text) for text in texts)
    numbers = [ids.from_base62(match[1]) for match in named if match]
    mine = WebhookDelivery.objects.filter(event__in=[number for number in numbers if number], event__account=account)
    return mine.exclude(body="").first()


def _compared(delivery: WebhookDelivery, body: bytes) -> Finding:
    sent = delivery.body.encode()
    if sent == body:
        return Finding(True, "The body is, byte for byte, what we sent for this event.")
    if _as_json(sent) == _as_json(body):
        return Finding(False, "The body says the same as what we sent, written anew: use its bytes before parsing it.")
    detail = f"The body is not what we sent for this event: {len(body)} bytes instead of {len(sent)}."
    return Finding(False, detail)


def _as_json(body: bytes) -> object:
    try:
        return json_text.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return body


def _other_secret(known: Format, received: Received, account: Account) -> str:
    """Say whose secret it was signed with, if it was another of the account's; "" if not."""
    others = WebhookEndpoint.objects.for_account(account).filter(format=known.name)
    for endpoint in others.select_related("account"):
        for place, secret in enumerate(keyring.readable(endpoint) or ()):
            if secret.value not in received.secrets and _passes(known, replace(received, secrets=[secret.value])):
                return f"It was signed with {'an old' if place else 'the'} secret of “{endpoint}”."
    return ""
