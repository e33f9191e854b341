"""Who may not, and that each is told so in the API's own words."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import time_machine
from django.utils import timezone

from accounts.audit import COMMAND
from accounts.models import Account
from messaging.models import Device, Message
from tests.messaging.dialects.subject import Bench, Check, at, basic
from tokens import crypto, issuing
from tokens.authentication import forget
from tokens.errors import Denial, Denied
from tokens.scopes import Scope

Asked = dict[str, Any]  # what to ask with


def _paused(bench: Bench) -> Asked:
    token, secret = bench.issue_token()
    issuing.pause_token(token, by=COMMAND, grantor=None)
    return {"secret": secret}


def _revoked(bench: Bench) -> Asked:
    token, secret = bench.issue_token()
    issuing.revoke_token(token, by=COMMAND, grantor=None)
    return {"secret": secret}


def _replaced(bench: Bench) -> Asked:
    token, secret = bench.issue_token()
    issuing.regenerate_token(token, by=COMMAND, grantor=None)
    return {"secret": secret}


def _expired(bench: Bench) -> Asked:
    with time_machine.travel(timezone.now() - timedelta(days=2)):
        return {"secret": bench.issue(expires_at=timezone.now() + timedelta(days=1))}


def _mistyped(bench: Bench) -> Asked:
    return {"secret": bench.secret[:-1] + ("a" if bench.secret[-1] != "a" else "b")}


def _login_revoked(bench: Bench) -> Asked:
    login, sent = bench.issue_login()
    issuing.revoke_login(login, by=COMMAND, grantor=None)
    return {"basic": sent}


def _login_renewed(bench: Bench) -> Asked:
    login, sent = bench.issue_login()
    issuing.renew_login(login, by=COMMAND, grantor=None)
    return {"basic": sent}


_Wrong = Mapping[str, tuple[Denial, Callable[[Bench], Asked]]]
_WRONG_TOKENS: _Wrong = {
    "missing": (Denial.MISSING, lambda bench: {"secret": None}),
    "unknown": (Denial.UNKNOWN, lambda bench: {"secret": crypto.new_secret("production")}),
    "mistyped": (Denial.UNKNOWN, _mistyped),
    "nonsense": (Denial.UNKNOWN, lambda bench: {"secret": "wrong"}),
    "replaced": (Denial.UNKNOWN, _replaced),
    "revoked": (Denial.REVOKED, _revoked),
    "expired": (Denial.EXPIRED, _expired),
    "paused": (Denial.PAUSED, _paused),
    "elsewhere": (Denial.ADDRESS, lambda bench: {"secret": bench.issue(networks=["192.0.2.0/24"])}),
    "for another API": (Denial.DIALECT, lambda bench: {"secret": bench.issue(dialects=["another"])}),
}
_WRONG_LOGINS: _Wrong = {
    "missing": (Denial.MISSING, lambda bench: {"basic": None}),
    "no base64": (Denial.MALFORMED, lambda bench: {"basic": "%%%"}),
    "no text": (Denial.MALFORMED, lambda bench: {"basic": b64encode(b"\xff:\xff").decode()}),
    "without a password": (Denial.MALFORMED, lambda bench: {"basic": b64encode(b"ABC123").decode()}),
    "unknown": (Denial.UNKNOWN, lambda bench: {"basic": basic(*crypto.new_login())}),
    "nonsense": (Denial.UNKNOWN, lambda bench: {"basic": basic("alice@acme.example", "pass:word")}),
    "another's password": (
        Denial.UNKNOWN,
        lambda bench: {"basic": basic(bench.login.username, crypto.new_login()[1])},
    ),
    "renewed": (Denial.UNKNOWN, _login_renewed),
    "revoked": (Denial.REVOKED, _login_revoked),
}


def a_credential_that_may_not_is_refused_in_its_words(bench: Bench) -> None:
    tokens = _WRONG_TOKENS if bench.subject.takes_tokens else {}
    logins = _WRONG_LOGINS if bench.subject.takes_logins else {}
    for why, (denial, asked_by) in tokens.items():
        _refused(bench, Denied(denial), why, **asked_by(bench))
    for why, (denial, asked_by) in logins.items():
        if tokens:  # the second of two credentials, for which the dialect may have other words
            bench.assert_own_no(bench.send(**asked_by(bench)), why)
        else:
            _refused(bench, Denied(denial), why, **asked_by(bench))


def _refused(bench: Bench, denied: Denied, why: str, **asked: Any) -> None:
    bench.assert_refused(bench.send(**asked), denied, f"{why}, sending")
    bench.assert_refused(bench.read(**asked), denied, f"{why}, reading")


def an_account_that_may_not_is_refused_in_its_words(bench: Bench) -> None:
    asked = bench.of(bench.other)
    with _changed(bench.other, suspended_at=timezone.now()):
        _refused(bench, Denied(Denial.ACCOUNT_SUSPENDED), "suspended", **asked)
    with _changed(bench.other, allowed_networks=["192.0.2.0/24"]):
        _refused(bench, Denied(Denial.ADDRESS), "elsewhere", **asked)
    assert bench.read(**asked).status_code == 200


@contextmanager
def _changed(account: Account, **fields: Any) -> Iterator[None]:
    before = {name: getattr(account, name) for name in fields}
    for values in (fields, before):
        Account.objects.filter(pk=account.pk).update(**values)
        forget()
        if values is fields:
            yield


def a_token_does_what_it_was_given_and_no_more(bench: Bench) -> None:
    if not bench.subject.takes_tokens:
        return
    bench.assert_refused(
        bench.send(secret=bench.issue(type="read_only")), Denied(Denial.READ_ONLY, scope="messages:send")
    )
    without = bench.issue(scopes=["tokens:list"])
    for example in (bench.subject.send, bench.subject.read):
        bench.assert_refused(bench.ask(example, secret=without), Denied(Denial.SCOPE, scope="messages:send"))
    head = bench.ask(at(bench.subject.read, bench.subject.read.path, "HEAD"), secret=without)
    assert head.status_code == bench.subject.answer(Denied(Denial.SCOPE)).status_code, "HEAD needs what GET needs"


def an_access_token_does_what_it_was_given_and_no_more(bench: Bench) -> None:
    if not bench.subject.access:
        return
    issued = bench.issue_access([Scope.TOKENS_LIST])
    for example in (bench.subject.send, bench.subject.read):
        answer = bench.ask(bench.by_access(example, issued.access_jwt))
        bench.assert_refused(answer, Denied(Denial.SCOPE, scope="messages:send"))
    allowed = bench.issue_access([Scope.ALL])
    assert 200 <= bench.ask(bench.by_access(bench.subject.send, allowed.access_jwt)).status_code < 300


def an_access_token_that_may_not_is_refused_in_its_words(bench: Bench) -> None:
    if not bench.subject.access:
        return
    revoked = bench.issue_access([Scope.ALL])
    issuing.revoke_access(bench.account, revoked.access.jti, by=COMMAND, grantor=None)
    with time_machine.travel(timezone.now() - timedelta(days=2)):
        expired = bench.issue_access([Scope.ALL])
    head, body, _ = bench.issue_access([Scope.ALL]).access_jwt.split(".")
    wrong = {
        "revoked": (Denial.REVOKED, revoked.access_jwt),
        "expired": (Denial.EXPIRED, expired.access_jwt),
        "forged": (Denial.UNKNOWN, ".".join((head, body, revoked.access_jwt.split(".")[2]))),
        "for renewing": (Denial.UNKNOWN, bench.issue_access([Scope.ALL]).refresh_jwt),
        "nonsense": (Denial.UNKNOWN, "a.b.c"),
    }
    for why, (denial, jwt) in wrong.items():
        for example in (bench.subject.send, bench.subject.read):
            bench.assert_refused(bench.ask(bench.by_access(example, jwt)), Denied(denial), why)


def a_stranger_sees_and_uses_nothing(bench: Bench) -> None:
    bench.send()
    message = Message.objects.get()
    stranger = bench.of(bench.other)
    style = bench.subject.dialect

    seen = bench.read(**stranger).content.decode()
    id = style.render_id(message.pk) if style else str(message.pk)
    assert id not in seen, f"a stranger sees {id}"
    if "$DEVICE" in json.dumps(bench.subject.send.body):
        Message.objects.all().delete()
        phone = Device.objects.create(account=bench.account, name="Real", number="+4915112345678", transport="sandbox")
        bench.device = phone.digits
        bench.assert_own_no(bench.send(**stranger), "another account's device")


def too_many_requests_are_refused_in_its_words(bench: Bench) -> None:
    own = ["requests_per_second"] if bench.view(bench.subject.read).is_limited else []
    for limit in (*own, "account_requests_per_second"):
        bench.change_plan(**{limit: 1})

        answers = [bench.read() for _ in range(5)]

        expected = bench.subject.answer(Denied(Denial.RATE_LIMITED, retry_after=1))
        over = next(response for response in answers if response.status_code == expected.status_code)
        bench.assert_refused(over, Denied(Denial.RATE_LIMITED, retry_after=1))


def the_days_limit_is_refused_in_its_words(bench: Bench) -> None:
    bench.change_plan(messages_per_day=0)

    bench.assert_refused(bench.send(), Denied(Denial.DAILY_LIMIT, retry_after=60))


def the_months_limit_is_refused_in_its_words(bench: Bench) -> None:
    bench.change_plan(messages_per_month=0)

    bench.assert_refused(bench.send(), Denied(Denial.MONTHLY_LIMIT, retry_after=60))
    assert bench.read().status_code == 200


CHECKS: list[Check] = [
    a_credential_that_may_not_is_refused_in_its_words,
    an_account_that_may_not_is_refused_in_its_words,
    a_token_does_what_it_was_given_and_no_more,
    an_access_token_does_what_it_was_given_and_no_more,
    an_access_token_that_may_not_is_refused_in_its_words,
    a_stranger_sees_and_uses_nothing,
    too_many_requests_are_refused_in_its_words,
    the_days_limit_is_refused_in_its_words,
    the_months_limit_is_refused_in_its_words,
]
