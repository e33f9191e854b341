"""Who calls with a JWT, and which JWTs are none of ours."""

import json
import time
from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Any

import jwt as pyjwt
import pytest
from django.conf import LazySettings
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from accounts.models import Account
from tests.tokens.conftest import JwtOf, Wait
from tokens import authentication, crypto, usage
from tokens.authentication import Caller, authenticate_access
from tokens.errors import Denial, Denied
from tokens.models import AccessToken, ApiLogin
from tokens.scopes import Scope

HOME = "203.0.113.9"
STRANGERS_KEY = "k" * 64


def call(jwt: str | None, address: str = HOME) -> Caller:
    return authenticate_access(jwt, dialect="smsgate", address=address)


def why(jwt: str | None, address: str = HOME) -> Denial:
    with pytest.raises(Denied) as refusal:
        call(jwt, address)
    return refusal.value.denial


def part(value: object) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def elsewhere(access: AccessToken, **changes: object) -> None:
    """Change the row as another process would: this one is not told."""
    AccessToken.objects.filter(pk=access.pk).update(**changes)


def test_a_jwt_calls_for_its_login_with_its_own_scopes(caller: Caller, jwt_of: JwtOf) -> None:
    issued = jwt_of(caller, scopes=["messages:send", "logs:read"])
    seen = call(issued.access_jwt)
    assert (seen.account, seen.login, seen.access, seen.token) == (caller.account, caller.login, issued.access, None)
    assert (seen.key, seen.label, seen.is_sandbox) == (caller.key, caller.label, False)
    assert seen.scopes == {"messages:send", "logs:read"}
    with pytest.raises(Denied) as refused:
        seen.require(Scope.MESSAGES_READ)
    assert (refused.value.denial, refused.value.scope) == (Denial.SCOPE, "messages:read")


@pytest.mark.parametrize(
    ("changed", "denial"),
    [
        ({}, None),
        ({"exp": None}, Denial.UNKNOWN),
        ({"exp": "soon"}, Denial.UNKNOWN),
        ({"exp": 10**30}, Denial.UNKNOWN),
        ({"exp": 1}, Denial.EXPIRED),
        ({"iat": 10**10}, Denial.UNKNOWN),
        ({"iat": "x"}, Denial.UNKNOWN),
        ({"iss": "sms-gate.app"}, Denial.UNKNOWN),
        ({"iss": None}, Denial.UNKNOWN),
        ({"jti": None}, Denial.UNKNOWN),
        ({"jti": 7}, Denial.UNKNOWN),
        ({"jti": "w8pxz0a4Fwa4xgzyCvSeC"}, Denial.UNKNOWN),
        ({"user_id": ""}, Denial.UNKNOWN),
        ({"scopes": None}, Denial.UNKNOWN),
        ({"scopes": "all:any"}, Denial.UNKNOWN),
        ({"scopes": ["tokens:refresh"]}, Denial.UNKNOWN),
    ],
)
def test_each_claim_must_be_right_even_under_our_own_signature(
    caller: Caller, jwt_of: JwtOf, changed: dict[str, Any], denial: Denial | None
) -> None:
    made = pyjwt.decode(jwt_of(caller).access_jwt, options={"verify_signature": False})
    claims = {name: value for name, value in (made | changed).items() if value is not None}
    signed = pyjwt.encode(claims, crypto.signing_key("jwt"), algorithm="HS256") if claims.get("jti") != 7 else None
    if signed is None:  # which this library would not write
        signed = pyjwt.PyJWS().encode(json.dumps(claims).encode(), crypto.signing_key("jwt"), algorithm="HS256")
    assert (why(signed) if denial else None) == denial
    if denial is None:
        assert call(signed).access


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (STRANGERS_KEY, "HS256"),
        ("", "none"),
        (None, "HS384"),
        (None, "HS512"),
    ],
)
def test_another_key_or_algorithm_makes_none_of_ours(
    caller: Caller, jwt_of: JwtOf, key: str | None, algorithm: str
) -> None:
    claims = pyjwt.decode(jwt_of(caller).access_jwt, options={"verify_signature": False})
    forged = pyjwt.encode(claims, crypto.signing_key("jwt") if key is None else key, algorithm=algorithm)
    assert why(forged) == Denial.UNKNOWN


