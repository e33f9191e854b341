import re
import time
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.audit import Actor
from accounts.models import Account
from tests.tokens.conftest import Issue
from tokens import authentication, crypto, issuing
from tokens.authentication import Caller, Recent, authenticate_login, authenticate_token
from tokens.errors import Denial, Denied
from tokens.models import ApiLogin, Token
from tokens.scopes import EVERYTHING, Scope

HOME = "203.0.113.9"


def call(secret: str | None, *, dialect: str = "startmessaging", address: str = HOME) -> Caller:
    return authenticate_token(secret, dialect=dialect, address=address)


def why(secret: str | None, *, dialect: str = "startmessaging", address: str = HOME) -> Denied:
    with pytest.raises(Denied) as refusal:
        call(secret, dialect=dialect, address=address)
    return refusal.value


def why_login(username: str | None, password: str | None) -> Denial:
    with pytest.raises(Denied) as refusal:
        authenticate_login(username, password, dialect="smsgate", address=HOME)
    return refusal.value.denial


def elsewhere(token: Token, **changes: object) -> None:
    """Change the row as another process would: this one is not told."""
    Token.objects.filter(pk=token.pk).update(**changes)


def test_a_name_alone_makes_a_token_that_may_do_everything_everywhere(issue: Issue, acme: Account) -> None:
    token, secret = issue("ERP")
    caller = call(secret, dialect="anything", address="2001:db8::1")
    assert (caller.account, caller.token, caller.label) == (acme, token, "ERP")
    assert caller.scopes == EVERYTHING
    assert token.expires_at is None
    assert not caller.is_sandbox


@pytest.mark.django_db
def test_a_wrong_checksum_is_refused_without_a_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    secret = crypto.new_secret("production")
    wrong = secret[:-1] + ("a" if secret[-1] != "a" else "b")
    with django_assert_num_queries(0):
        assert why(wrong).denial == Denial.UNKNOWN
        assert why("password").denial == Denial.UNKNOWN


@pytest.mark.django_db
def test_no_credential_and_an_unknown_one_are_told_apart() -> None:
    assert [why(nothing).denial for nothing in (None, "", "  ")] == [Denial.MISSING] * 3
    assert why(crypto.new_secret("production")).denial == Denial.UNKNOWN


def test_the_right_beginning_is_not_enough(issue: Issue) -> None:
    _, secret = issue()
    body = crypto.lookup_of(secret) + "x" * 24
    assert why(body + crypto._checksum(body)).denial == Denial.UNKNOWN


