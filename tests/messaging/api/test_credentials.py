"""Tokens and API logins by our own API: a token gives at most what it has."""

from typing import Any

import pytest
from django.test import Client

from accounts.audit import COMMAND
from accounts.models import Account, AuditEntry
from tests.messaging.api.conftest import Call, Issue
from tokens import issuing
from tokens.models import ApiLogin, Token

pytestmark = pytest.mark.django_db


@pytest.fixture
def secret(issue: Issue) -> str:
    return issue("manager")[1]


def test_a_name_alone_makes_a_token_that_works(call: Call, secret: str) -> None:
    made = call("POST", "tokens", secret, {"name": "CRM"})
    assert (made.status_code, made["Cache-Control"]) == (201, "no-store")
    token = made.json()
    assert (token["type"], token["scopes"], token["expires_at"]) == ("production", [], None)
    assert call("GET", "me", token["secret"]).json()["token"]["name"] == "CRM"
    read = call("GET", f"tokens/{token['id']}", secret).json()
    assert "secret" not in read
    assert token["secret"] not in str(read)
    entry = AuditEntry.objects.get(action="token.created", target_id=token["id"])
    assert (entry.actor_label, entry.proof, entry.address) == ("manager", "token", "127.0.0.1")
    assert token["secret"] not in str(entry.changes)


def test_the_list_has_what_was_made(call: Call, secret: str) -> None:
    call("POST", "tokens", secret, {"name": "CRM", "networks": ["10.0.0.0/8"], "requests_per_second": 2})
    page = call("GET", "tokens?limit=1", secret).json()
    assert (page["items"][0]["name"], page["items"][0]["networks"]) == ("CRM", ["10.0.0.0/8"])
    assert call("GET", f"tokens?cursor={page['next_cursor']}", secret).json()["items"][0]["name"] == "manager"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": " "}, "name"),
        ({"name": 5}, "name"),
        ({"name": "x", "type": "golden"}, "type"),
        ({"name": "x", "scopes": ["all:everything"]}, "scopes"),
        ({"name": "x", "scopes": "messages:send"}, "scopes"),
        ({"name": "x", "networks": ["10.0.0.0/99"]}, "networks"),
        ({"name": "x", "dialects": ["klingon"]}, "dialects"),
        ({"name": "x", "expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"name": "x", "requests_per_second": "5"}, "requests_per_second"),
        ({"name": "x", "requests_per_second": 0}, "requests_per_second"),
        ({"name": "x", "expire_at": "2030-01-01T00:00:00Z"}, "expire_at"),
    ],
)
def test_a_wrong_field_is_named(call: Call, secret: str, body: dict[str, Any], field: str) -> None:
    response = call("POST", "tokens", secret, body)
    assert response.status_code == 422
    assert response.json()["error"]["field"].startswith(field)
    assert Token.objects.count() == 1


@pytest.mark.parametrize(
    ("has", "asked"),
    [
        ({"type": "sandbox"}, {}),
        ({"scopes": ["tokens:manage"]}, {"scopes": ["messages:send"]}),
        ({"scopes": ["tokens:manage"]}, {}),
        ({"networks": ["127.0.0.0/8"]}, {"networks": ["0.0.0.0/0"]}),
        ({"dialects": ["gateway"]}, {}),
        ({"requests_per_second": 5}, {"requests_per_second": 6}),
    ],
)
def test_a_token_grants_at_most_what_it_has(
    call: Call, issue: Issue, has: dict[str, Any], asked: dict[str, Any]
) -> None:
    _, limited = issue(**has)
    response = call("POST", "tokens", limited, {"name": "more", **asked})
    assert (response.status_code, response.json()["error"]["code"]) == (403, "grant_too_wide")
    assert Token.objects.count() == 1


@pytest.mark.parametrize("has", [{"type": "read_only"}, {"scopes": ["tokens:list"]}])
def test_seeing_tokens_is_not_managing_them(call: Call, issue: Issue, has: dict[str, Any]) -> None:
    token, reading = issue(**has)
    assert call("GET", "tokens", reading).status_code == 200
    for method, path in (("POST", ""), ("PATCH", f"/{token.pk}"), ("DELETE", f"/{token.pk}"), ("POST", "/1/revoke")):
        assert call(method, f"tokens{path}", reading, {"name": "x"}).status_code == 403
    assert call("POST", "logins", reading, {"name": "x"}).status_code == 403


def test_a_token_cannot_widen_itself(call: Call, issue: Issue) -> None:
    token, limited = issue(scopes=["tokens:manage", "messages:send"])
    assert call("PATCH", f"tokens/{token.pk}", limited, {"scopes": ["all:any"]}).status_code == 403
    narrowed = call("PATCH", f"tokens/{token.pk}", limited, {"scopes": ["tokens:manage"], "name": "less"})
    assert (narrowed.json()["scopes"], narrowed.json()["name"]) == (["tokens:manage"], "less")