def test_nothing_of_a_jwt_can_be_changed(caller: Caller, jwt_of: JwtOf) -> None:
    issued = jwt_of(caller)
    header, payload, signature = issued.access_jwt.split(".")
    claims = pyjwt.decode(issued.access_jwt, options={"verify_signature": False})
    for forged in (
        f"{header}.{part(claims | {'scopes': ['all:any']})}.{signature}",
        f"{part({'alg': 'none'})}.{payload}.{signature}",
        f"{part({'alg': ['HS256']})}.{payload}.{signature}",
        f"{part({'alg': {}})}.{payload}.{signature}",
        f"{part({'alg': 'HS256', 'kid': {}})}.{payload}.{signature}",
        f"{part({'alg': 'HS256', 'crit': ['exp']})}.{payload}.{signature}",
        f"{part({'alg': 'HS256', 'b64': False, 'crit': ['b64']})}.{payload}.{signature}",
        f"{part(None)}.{payload}.{signature}",
        f"{urlsafe_b64encode(b'[' * 2700).decode()}.{payload[:10]}.{signature}",
        f"{header}.{payload}.{signature[:-2]}",
        f"{header}.{payload}.",
        f"{header}..{signature}",
        f"{header}.{payload}",
        f" {issued.access_jwt}",
        issued.access_jwt * 20,
    ):
        assert why(forged) == Denial.UNKNOWN, forged
    assert call(issued.access_jwt).access == issued.access


@given(st.one_of(st.text(), st.from_regex(r"\A[\w-]{0,60}\.[\w-]{0,60}\.[\w-]{0,60}\Z")))
def test_whatever_is_sent_is_refused_and_breaks_nothing(text: str) -> None:
    assert why(text) == (Denial.UNKNOWN if text.strip() else Denial.MISSING)


def test_a_missing_jwt_is_missing() -> None:
    assert why(None) == why("") == Denial.MISSING


@pytest.mark.django_db
def test_a_forged_jwt_costs_no_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    forged = pyjwt.encode({"jti": "x", "exp": time.time() + 60}, STRANGERS_KEY, algorithm="HS256")
    with django_assert_num_queries(0):
        assert why(forged) == Denial.UNKNOWN


def test_another_secret_key_ends_every_jwt(caller: Caller, jwt_of: JwtOf, settings: LazySettings) -> None:
    issued = jwt_of(caller)
    settings.SECRET_KEY = "another secret key, which is long enough to be one"
    assert why(issued.access_jwt) == Denial.UNKNOWN


def test_a_jwt_ends_when_it_says(caller: Caller, jwt_of: JwtOf, wait: Wait) -> None:
    issued = jwt_of(caller, ttl=60)
    wait(timedelta(seconds=58))
    assert call(issued.access_jwt).access == issued.access
    wait(timedelta(seconds=2))
    assert why(issued.access_jwt) == Denial.EXPIRED


def test_asking_again_within_a_second_costs_no_query(
    caller: Caller, jwt_of: JwtOf, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    issued = jwt_of(caller)
    with django_assert_num_queries(1):
        for _ in range(3):
            assert call(issued.access_jwt).account.plan.name == "Free"


def test_what_another_process_ends_is_noticed_within_a_second(
    caller: Caller, jwt_of: JwtOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    issued = jwt_of(caller)
    call(issued.access_jwt)
    elsewhere(issued.access, revoked_at=timezone.now())
    now += 0.9
    call(issued.access_jwt)
    now += 0.1
    assert why(issued.access_jwt) == Denial.REVOKED


def test_a_jwt_is_refused_where_its_login_and_its_account_are(caller: Caller, jwt_of: JwtOf) -> None:
    issued = jwt_of(caller)
    Account.objects.update(allowed_networks=["10.0.0.0/8"])
    assert why(issued.access_jwt) == Denial.ADDRESS
    assert call(issued.access_jwt, "10.1.2.3").access == issued.access
    Account.objects.update(suspended_at=timezone.now())
    authentication.forget()
    assert why(issued.access_jwt, "10.1.2.3") == Denial.ACCOUNT_SUSPENDED
    ApiLogin.objects.update(revoked_at=timezone.now())
    authentication.forget()
    assert why(issued.access_jwt) == Denial.REVOKED


def test_the_use_of_a_jwt_is_noted_for_it_and_its_login(caller: Caller, jwt_of: JwtOf) -> None:
    used, idle = jwt_of(caller), jwt_of(caller)
    seen = call(used.access_jwt)
    usage.note_request(seen, method="GET", path="/", dialect="smsgate", status=200, address="2001:DB8::1")
    usage.flush()
    assert ApiLogin.objects.get().last_used_address == "2001:db8::1"
    last = dict(AccessToken.objects.values_list("pk", "last_used_address"))
    assert last == {used.access.pk: "2001:db8::1", idle.access.pk: None}