def test_the_second_request_asks_the_database_nothing(
    issue: Issue, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    _, secret = issue()
    with django_assert_num_queries(1):
        call(secret)
    with django_assert_num_queries(0):
        assert call(secret).account.plan.code == "free"


def test_each_refusal_has_its_reason_and_names_the_token(issue: Issue) -> None:
    now = timezone.now()
    for changes, denial in (
        ({"revoked_at": now}, Denial.REVOKED),
        ({"expires_at": now - timedelta(seconds=1)}, Denial.EXPIRED),
        ({"paused_at": now}, Denial.PAUSED),
        ({"networks": ["198.51.100.0/24"]}, Denial.ADDRESS),
        ({"dialects": ["whatsgate"]}, Denial.DIALECT),
    ):
        token, secret = issue()
        elsewhere(token, **changes)
        refusal = why(secret)
        assert (refusal.denial, refusal.token) == (denial, token)


def test_the_worst_reason_comes_first(issue: Issue, acme: Account) -> None:
    now = timezone.now()
    token, secret = issue()
    Account.objects.update(suspended_at=now)
    elsewhere(token, revoked_at=now, expires_at=now, paused_at=now, networks=["10.0.0.0/8"], dialects=["x"])
    seen = [why(secret).denial]
    for heal in ({"revoked_at": None}, {"expires_at": None}, {"paused_at": None}):
        elsewhere(token, **heal)
        authentication.forget()
        seen.append(why(secret).denial)
    Account.objects.update(suspended_at=None)
    authentication.forget()
    seen.append(why(secret).denial)
    elsewhere(token, networks=[])
    authentication.forget()
    seen.append(why(secret).denial)
    assert [str(denial) for denial in seen] == [
        "revoked", "expired", "paused", "account_suspended", "address", "dialect",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("networks", "address", "is_welcome"),
    [
        ([], "198.51.100.7", True),
        (["198.51.100.7"], "198.51.100.7", True),
        (["198.51.100.7"], "198.51.100.8", False),
        (["198.51.100.0/24", "2001:db8::/32"], "2001:db8:1::5", True),
        (["198.51.100.0/24"], "2001:db8:1::5", False),
        (["198.51.100.0/24"], "::ffff:198.51.100.9", True),
        (["::ffff:198.51.100.0/120"], "198.51.100.9", True),
        (["0.0.0.0/0"], "2001:db8::1", False),
        (["198.51.100.0/24"], "", False),
    ],
)
def test_address_lists_hold_for_both_ip_versions(
    issue: Issue, networks: list[str], address: str, is_welcome: bool
) -> None:
    _, secret = issue(networks=networks)
    if is_welcome:
        assert call(secret, address=address).address == address
    else:
        assert why(secret, address=address).denial == Denial.ADDRESS


def test_the_accounts_list_holds_beside_the_tokens_own(issue: Issue, acme: Account) -> None:
    _, secret = issue(networks=["203.0.113.0/24"])
    Account.objects.filter(pk=acme.pk).update(allowed_networks=["203.0.113.8/32"])
    assert why(secret, address="203.0.113.9").denial == Denial.ADDRESS
    assert call(secret, address="203.0.113.8").account == acme


def test_revoking_takes_effect_on_the_next_request(issue: Issue, by: Actor) -> None:
    token, secret = issue()
    call(secret)
    issuing.revoke_token(token, by=by, grantor=None)
    assert why(secret).denial == Denial.REVOKED


def test_a_change_by_another_process_is_noticed_within_a_second(issue: Issue, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    token, secret = issue()
    call(secret)
    elsewhere(token, revoked_at=timezone.now())
    now += 0.9
    call(secret)
    now += 0.1
    assert why(secret).denial == Denial.REVOKED


def test_what_was_read_before_a_change_is_not_remembered_after_it() -> None:
    recent = Recent(size=2, seconds=1)
    generation = recent.generation
    recent.forget()
    recent.put("a", authentication.Known(Token()), read_at=time.monotonic(), generation=generation)
    assert recent.get("a") is None


def test_the_memory_is_bounded() -> None:
    recent = Recent(size=2, seconds=1)
    for digest in "abc":
        known = authentication.Known(Token(name=digest))
        recent.put(digest, known, read_at=time.monotonic(), generation=0)
    assert [recent.get(digest) is not None for digest in "abc"] == [False, True, True]


def test_an_expiry_holds_for_a_remembered_token_too(issue: Issue) -> None:
    _, secret = issue(expires_at=timezone.now() + timedelta(hours=1))
    caller = call(secret)
    assert caller.token is not None
    caller.token.expires_at = timezone.now()
    assert why(secret).denial == Denial.EXPIRED


def test_both_secrets_work_during_the_overlap_and_the_old_one_is_known_as_such(issue: Issue, by: Actor) -> None:
    token, first = issue()
    second = issuing.regenerate_token(token, overlap=timedelta(days=1), by=by, grantor=None)
    assert call(first).is_old_secret
    assert not call(second).is_old_secret
    elsewhere(token, overlap_until=timezone.now())
    authentication.forget()
    refusal = why(first)
    assert (refusal.denial, refusal.token) == (Denial.UNKNOWN, token)
    assert call(second).token == token


def test_a_read_only_token_lacks_what_changes_something(issue: Issue) -> None:
    caller = call(issue(type="read_only")[1])
    caller.require(Scope.MESSAGES_READ)
    with pytest.raises(Denied) as refusal:
        caller.require(Scope.MESSAGES_SEND)
    assert refusal.value.denial == Denial.READ_ONLY


def test_a_narrow_token_is_told_which_permission_it_lacks(issue: Issue) -> None:
    caller = call(issue(scopes=["messages:send"])[1])
    caller.require(Scope.MESSAGES_SEND)
    with pytest.raises(Denied) as refusal:
        caller.require(Scope.DEVICES_LIST)
    assert (refusal.value.denial, refusal.value.scope) == (Denial.SCOPE, "devices:list")


def test_a_sandbox_token_is_known_as_one(issue: Issue) -> None:
    assert call(issue(type="sandbox")[1]).is_sandbox


def test_a_login_signs_in_with_its_password_only(acme: Account, by: Actor) -> None:
    login, password = issuing.create_login(account=acme, name="phone", by=by, grantor=None)
    caller = authenticate_login(login.username, password, dialect="smsgate", address=HOME)
    assert (caller.login, caller.token, caller.key) == (login, None, f"l{login.pk}")
    assert caller.scopes == EVERYTHING
    assert why_login(login.username, password + "x") == Denial.UNKNOWN
    assert why_login("ZZZZZZ", password) == Denial.UNKNOWN
    assert why_login("' or \x00\ud800", password) == Denial.UNKNOWN
    assert why_login(None, None) == why_login(login.username, "") == Denial.MISSING


def test_a_login_is_refused_where_its_account_is(acme: Account, by: Actor) -> None:
    login, password = issuing.create_login(account=acme, name="phone", by=by, grantor=None)
    Account.objects.update(allowed_networks=["10.0.0.0/8"])
    assert why_login(login.username, password) == Denial.ADDRESS
    Account.objects.update(suspended_at=timezone.now())
    authentication.forget()
    assert why_login(login.username, password) == Denial.ACCOUNT_SUSPENDED


def test_a_caller_shows_no_secret(issue: Issue) -> None:
    token, secret = issue()
    caller = call(secret)
    shown = f"{caller!r} {caller} {token!r} {token} {caller.actor()!r} {ApiLogin(name='n', username='u')!r}"
    assert secret not in shown
    assert token.digest not in shown
    assert not re.search(r"gw_live_\w{5}", shown)