def test_a_new_secret_ends_the_old_one_now_or_later(call: Call, secret: str) -> None:
    token = call("POST", "tokens", secret, {"name": "CRM"}).json()
    second = call("POST", f"tokens/{token['id']}/regenerate", secret, {"overlap": "24h"}).json()
    assert second["overlap_until"]
    assert [call("GET", "me", s).status_code for s in (token["secret"], second["secret"])] == [200, 200]
    third = call("POST", f"tokens/{token['id']}/regenerate", secret).json()
    assert [call("GET", "me", s).status_code for s in (second["secret"], third["secret"])] == [401, 200]
    assert call("POST", f"tokens/{token['id']}/regenerate", secret, {"overlap": "1y"}).status_code == 422


def test_a_token_is_paused_resumed_revoked_and_deleted(call: Call, secret: str) -> None:
    token = call("POST", "tokens", secret, {"name": "CRM"}).json()
    path = f"tokens/{token['id']}"
    assert call("POST", f"{path}/pause", secret).json()["state"] == "paused"
    assert call("GET", "me", token["secret"]).json()["error"]["code"] == "paused_token"
    assert call("POST", f"{path}/resume", secret).json()["state"] == "active"
    assert call("POST", f"{path}/revoke", secret).json()["state"] == "revoked"
    assert call("GET", "me", token["secret"]).status_code == 401
    ended = call("POST", f"{path}/regenerate", secret)
    assert (ended.status_code, ended.json()["error"]["code"]) == (409, "ended")
    gone = call("DELETE", path, secret)
    assert (gone.status_code, gone.content) == (204, b"")
    assert call("GET", path, secret).status_code == 404
    actions = AuditEntry.objects.filter(target_id=token["id"], proof="token").values_list("action", flat=True)
    assert set(actions) == {f"token.{verb}" for verb in ("created", "paused", "resumed", "revoked", "deleted")}


def test_the_plan_says_how_many(call: Call, secret: str) -> None:
    made = [call("POST", "tokens", secret, {"name": f"No. {n}"}) for n in range(10)]
    assert [answer.status_code for answer in made] == [201] * 9 + [409]
    assert made[-1].json()["error"]["code"] == "token_limit"


def test_a_login_is_made_renewed_and_revoked(call: Call, secret: str) -> None:
    made = call("POST", "logins", secret, {"name": "Phone"})
    assert (made.status_code, made["Cache-Control"]) == (201, "no-store")
    login = made.json()
    renewed = call("POST", f"logins/{login['id']}/renew", secret).json()
    assert renewed["password"] not in (login["password"], None)
    assert call("GET", "logins", secret).json()["items"][0]["username"] == login["username"]
    assert call("POST", f"logins/{login['id']}/revoke", secret).json()["state"] == "revoked"
    assert call("POST", f"logins/{login['id']}/renew", secret).status_code == 409
    assert AuditEntry.objects.filter(target_type="apilogin", proof="token").count() == 3


def test_only_an_unlimited_token_makes_a_login(call: Call, issue: Issue) -> None:
    _, limited = issue(scopes=["tokens:manage"])
    assert call("POST", "logins", limited, {"name": "Phone"}).status_code == 403
    assert not ApiLogin.objects.exists()


def test_a_stranger_finds_none_of_it(call: Call, issue: Issue, other: Account) -> None:
    token, _ = issue()
    login, _ = issuing.create_login(account=token.account, name="Phone", by=COMMAND, grantor=None)
    _, theirs = issuing.create_token(account=other, name="theirs", by=COMMAND, grantor=None)
    assert [t["name"] for t in call("GET", "tokens", theirs).json()["items"]] == ["theirs"]
    assert call("GET", "logins", theirs).json()["items"] == []
    for method, path in (
        ("GET", f"tokens/{token.pk}"),
        ("DELETE", f"tokens/{token.pk}"),
        ("PATCH", f"tokens/{token.pk}"),
        ("POST", f"tokens/{token.pk}/regenerate"),
        ("POST", f"tokens/{token.pk}/revoke"),
        ("POST", f"logins/{login.pk}/renew"),
        ("POST", f"logins/{login.pk}/revoke"),
    ):
        assert call(method, path, theirs).status_code == 404, path


def test_the_secret_of_a_person_signed_in_is_no_token(signed_in: Any, alice: Any, acme: Account) -> None:
    client: Client = signed_in(alice)
    assert client.get("/api/v1/tokens").status_code == 401
