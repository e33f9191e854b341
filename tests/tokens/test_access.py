"""Access tokens: JWTs that an API login makes, renews and ends."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from accounts import journal
from accounts.audit import Actor
from accounts.models import Account, AuditEntry, Membership, User
from accounts.roles import Role
from messaging import working
from tests.tokens.conftest import Calling, JwtOf, SignIn, Wait
from tokens import issuing
from tokens.authentication import Caller, authenticate_access
from tokens.errors import Denial, Denied
from tokens.issuing import Granting
from tokens.jwt import Issued
from tokens.models import AccessToken, ApiLogin
from tokens.scopes import EVERYTHING

HOME = "203.0.113.9"
HOUR = 3600


def denial_of(call: Callable[[], object]) -> Denial | None:
    try:
        call()
    except Denied as denied:
        return denied.denial
    return None


def enter(jwt: str, address: str = HOME) -> Caller:
    return authenticate_access(jwt, dialect="smsgate", address=address)


def refresh(jwt: str) -> Issued:
    return issuing.refresh_access(jwt, dialect="smsgate", address=HOME)


def end(issued: Issued, account: Account, grantor: Caller) -> bool:
    return issuing.revoke_access(account, issued.access.jti, by=grantor.actor(), grantor=grantor)


def works(jwt: str) -> bool:
    return denial_of(lambda: enter(jwt)) is None


def claims_of(jwt: str) -> tuple[dict[str, Any], dict[str, Any]]:
    header, payload, _ = jwt.split(".")
    read = [json.loads(urlsafe_b64decode(part + "==")) for part in (header, payload)]
    return read[0], read[1]


def test_a_login_makes_a_jwt_with_the_claims_of_the_vendor(caller: Caller, jwt_of: JwtOf) -> None:
    issued = jwt_of(caller, scopes=["messages:send", "messages:read"], ttl=HOUR)
    username = caller.login.username if caller.login else ""
    header, claims = claims_of(issued.access_jwt)
    assert header["alg"] == "HS256"
    assert set(claims) == {"jti", "iss", "sub", "user_id", "iat", "exp", "scopes"}
    assert (claims["iss"], claims["sub"], claims["user_id"]) == ("gatehouse", username, username)
    assert claims["scopes"] == ["messages:send", "messages:read"]
    assert (len(claims["jti"]), claims["jti"]) == (21, issued.access.jti)
    assert claims["exp"] - claims["iat"] == HOUR
    assert claims["exp"] == issued.access.expires_at.timestamp()
    _, renewing = claims_of(issued.refresh_jwt)
    assert set(renewing) == set(claims) | {"original_scopes"}
    assert (renewing["scopes"], renewing["original_scopes"]) == (["tokens:refresh"], claims["scopes"])
    assert renewing["exp"] - renewing["iat"] == 30 * 24 * HOUR
    assert renewing["jti"] != claims["jti"]


@pytest.mark.parametrize(
    ("ttl", "seconds"),
    [(None, 24 * HOUR), (0, 24 * HOUR), (1, 1), (HOUR, HOUR), (25 * HOUR, 24 * HOUR), (10**30, 24 * HOUR)],
)
def test_a_lifetime_is_what_was_asked_up_to_a_day(caller: Caller, jwt_of: JwtOf, ttl: int | None, seconds: int) -> None:
    access = jwt_of(caller, ttl=ttl).access
    assert access.expires_at - access.created_at == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"ttl": -1}, "ttl"),
        ({"ttl": 1.5}, "ttl"),
        ({"ttl": "60"}, "ttl"),
        ({"ttl": True}, "ttl"),
        ({"scopes": []}, "scopes"),
        ({"scopes": None}, "scopes"),
        ({"scopes": "messages:send"}, "scopes"),
        ({"scopes": [7]}, "scopes"),
        ({"scopes": [""]}, "scopes"),
        ({"scopes": ["messages:fly"]}, "scopes"),
        ({"scopes": ["tokens:refresh"]}, "scopes"),
        ({"scopes": ["messages:send", "tokens:refresh"]}, "scopes"),
        ({"scopes": ["messages:send"] * 101}, "scopes"),
    ],
)
def test_a_bad_wish_is_named_and_nothing_is_made(
    caller: Caller, jwt_of: JwtOf, asked: dict[str, Any], field: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        jwt_of(caller, **asked)
    assert set(refused.value.message_dict) == {field}
    assert not AccessToken.objects.exists()


def test_ending_is_audited_without_the_jwt_and_making_is_in_the_journal(caller: Caller, jwt_of: JwtOf) -> None:
    issued = jwt_of(caller)
    end(issued, caller.account, caller)
    ended = AuditEntry.objects.get(target_type="accesstoken")
    assert (ended.action, ended.target_label, ended.address) == ("access_token.revoked", issued.access.jti, HOME)
    assert issued.access_jwt not in str(ended.changes)
    journal.flush()
    made = journal.entries(caller.account)[0]
    assert (made.message, made.context) == (
        "Issued an access token",
        {"access_token": issued.access.jti, "by": caller.label},
    )


# What may be given
@pytest.mark.parametrize(
    ("has", "asked", "denial"),
    [
        (["tokens:manage"], ["all:any"], Denial.GRANT),
        (["tokens:manage"], ["messages:send"], Denial.GRANT),
        (["tokens:manage", "messages:send"], ["messages:send", "messages:read"], Denial.GRANT),
        (["tokens:manage", "messages:send"], ["messages:send"], None),
        (["tokens:manage"], ["tokens:manage"], None),
        (["all:any"], ["all:any"], None),
        (["all:any"], ["messages:send"], None),
        (["messages:send"], ["messages:send"], Denial.SCOPE),
    ],
)
def test_a_jwt_gives_at_most_what_it_has(
    caller: Caller, jwt_of: JwtOf, has: list[str], asked: list[str], denial: Denial | None
) -> None:
    narrow = enter(jwt_of(caller, scopes=has).access_jwt)
    assert denial_of(lambda: jwt_of(narrow, scopes=asked)) == denial
    assert AccessToken.objects.count() == (1 if denial else 2)


def test_a_password_gives_anything(caller: Caller, jwt_of: JwtOf) -> None:
    assert enter(jwt_of(caller, scopes=["all:any"]).access_jwt).scopes == EVERYTHING
    assert enter(jwt_of(caller, scopes=["logs:read"]).access_jwt).scopes == {"logs:read"}


def test_a_token_has_no_jwts(calling: Calling, jwt_of: JwtOf) -> None:
    assert denial_of(lambda: jwt_of(calling())) == Denial.GRANT


def test_who_was_ended_meanwhile_gives_nothing(caller: Caller, jwt_of: JwtOf, by: Actor, sign_in: SignIn) -> None:
    assert caller.login is not None
    by_jwt = enter(jwt_of(caller, scopes=["all:any"]).access_jwt)
    issuing.renew_login(caller.login, by=by, grantor=None)
    assert denial_of(lambda: jwt_of(caller)) == Denial.REVOKED
    assert denial_of(lambda: jwt_of(by_jwt)) == Denial.REVOKED
    again = sign_in()
    assert again.login is not None
    issuing.revoke_login(again.login, by=by, grantor=None)
    assert denial_of(lambda: jwt_of(again)) == Denial.REVOKED
    assert AccessToken.objects.count() == 1


# Renewing
def test_a_refresh_token_gives_a_new_pair_once(caller: Caller, jwt_of: JwtOf) -> None:
    first = jwt_of(caller, scopes=["messages:send", "logs:read"], ttl=HOUR)
    second = refresh(first.refresh_jwt)
    assert enter(second.access_jwt).scopes == {"messages:send", "logs:read"}
    assert second.access.expires_at - second.access.created_at == timedelta(days=1)
    assert works(first.access_jwt)
    assert denial_of(lambda: refresh(first.refresh_jwt)) == Denial.REVOKED
    assert works(refresh(second.refresh_jwt).access_jwt)
    assert AccessToken.objects.count() == 3


def test_a_refresh_token_that_comes_again_much_later_ends_all_that_came_of_it(
    caller: Caller, jwt_of: JwtOf, wait: Wait
) -> None:
    first, unrelated = jwt_of(caller), jwt_of(caller)
    second = refresh(first.refresh_jwt)
    third = refresh(second.refresh_jwt)
    wait(timedelta(minutes=2))
    assert denial_of(lambda: refresh(first.refresh_jwt)) == Denial.REVOKED
    assert not any(works(issued.access_jwt) for issued in (first, second, third))
    assert denial_of(lambda: refresh(third.refresh_jwt)) == Denial.REVOKED
    assert works(unrelated.access_jwt)
    entry = AuditEntry.objects.get(action="login.access_ended")
    assert (entry.proof, entry.changes) == ("rule", {"access_tokens": [3, 0]})


def test_a_refresh_token_that_is_sent_twice_in_a_row_ends_nothing(caller: Caller, jwt_of: JwtOf) -> None:
    first = jwt_of(caller)
    second = refresh(first.refresh_jwt)
    assert denial_of(lambda: refresh(first.refresh_jwt)) == Denial.REVOKED
    assert works(second.access_jwt)


def test_a_refresh_token_opens_nothing_else(caller: Caller, jwt_of: JwtOf) -> None:
    assert denial_of(lambda: enter(jwt_of(caller, scopes=["all:any"]).refresh_jwt)) == Denial.UNKNOWN


def test_an_access_token_renews_nothing(caller: Caller, jwt_of: JwtOf, wait: Wait) -> None:
    issued = jwt_of(caller, scopes=["all:any"])
    with pytest.raises(Denied) as refused:
        refresh(issued.access_jwt)
    assert (refused.value.denial, refused.value.scope) == (Denial.SCOPE, "tokens:refresh")
    wait(timedelta(days=1))
    assert denial_of(lambda: refresh(issued.access_jwt)) == Denial.EXPIRED


def test_a_refresh_token_outlives_its_access_token_and_ends_after_30_days(
    caller: Caller, jwt_of: JwtOf, wait: Wait
) -> None:
    issued = jwt_of(caller, ttl=HOUR)
    wait(timedelta(days=29))
    assert denial_of(lambda: enter(issued.access_jwt)) == Denial.EXPIRED
    later = refresh(issued.refresh_jwt)
    wait(timedelta(days=30))
    assert denial_of(lambda: refresh(later.refresh_jwt)) == Denial.EXPIRED


@pytest.mark.parametrize("jwt", [None, "", "  ", "x", "a.b.c"])
@pytest.mark.django_db
def test_what_is_no_refresh_token_is_refused(jwt: str | None) -> None:
    denial = denial_of(lambda: issuing.refresh_access(jwt, dialect="smsgate", address=HOME))
    assert denial == (Denial.UNKNOWN if jwt and jwt.strip() else Denial.MISSING)


def test_renewing_asks_the_account_too(caller: Caller, jwt_of: JwtOf) -> None:
    issued = jwt_of(caller)
    Account.objects.update(allowed_networks=["10.0.0.0/8"])
    assert denial_of(lambda: refresh(issued.refresh_jwt)) == Denial.ADDRESS
    Account.objects.update(suspended_at=timezone.now())
    assert denial_of(lambda: refresh(issued.refresh_jwt)) == Denial.ACCOUNT_SUSPENDED
    Account.objects.update(allowed_networks=[], suspended_at=None)
    assert works(refresh(issued.refresh_jwt).access_jwt)


@pytest.mark.django_db(transaction=True)
def test_of_two_renewals_at_once_exactly_one_wins(caller: Caller, jwt_of: JwtOf) -> None:
    issued, outcomes, together = jwt_of(caller), [], Barrier(6)

    def renew() -> None:
        together.wait()
        outcomes.append(denial_of(lambda: refresh(issued.refresh_jwt)))
        connection.close()

    threads = [Thread(target=renew) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes, key=str) == [None, *[Denial.REVOKED] * 5]
    assert AccessToken.objects.count() == 2


# Ending
def test_revoking_ends_a_jwt_and_its_refresh_token(caller: Caller, jwt_of: JwtOf) -> None:
    ended, kept = jwt_of(caller), jwt_of(caller)
    assert works(ended.access_jwt)
    assert end(ended, caller.account, caller)
    assert denial_of(lambda: enter(ended.access_jwt)) == Denial.REVOKED
    assert denial_of(lambda: refresh(ended.refresh_jwt)) == Denial.REVOKED
    assert works(kept.access_jwt)
    assert not end(ended, caller.account, caller)


def test_a_refresh_token_is_ended_though_its_jwt_has_expired(caller: Caller, jwt_of: JwtOf, wait: Wait) -> None:
    issued = jwt_of(caller, ttl=1)
    wait(timedelta(seconds=2))
    assert end(issued, caller.account, caller)
    assert denial_of(lambda: refresh(issued.refresh_jwt)) == Denial.REVOKED


@pytest.mark.parametrize("jti", ["", "w8pxz0a4Fwa4xgzyCvSeC", "\x00", "\ud800", "é" * 500])
def test_revoking_what_is_not_there_changes_nothing(caller: Caller, jti: str) -> None:
    assert not issuing.revoke_access(caller.account, jti, by=caller.actor(), grantor=caller)


def test_a_stranger_ends_none_of_it(caller: Caller, jwt_of: JwtOf, other: Account, sign_in: SignIn) -> None:
    issued, stranger = jwt_of(caller), sign_in(other)
    assert not end(issued, other, stranger)
    assert denial_of(lambda: end(issued, caller.account, stranger)) == Denial.GRANT
    assert works(issued.access_jwt)


def test_a_narrow_jwt_ends_any_of_its_account(caller: Caller, jwt_of: JwtOf) -> None:
    wide = jwt_of(caller, scopes=["all:any"])
    managing = enter(jwt_of(caller, scopes=["tokens:manage"]).access_jwt)
    reading = enter(jwt_of(caller, scopes=["messages:read"]).access_jwt)
    assert denial_of(lambda: end(wide, caller.account, reading)) == Denial.SCOPE
    assert end(wide, caller.account, managing)


def test_a_person_ends_a_jwt_as_their_role_allows(
    caller: Caller, jwt_of: JwtOf, by: Actor, acme: Account, bob: User, role: Role
) -> None:
    issued = jwt_of(caller)
    Membership.objects.filter(account=acme, user=bob).update(role=role)
    grantor: Granting = Membership.objects.get(account=acme, user=bob)
    denial = denial_of(lambda: issuing.revoke_access(acme, issued.access.jti, by=by, grantor=grantor))
    assert denial == (None if role in (Role.OWNER, Role.ADMIN) else Denial.ROLE)


def test_a_token_ends_no_jwt_that_may_do_more(caller: Caller, jwt_of: JwtOf, calling: Calling) -> None:
    issued = jwt_of(caller, scopes=["messages:send"])
    assert denial_of(lambda: end(issued, caller.account, calling(scopes=["tokens:manage"]))) == Denial.GRANT
    assert end(issued, caller.account, calling(scopes=["tokens:manage", "messages:send"]))


@pytest.mark.parametrize("verb", [issuing.renew_login, issuing.revoke_login])
def test_all_jwts_of_a_login_end_with_its_password(
    caller: Caller, jwt_of: JwtOf, by: Actor, sign_in: SignIn, verb: Callable[..., object]
) -> None:
    first, second, others = jwt_of(caller), jwt_of(caller), jwt_of(sign_in())
    assert works(first.access_jwt)
    verb(caller.login, by=by, grantor=None)
    for ended in (first, second):
        assert denial_of(lambda: enter(ended.access_jwt)) == Denial.REVOKED  # noqa: B023  # called at once
        assert denial_of(lambda: refresh(ended.refresh_jwt)) == Denial.REVOKED  # noqa: B023  # called at once
    assert works(others.access_jwt)
    assert {access.state for access in AccessToken.objects.filter(login=caller.login)} == {"revoked"}


def test_what_ended_long_ago_is_deleted(caller: Caller, jwt_of: JwtOf, wait: Wait) -> None:
    old = [jwt_of(caller) for _ in range(3)]
    wait(timedelta(days=61))
    kept = jwt_of(caller)
    assert [working.prune(2), working.prune(2), working.prune(2)] == [2, 1, 0]
    assert AccessToken.objects.get() == kept.access
    assert denial_of(lambda: enter(old[0].access_jwt)) == Denial.UNKNOWN


def test_no_text_of_it_shows_a_jwt(caller: Caller, jwt_of: JwtOf) -> None:
    issued = jwt_of(caller)
    seen = enter(issued.access_jwt)
    shown = f"{issued!r} {issued} {issued.access!r} {seen!r} {seen.actor()!r}"
    assert issued.access_jwt not in shown
    assert issued.refresh_jwt not in shown
    assert ApiLogin.objects.get().digest not in shown
