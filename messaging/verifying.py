"""Sending one-time codes and checking what people type: the core of every OTP call.

How often a number may be written to and how often a wrong code may be typed is the same for every edge; the figures
are StartMessaging's.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Max, QuerySet, Sum
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.models import Account
from messaging import idempotency, ids, numbers, routing, sending
from messaging.drafting import Draft, Sender
from messaging.errors import Refusal, Refused
from messaging.idempotency import Key
from messaging.models import Message, Verification
from messaging.models.verifications import MOST_TRIES, VerificationQuerySet
from tokens.authentication import Caller
from tokens.errors import Denial, Denied

MOST_FAILURES, FAILURES_WITHIN = 10, timedelta(hours=1)
KEPT = timedelta(days=30)
BLANK = "•"
_NEAR = timedelta(minutes=1)  # between a verification and its message


@dataclass(frozen=True, slots=True)
class Pace:
    """How many codes one number gets in a time."""

    most: int
    within: timedelta


@dataclass(frozen=True, slots=True)
class Code:
    """A code to send: to whom, by the first of these channels that a device serves, in which words.

    `words` has the code where it says `{code}`. `own` is a code that the caller made itself.
    """

    to: str
    channels: Sequence[str]
    words: str
    lifetime: timedelta
    pace: Pace
    length: int = 6
    tries: int = MOST_TRIES
    own: str = ""
    workspace_id: int | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


class Outcome(StrEnum):
    VERIFIED = "verified"
    WRONG = "wrong"
    OVER = "over"


def send(sender: Sender, code: Code, *, key: Key | None = None) -> Verification:
    """Send a code and return its verification; a code sent before to the same number ends.

    A repeat by the same key gets the verification of its first request. Raises Refused (RECIPIENT, with "country"
    as `params["why"]` for a region that is not served; DEVICE_NOT_CONNECTED where no device serves the channels; and as
    `sending.accept` does) and Denied (RATE_LIMITED with seconds, and as `sending.accept` does).
    """
    with idempotency.in_turn(key.row(sender.account) if key else None):
        return _earlier(sender.account, key) or _send(sender, code, key)


def _send(sender: Sender, code: Code, key: Key | None) -> Verification:
    account = sender.account
    address = numbers.msisdn(code.to, region=account.default_region, strict=account.strict_numbers)
    _check_country(address)
    channel = _channel(sender, code.channels)
    secret = code.own or "".join(secrets.choice("0123456789") for _ in range(code.length))
    row = _make(sender, address, channel, secret, code)
    try:
        draft = Draft(
            to=[address],
            kind="text",
            body={"body": code.words.replace("{code}", secret)},
            channel=channel,
            expires_at=row.expires_at,
            workspace_id=code.workspace_id,
            context={"verification": str(row.pk)},
        )
        accepted = sending.accept(sender, draft, key=key)
    except BaseException:
        row.delete()
        raise
    if accepted.is_repeat:  # its first request came between
        row.delete()
        if first := _told_by(account, accepted.first_id):
            return first
        raise Refused(Refusal.KEY_REUSED, "The first request with this key was broken off: use another one.")
    row.message_ref = accepted.first_id
    row.save(update_fields=["message_ref"])
    _others(row).filter(replaced_at=None, pk__lt=row.pk).update(replaced_at=timezone.now())
    return row


def _earlier(account: Account, key: Key | None) -> Verification | None:
    row = key.row(account) if key else None
    made = idempotency.earlier(row)
    if made is None:
        return None
    if made.is_other_body:
        raise Refused(Refusal.KEY_REUSED, "This idempotency key was used with another request.")
    return _told_by(account, made.first_id)


def _told_by(account: Account, message_id: int) -> Verification | None:
    """Return the verification whose code a message carries.

    The message says which one it is from the moment it is stored; the verification itself learns of its message
    a little later, or, if the process ended in between, never.
    """
    message = Message.objects.for_account(account).filter(pk=message_id).first()
    named = message.context.get("verification") if message else None
    found = Verification.objects.for_account(account).filter(pk=named).first() if named else None
    if found and found.message_ref is None:
        found.message_ref = message_id
        found.save(update_fields=["message_ref"])
    return found


def _check_country(address: str) -> None:
    served = settings.GATEWAY_OTP_REGIONS
    if served and numbers.region_of(address) not in served:
        detail = f"Codes are sent to numbers of {', '.join(served)}."
        raise Refused(Refusal.RECIPIENT, detail, field="phone", params={"why": "country"})


def _channel(sender: Sender, wanted: Sequence[str]) -> str:
    """Return the first channel that one of the account's devices serves; without a device, all go to the sandbox."""
    real = [device for device in routing.devices(sender.account) if device.transport != routing.SANDBOX]
    if sender.is_sandbox or not real:
        return wanted[0]
    for channel in wanted:
        if any(routing.serves(device, channel) for device in real):
            return channel
    raise Refused(Refusal.DEVICE_NOT_CONNECTED, f"No device sends by {' or '.join(wanted)}.", field="channel")


