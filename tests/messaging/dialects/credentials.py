"""Who may not, and that each is told so in the API's own words."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import time_machine
from django.utils import timezone

from accounts.audit import COMMAND
from messaging.models import Device, Message
from tests.messaging.dialects.subject import Bench, Check, at
from tokens import crypto, issuing
from tokens.authentication import forget
from tokens.errors import Denial, Denied


def _paused(bench: Bench) -> str:
    token, secret = bench.issue_token()
    issuing.pause_token(token, by=COMMAND, grantor=None)
    return secret


def _revoked(bench: Bench) -> str:
    token, secret = bench.issue_token()
    issuing.revoke_token(token, by=COMMAND, grantor=None)
    return secret


def _replaced(bench: Bench) -> str:
    token, secret = bench.issue_token()
    issuing.regenerate_token(token, by=COMMAND, grantor=None)
    return secret


def _expired(bench: Bench) -> str:
    with time_machine.travel(timezone.now() - timedelta(days=2)):
        return bench.issue(expires_at=timezone.now() + timedelta(days=1))


def _suspended(bench: Bench) -> str:
    secret = bench.issue(account=bench.other)
    bench.other.suspended_at = timezone.now()
    bench.other.save(update_fields=["suspended_at"])
    forget()
    return secret


def _mistyped(bench: Bench) -> str:
    return bench.secret[:-1] + ("a" if bench.secret[-1] != "a" else "b")


_WRONG: dict[str, tuple[Denial, Callable[[Bench], str | None]]] = {
    "missing": (Denial.MISSING, lambda bench: None),
    "unknown": (Denial.UNKNOWN, lambda bench: crypto.new_secret("production")),
    "mistyped": (Denial.UNKNOWN, _mistyped),
    "nonsense": (Denial.UNKNOWN, lambda bench: "wrong"),
    "replaced": (Denial.UNKNOWN, _replaced),
    "revoked": (Denial.REVOKED, _revoked),
    "expired": (Denial.EXPIRED, _expired),
    "paused": (Denial.PAUSED, _paused),
    "suspended": (Denial.ACCOUNT_SUSPENDED, _suspended),
    "elsewhere": (Denial.ADDRESS, lambda bench: bench.issue(networks=["192.0.2.0/24"])),
    "for another API": (Denial.DIALECT, lambda bench: bench.issue(dialects=["another"])),
}


def a_credential_that_may_not_is_refused_in_its_words(bench: Bench) -> None:
    for why, (denial, secret_of) in _WRONG.items():
        secret = secret_of(bench)
        bench.assert_refused(bench.send(secret=secret), Denied(denial), f"{why}, sending")
        bench.assert_refused(bench.read(secret=secret), Denied(denial), f"{why}, reading")


def a_token_does_what_it_was_given_and_no_more(bench: Bench) -> None:
    bench.assert_refused(
        bench.send(secret=bench.issue(type="read_only")), Denied(Denial.READ_ONLY, scope="messages:send")
    )
    without = bench.issue(scopes=["tokens:list"])
    for example in (bench.subject.send, bench.subject.read):
        bench.assert_refused(bench.ask(example, secret=without), Denied(Denial.SCOPE, scope="messages:send"))
    head = bench.ask(at(bench.subject.read, bench.subject.read.path, "HEAD"), secret=without)
    assert head.status_code == bench.subject.answer(Denied(Denial.SCOPE)).status_code, "HEAD needs what GET needs"


def a_stranger_sees_and_uses_nothing(bench: Bench) -> None:
    bench.send()
    message = Message.objects.get()
    stranger = bench.issue(account=bench.other)
    style = bench.subject.dialect

    seen = bench.read(secret=stranger).content.decode()
    id = style.render_id(message.pk) if style else str(message.pk)
    assert id not in seen, f"a stranger sees {id}"
    if "$DEVICE" in json.dumps(bench.subject.send.body):
        Message.objects.all().delete()
        phone = Device.objects.create(account=bench.account, name="Real", number="+4915112345678", transport="sandbox")
        bench.device = phone.digits
        bench.assert_own_no(bench.send(secret=stranger), "another account's device")


def too_many_requests_are_refused_in_its_words(bench: Bench) -> None:
    if not bench.view(bench.subject.read).is_limited:
        return
    secret = bench.issue(requests_per_second=1)
    answers = [bench.read(secret=secret) for _ in range(5)]

    expected = bench.subject.answer(Denied(Denial.RATE_LIMITED, retry_after=1))
    over = next(response for response in answers if response.status_code == expected.status_code)
    bench.assert_refused(over, Denied(Denial.RATE_LIMITED, retry_after=1))


def the_days_limit_is_refused_in_its_words(bench: Bench) -> None:
    bench.change_plan(messages_per_day=0)

    bench.assert_refused(bench.send(), Denied(Denial.DAILY_LIMIT, retry_after=60))


CHECKS: list[Check] = [
    a_credential_that_may_not_is_refused_in_its_words,
    a_token_does_what_it_was_given_and_no_more,
    a_stranger_sees_and_uses_nothing,
    too_many_requests_are_refused_in_its_words,
    the_days_limit_is_refused_in_its_words,
]
