"""/auth/token."""

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
import time_machine

from accounts.audit import COMMAND
from tests.messaging.dialects.smsgate.conftest import Answer, Api
from tokens import issuing
from tokens.models import AccessToken

ASKED = {"ttl": 3600, "scopes": ["messages:send", "messages:read", "devices:list"]}
NOW = datetime(2026, 1, 31, 9, 0, tzinfo=UTC)


def bearer(api: Api, secret: str) -> Api:
    return Api(api.login, f"Bearer {secret}")


def test_a_login_gets_a_token_in_both_spellings(api: Api) -> None:
    with time_machine.travel(NOW, tick=False):
        answer = api.post("/auth/token", ASKED)
    row = AccessToken.objects.get()
    assert answer.status == 201
    assert answer.body == {
        "id": row.jti,
        "token_type": "Bearer",
        "access_token": answer.body["accessToken"],
        "refresh_token": answer.body["refreshToken"],
        "expires_at": "2026-01-31T10:00:00Z",
        "tokenType": "Bearer",
        "accessToken": answer.body["access_token"],
        "refreshToken": answer.body["refresh_token"],
        "expiresAt": "2026-01-31T10:00:00Z",
    }
    assert len(answer.body["id"]) == 21
    assert datetime.fromisoformat(answer.body["expires_at"].replace("Z", "+00:00")) == NOW + timedelta(hours=1)
    claims = jwt.decode(answer.body["access_token"], options={"verify_signature": False})
    assert claims["scopes"] == sorted(claims["scopes"], key=ASKED["scopes"].index)  # type: ignore[attr-defined]
    assert claims["exp"] == int((NOW + timedelta(hours=1)).timestamp())


def test_a_token_does_what_it_was_asked_for(api: Api) -> None:
    token = bearer(api, api.post("/auth/token", ASKED).body["access_token"])
    assert token.send().status == 202
    assert token.get("/devices").status == 200
    assert token.get("/messages").told == (403, "scope required: messages:list")


def test_a_lifetime_is_at_most_a_day(api: Api) -> None:
    for ttl, hours in ((0, 24), (None, 24), (10**30, 24), (1800, 0.5)):
        with time_machine.travel(NOW, tick=False):
            answer = api.post("/auth/token", {**ASKED, "ttl": ttl})
        ends = datetime.fromisoformat(answer.body["expires_at"])
        assert ends - NOW == timedelta(hours=hours), ttl


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"ttl": 60},
        {"scopes": []},
        {"scopes": "messages:send"},
        {"scopes": [""]},
        {"scopes": ["messages:fly"]},
        {"scopes": ["tokens:refresh"]},
        {"scopes": [1]},
        {"ttl": -1, "scopes": ["all:any"]},
        {"ttl": 1.5, "scopes": ["all:any"]},
        {"ttl": "3600", "scopes": ["all:any"]},
        [],
        "scopes",
    ],
)
def test_what_is_wrong_is_400(api: Api, body: Any) -> None:
    answer = api.post("/auth/token", body)
    assert answer.status == 400
    assert set(answer.body) == {"message"}
    assert not AccessToken.objects.exists()


def test_a_token_gives_no_more_than_it_has(api: Api) -> None:
    manager = api.with_scopes("tokens:manage", "messages:send")
    assert manager.post("/auth/token", {"scopes": ["messages:send"]}).status == 201
    for scopes in (["all:any"], ["messages:read"]):
        assert manager.post("/auth/token", {"scopes": scopes}).status == 403
    refused = api.with_scopes("messages:send").post("/auth/token", ASKED)
    assert refused.told == (403, "scope required: tokens:manage")


@pytest.mark.parametrize("body", [None, {}])
def test_a_refresh_token_works_once(api: Api, body: Any) -> None:
    first = api.post("/auth/token", ASKED).body
    refresh = bearer(api, first["refresh_token"])
    answer = refresh.post("/auth/token/refresh", body)
    assert answer.status == 201
    assert set(answer.body) == set(first)
    assert answer.body["id"] != first["id"]
    assert refresh.post("/auth/token/refresh", body).told == (401, "Unauthorized")
    for pair in (first, answer.body):
        assert bearer(api, pair["access_token"]).send().status == 202, "the old one works until it ends"
    assert bearer(api, answer.body["access_token"]).get("/messages").status == 403, "with the scopes that it had"


def test_a_refresh_waits_for_no_body(api: Api) -> None:
    endless = b" " * (1024 * 1024 + 1)
    assert bearer(api, "a.b.c").post("/auth/token/refresh", endless).status == 401
    assert bearer(api, api.issue().refresh_jwt).post("/auth/token/refresh", endless).status == 201


def test_nothing_but_a_refresh_token_refreshes(api: Api) -> None:
    for asking in (api, api.with_scopes("all:any")):
        assert asking.post("/auth/token/refresh", {}).told == (403, "scope required: tokens:refresh")
    assert api.anonymous().post("/auth/token/refresh", {}).status == 401
    assert bearer(api, "a.b.c").post("/auth/token/refresh", {}).status == 401
    refresh = bearer(api, api.issue().refresh_jwt)
    assert refresh.get("/messages").status == 401, "and it opens nothing else"
    assert refresh.get("/auth/token/refresh").status == 405


def test_a_revoked_token_ends_with_its_refresh_token(api: Api) -> None:
    pair = api.post("/auth/token", {"scopes": ["all:any"]}).body
    access, refresh = bearer(api, pair["access_token"]), bearer(api, pair["refresh_token"])
    assert access.get("/messages").status == 200
    ended = access.delete(f"/auth/token/{pair['id']}")
    assert (ended.status, ended.body) == (204, b"")
    assert access.get("/messages").status == 401
    assert refresh.post("/auth/token/refresh").status == 401


def test_what_cannot_be_revoked_is_204_all_the_same(api: Api, stranger: Api) -> None:
    issued = api.issue()
    for asking, jti in ((api, "unknown"), (stranger, issued.access.jti)):
        assert asking.delete(f"/auth/token/{jti}").status == 204
    assert bearer(api, issued.access_jwt).get("/messages").status == 200


def test_a_new_password_ends_the_logins_tokens(api: Api) -> None:
    token = api.with_scopes("all:any")
    issuing.renew_login(api.login, by=COMMAND, grantor=None)
    for asking in (api, token):
        assert told(asking.get("/messages")) == 401


def told(answer: Answer) -> int:
    return answer.status