def _make(sender: Sender, address: str, channel: str, secret: str, code: Code) -> Verification:
    """Store the verification unless the number had too many codes, or too many wrong ones were typed for it."""
    id = ids.new_ids()
    row = Verification(
        id=id,
        account=sender.account,
        address=address,
        channel=channel,
        is_sandbox=sender.is_sandbox,
        digest=_digest(id, secret),
        metadata=dict(code.metadata),
        most_failures=code.tries,
        expires_at=timezone.now() + code.lifetime,
    )
    with transaction.atomic():
        _lock(sender.account)
        latest = _others(row).sent_within(code.pace.within).order_by("created_at")
        times = list(latest.values_list("created_at", flat=True))
        if len(times) >= code.pace.most:
            raise _too_often(times[-code.pace.most] + code.pace.within, "Too many codes for this number.")
        _refuse_locked(row)
        row.save(force_insert=True)
    return row


def _others(row: Verification) -> VerificationQuerySet:
    """Return the number's verifications, this one among them."""
    mine = Verification.objects.for_account(row.account).in_sandbox(row.is_sandbox)
    return mine.filter(address=row.address)


def _lock(account: Account) -> None:
    """Let one request at a time look and write; SQLite's transactions do so by themselves."""
    if connection.features.has_select_for_update:
        Account.objects.select_for_update(no_key=True).get(pk=account.pk)


def _refuse_locked(row: Verification) -> None:
    """Raise Denied while too many wrong codes were typed for the number within the hour."""
    recent = (
        _others(row)
        .filter(failed_at__gt=timezone.now() - FAILURES_WITHIN)
        .aggregate(n=Sum("failures"), at=Max("failed_at"))
    )
    if (recent["n"] or 0) >= MOST_FAILURES:
        raise _too_often(recent["at"] + FAILURES_WITHIN, "Too many wrong codes for this number.")


def _too_often(until: datetime, why: str) -> Denied:
    seconds = max(1, ceil((until - timezone.now()).total_seconds()))
    return Denied(Denial.RATE_LIMITED, why, retry_after=seconds)


def _digest(id: int, secret: str) -> str:
    """A code is short: without the gateway's key its digest would tell it."""
    return salted_hmac("messaging.verifying", f"{id}:{secret}", algorithm="sha256").hexdigest()


def find(caller: Caller, id: int) -> Verification:
    """Return a verification that the caller may check; raises Refused(NOT_FOUND).

    What a sandbox token sent is proof of nothing: whoever has one can read the code.
    """
    mine = Verification.objects.for_account(caller.account).in_sandbox(caller.is_sandbox)
    found = mine.filter(pk=id).first()
    if found is None:
        raise Refused(Refusal.NOT_FOUND, "There is no such verification.")
    return found


def check(verification: Verification, typed: str) -> Outcome:
    """Say whether this is the code; each wrong one counts, also of requests at the same moment.

    Raises Refused(NOT_PENDING) with "tries" or "verified" as `params["why"]` where there is nothing left to check,
    Denied(RATE_LIMITED) while the number is locked.
    """
    _refuse_locked(verification)
    if verification.verified_at:
        raise Refused(Refusal.NOT_PENDING, "This code was used already.", params={"why": "verified"})
    if not verification.tries_left:
        raise Refused(Refusal.NOT_PENDING, "Too many wrong codes were typed.", params={"why": "tries"})
    if verification.is_over:
        return Outcome.OVER
    now = timezone.now()
    waiting = Verification.objects.filter(pk=verification.pk, verified_at=None, failures__lt=F("most_failures"))
    is_right = constant_time_compare(_digest(verification.pk, typed), verification.digest)
    if is_right:
        changed = waiting.filter(replaced_at=None).update(verified_at=now)
    else:
        changed = waiting.update(failures=F("failures") + 1, failed_at=now)
    verification.refresh_from_db()
    if not changed:  # another request was quicker
        return check(verification, typed)
    return Outcome.VERIFIED if is_right else Outcome.WRONG


def blank_due(limit: int = 500) -> int:
    """Take codes whose time is over out of the stored messages, and forget old verifications; returns how many."""
    now = timezone.now()
    over = Verification.objects.filter(expires_at__lte=now, blanked_at=None).order_by("expires_at")[:limit]
    done = 0
    for row in over:
        with transaction.atomic():
            for message in _messages_of(row):
                _blank(row, message)
            Verification.objects.filter(pk=row.pk).update(blanked_at=now)
        done += 1
    old = Verification.objects.filter(created_at__lt=now - KEPT, blanked_at__isnull=False)
    return done + old.filter(pk__in=list(old.values_list("pk", flat=True)[:limit])).delete()[0]


def _messages_of(row: Verification) -> QuerySet[Message]:
    """Return the message that carries the code, also where the process ended before the verification learned of it."""
    mine = Message.objects.for_account(row.account)
    if row.message_ref:
        return mine.filter(pk=row.message_ref)
    then = row.created_at
    near = mine.made_between(then - _NEAR, then + _NEAR)
    return near.filter(context__verification=str(row.pk))


def _blank(row: Verification, message: Message) -> None:
    """Replace the one run of digits in the text that is the code."""
    words = message.content.get("body", "").split(" ")
    told = [BLANK * len(word) if _is_code(row, word) else word for word in words]
    message.content = {**message.content, "body": " ".join(told)}
    message.save(update_fields=["content"])


def _is_code(row: Verification, word: str) -> bool:
    return word.strip(".:").isdigit() and constant_time_compare(_digest(row.pk, word.strip(".:")), row.digest)
