"""What an account's journal says of its logins and JWTs, and what it never says."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import journal
from accounts.audit import Actor
from accounts.models import Account, JournalEntry
from tests.tokens.conftest import JwtOf, Wait
from tokens import authentication, issuing
from tokens.authentication import Caller, authenticate_access, authenticate_login
from tokens.errors import Denied
from tokens.models import ApiLogin
from tokens.scopes import Scope

HOME = "203.0.113.9"


def last(account: Account) -> JournalEntry:
    journal.flush()
    return journal.entries(account)[0]


def refused(call: Callable[[], object]) -> None:
    with pytest.raises(Denied):
        call()


@pytest.fixture
def login(acme: Account, by: Actor) -> tuple[ApiLogin, str]:
    return issuing.create_login(account=acme, name="phone", by=by, grantor=None)


def sign_in(login: ApiLogin, password: str) -> Callable[[], object]:
    return lambda: authenticate_login(login.username, password, dialect="smsgate", address=HOME)


def test_a_refused_sign_in_is_said_without_the_password(login: tuple[ApiLogin, str], other: Account) -> None:
    row, password = login
    refused(sign_in(row, "wrong-" + password))
    entry = last(row.account)
    assert (entry.priority, entry.module) == ("WARN", "auth")
    assert entry.message == "Refused an API login: the password is wrong"
    assert entry.context == {"login": row.username, "address": HOME, "api": "smsgate"}
    assert password not in json.dumps(entry.context) + entry.message
    assert journal.entries(other) == []


def test_each_reason_for_refusing_a_login_is_named(login: tuple[ApiLogin, str]) -> None:
    row, password = login
    for change, reason in (
        ({"allowed_networks": ["10.0.0.0/8"]}, "its address is not allowed"),
        ({"suspended_at": timezone.now()}, "the account is suspended"),
    ):
        Account.objects.filter(pk=row.account.pk).update(**change)
        authentication.forget()
        refused(sign_in(row, password))
        assert last(row.account).message == f"Refused an API login: {reason}"
    ApiLogin.objects.update(revoked_at=timezone.now())
    authentication.forget()
    refused(sign_in(row, password))
    assert last(row.account).message == "Refused an API login: it was revoked"


@pytest.mark.django_db
def test_a_guess_at_no_login_is_said_to_nobody() -> None:
    refused(lambda: authenticate_login("ZZZZZZ", "x", dialect="smsgate", address=HOME))
    refused(lambda: authenticate_access("a.b.c", dialect="smsgate", address=HOME))
    journal.flush()
    assert not JournalEntry.objects.exists()


def test_each_reason_for_refusing_a_jwt_is_named(caller: Caller, jwt_of: JwtOf, wait: Wait) -> None:
    account = caller.account
    expired, issued = jwt_of(caller, ttl=1), jwt_of(caller)

    def enter(jwt: str) -> Caller:
        return authenticate_access(jwt, dialect="smsgate", address=HOME)

    refused(lambda: enter(issued.access_jwt).require(Scope.MESSAGES_READ))
    entry = last(account)
    assert entry.message == "Refused an access token: it lacks the permission"
    assert (entry.context["scope"], entry.context["access_token"]) == ("messages:read", issued.access.jti)
    wait(timedelta(seconds=2))
    refused(lambda: enter(expired.access_jwt))
    assert last(account).message == "Refused an access token: it has expired"
    Account.objects.update(allowed_networks=["10.0.0.0/8"])
    authentication.forget()
    refused(lambda: enter(issued.access_jwt))
    assert last(account).message == "Refused an access token: its address is not allowed"
    issuing.revoke_access(account, issued.access.jti, by=caller.actor(), grantor=None)
    refused(lambda: enter(issued.access_jwt))
    entry = last(account)
    assert entry.message == "Refused an access token: it was revoked"
    assert entry.context == {
        "login": issued.access.login.username,
        "address": HOME,
        "access_token": issued.access.jti,
        "api": "smsgate",
    }


def test_a_refresh_token_sent_twice_is_said(caller: Caller, jwt_of: JwtOf) -> None:
    issued = jwt_of(caller)
    renewed = issuing.refresh_access(issued.refresh_jwt, dialect="smsgate", address=HOME)
    entry = last(caller.account)
    assert (entry.message, entry.context) == ("Renewed an access token", {"access_token": renewed.access.jti})
    refused(lambda: issuing.refresh_access(issued.refresh_jwt, dialect="smsgate", address=HOME))
    entry = last(caller.account)
    assert (entry.message, entry.context["access_token"]) == (
        "Refused a refresh token: it was revoked",
        issued.access.jti,
    )
    journal.flush()
    stored = json.dumps([[line.message, line.context] for line in JournalEntry.objects.all()])
    for secret in (issued.access_jwt, issued.refresh_jwt, renewed.access_jwt, renewed.refresh_jwt):
        assert secret not in stored


@pytest.mark.django_db(transaction=True)
def test_the_changes_of_a_login_are_said(acme: Account, by: Actor) -> None:
    login, _ = issuing.create_login(account=acme, name="phone", by=by, grantor=None)
    issuing.renew_login(login, by=by, grantor=None)
    issuing.revoke_login(login, by=by, grantor=None)
    issuing.revoke_login(login, by=by, grantor=None)
    journal.flush()
    said = ["Revoked an API login", "Gave an API login a new password", "Made an API login"]
    assert [entry.message for entry in journal.entries(acme)] == said
    assert journal.entries(acme)[0].context == {"login": login.username, "by": by.label}
