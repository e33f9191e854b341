"""The JWTs of an API login by our own API: listed, and ended."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from time_machine import TimeMachineFixture

from accounts.audit import COMMAND
from accounts.models import Account, AuditEntry
from tests.messaging.api.conftest import Call, Issue
from tokens import issuing
from tokens.authentication import Caller, authenticate_access, authenticate_login
from tokens.errors import Denied
from tokens.jwt import Issued
from tokens.models import ApiLogin


@pytest.fixture
def secret(issue: Issue) -> str:
    return issue("manager")[1]


def sign_in(account: Account) -> Caller:
    login, password = issuing.create_login(account=account, name="phone", by=COMMAND, grantor=None)
    return authenticate_login(login.username, password, dialect="smsgate", address="127.0.0.1")


def jwt_of(caller: Caller, **asked: Any) -> Issued:
    return issuing.issue_access(caller, **{"scopes": ["messages:send"], "by": caller.actor(), **asked})


def path_of(issued: Issued, verb: str = "") -> str:
    return f"logins/{issued.access.login.pk}/tokens" + (f"/{issued.access.jti}/{verb}" if verb else "")


def works(issued: Issued) -> bool:
    try:
        return authenticate_access(issued.access_jwt, dialect="smsgate", address="127.0.0.1").access == issued.access
    except Denied:
        return False


def test_a_login_lists_its_jwts_without_the_jwts(
    call: Call, secret: str, acme: Account, time_machine: TimeMachineFixture
) -> None:
    caller = sign_in(acme)
    first, second = jwt_of(caller, ttl=60), jwt_of(caller, scopes=["all:any"])
    jwt_of(sign_in(acme))
    issuing.refresh_access(first.refresh_jwt, dialect="smsgate", address="127.0.0.1")
    time_machine.move_to(timezone.now() + timedelta(seconds=61))
    answer = call("GET", path_of(first), secret)
    renewed, second_row, first_row = answer.json()["items"]
    assert renewed["scopes"] == ["messages:send"]
    assert (second_row["id"], second_row["state"]) == (second.access.jti, "active")
    assert (second_row["scopes"], second_row["last_used_at"]) == (["all:any"], None)
    assert second_row["renewable_until"].startswith(f"{second.access.refresh_expires_at:%Y-%m-%dT%H:%M:%S}")
    assert (first_row["id"], first_row["state"], first_row["renewable_until"]) == (first.access.jti, "expired", None)
    for jwt in (first.access_jwt, first.refresh_jwt, second.access_jwt, first.access.refresh_jti):
        assert jwt not in answer.content.decode()
    page = call("GET", path_of(first) + "?limit=2", secret).json()
    last = call("GET", f"{path_of(first)}?cursor={page['next_cursor']}", secret).json()["items"]
    assert [row["id"] for row in last] == [first.access.jti]


def test_a_jwt_is_ended_by_its_id(call: Call, secret: str, acme: Account) -> None:
    caller = sign_in(acme)
    ended, kept = jwt_of(caller), jwt_of(caller)
    answer = call("POST", path_of(ended, "revoke"), secret)
    assert (answer.status_code, answer.json()["state"], answer.json()["renewable_until"]) == (200, "revoked", None)
    assert [works(ended), works(kept)] == [False, True]
    assert call("POST", path_of(ended, "revoke"), secret).json()["revoked_at"] == answer.json()["revoked_at"]
    assert AuditEntry.objects.filter(action="access_token.revoked", proof="token").count() == 1


def test_renewing_the_login_is_seen_in_the_list(call: Call, secret: str, acme: Account) -> None:
    issued = jwt_of(sign_in(acme))
    call("POST", f"logins/{issued.access.login.pk}/renew", secret)
    assert [row["state"] for row in call("GET", path_of(issued), secret).json()["items"]] == ["revoked"]


def test_seeing_is_not_ending_and_a_token_ends_at_most_what_it_has(call: Call, issue: Issue, acme: Account) -> None:
    issued = jwt_of(sign_in(acme), scopes=["messages:send", "messages:read"])
    for has in ({"type": "read_only"}, {"scopes": ["tokens:list"]}, {"scopes": ["tokens:list", "tokens:manage"]}):
        _, limited = issue(**has)
        assert call("GET", path_of(issued), limited).status_code == 200
        assert call("POST", path_of(issued, "revoke"), limited).status_code == 403
    assert works(issued)
    _, managing = issue(scopes=["tokens:manage"])
    assert call("GET", path_of(issued), managing).status_code == 403


def test_a_stranger_finds_none_of_it(call: Call, secret: str, acme: Account, other: Account) -> None:
    issued = jwt_of(sign_in(acme))
    mine = sign_in(acme)
    _, theirs = issuing.create_token(account=other, name="theirs", by=COMMAND, grantor=None)
    assert call("GET", path_of(issued), theirs).status_code == 404
    assert call("POST", path_of(issued, "revoke"), theirs).status_code == 404
    assert mine.login is not None
    assert call("POST", f"logins/{mine.login.pk}/tokens/{issued.access.jti}/revoke", secret).status_code == 404
    assert call("POST", f"logins/{mine.login.pk}/tokens/none/revoke", secret).status_code == 404
    assert call("GET", "logins/none/tokens", secret).status_code == 404
    assert works(issued)
    assert ApiLogin.objects.filter(revoked_at=None).count() == 2


@pytest.mark.parametrize("jti", ["x", "%00", "%ED%A0%80", "%C3%A9", "x" * 2000])
def test_what_is_no_id_of_a_jwt_names_none(call: Call, secret: str, acme: Account, jti: str) -> None:
    issued = jwt_of(sign_in(acme))
    answer = call("POST", f"{path_of(issued)}/{jti}/revoke", secret)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


def test_a_jwt_is_no_token_here(call: Call, acme: Account) -> None:
    issued = jwt_of(sign_in(acme), scopes=["all:any"])
    assert call("GET", "me", issued.access_jwt).status_code == 401
