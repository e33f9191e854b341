"""Where the API answers, who may ask what there, and what it says when nobody may."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest
from django.db import DatabaseError, connections
from django.test import Client
from django.urls import resolve
from pytest_django import Settings

from messaging.dialects.smsgate.urls import urlpatterns
from messaging.paths import is_alias, template_of
from tests.messaging.dialects.smsgate.conftest import HELLO, Api
from tokens.scopes import EVERYTHING, Scope

SCOPES: dict[str, str] = {
    "POST /messages": "messages:send",
    "GET /messages": "messages:list",
    "GET /messages/{id}": "messages:read",
    "DELETE /messages/{id}": "messages:cancel",
    "POST /messages/inbox/export": "messages:export",
    "POST /inbox/export": "messages:export",
    "GET /inbox": "inbox:list",
    "POST /inbox/refresh": "inbox:refresh",
    "GET /inbox/{id}/attachments/{part}": "inbox:read",
    "GET /devices": "devices:list",
    "DELETE /devices/{id}": "devices:delete",
    "GET /webhooks": "webhooks:list",
    "POST /webhooks": "webhooks:write",
    "DELETE /webhooks/{id}": "webhooks:delete",
    "GET /settings": "settings:read",
    "PATCH /settings": "settings:write",
    "PUT /settings": "settings:write",
    "GET /logs": "logs:read",
    "POST /auth/token": "tokens:manage",
    "DELETE /auth/token/{jti}": "tokens:manage",
}
OPEN = ("/health", "/health/live", "/health/ready", "/health/startup")
ITS_OWN = "/auth/token/refresh"  # takes a refresh token, and nothing else


def filled(path: str) -> str:
    return path.format(id="a", part="0", jti="a")


@pytest.mark.parametrize("route", SCOPES)
def test_each_call_takes_its_scope_and_no_other(api: Api, route: str) -> None:
    method, path = route.split()
    others = sorted(EVERYTHING - {SCOPES[route]})
    refused = api.with_scopes(*others).call(method, filled(path), {})
    assert refused.told == (403, f"scope required: {SCOPES[route]}")
    assert api.with_scopes(SCOPES[route]).call(method, filled(path), {}).status not in (401, 403)
    assert api.with_scopes("all:any").call(method, filled(path), {}).status not in (401, 403)
    assert api.anonymous().call(method, filled(path), {}).told == (401, "Unauthorized")


def test_no_call_is_missing_here() -> None:
    known = {filled(route.split()[1]) for route in SCOPES} | {*OPEN, ITS_OWN}
    mounted = {filled(template_of(route).removeprefix("/3rdparty/v1")) for route in urlpatterns if not is_alias(route)}
    assert mounted <= known


@pytest.mark.parametrize("prefix", ["/3rdparty/v1", "/api/3rdparty/v1", "/smsgate/3rdparty/v1"])
def test_it_answers_at_both_prefixes_in_singular_and_plural(api: Api, prefix: str) -> None:
    id = api.send().body["id"]
    assert api.post(f"{prefix}/message", dict(HELLO)).status == 202
    assert api.get(f"{prefix}/message/{id}").body["id"] == id
    assert api.get(f"{prefix}/messages/{id}/").body["id"] == id
    assert api.get(f"{prefix}/MESSAGES/{id}").body["id"] == id
    assert api.get(f"{prefix}/device").status == 200
    for path in ("/messages", "/devices", "/settings", "/logs", "/inbox"):
        assert api.get(f"{prefix}{path}/").status == 200, path


def test_letters_may_be_large_or_small(api: Api) -> None:
    for path in ("/API/3rdParty/V1/Messages", "/3RDPARTY/V1/MESSAGES/", "/3RDPARTY/v1/nothing"):
        answer = api.get(path)
        assert answer.headers["Content-Type"] == "application/json", path
        assert answer.status == (404 if "nothing" in path else 200)


def test_a_wrong_path_is_known_to_be_wrong_by_those_alone_who_may_ask(api: Api) -> None:
    for path in ("/nothing", "/messages/a/b", "/3rdparty/v1/", "/api/3rdparty/v1/nothing"):
        assert api.anonymous().get(path).told == (401, "Unauthorized"), path
        assert api.get(path).status == 404, path


def test_a_wrong_method_is_405(api: Api) -> None:
    answer = api.call("PATCH", "/messages")
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, POST, HEAD")


@pytest.mark.parametrize(
    "authorization",
    ["", "Basic", "Basic !", "Basic YQ==", "Basic YTpi", "Bearer", "Bearer a.b.c", "Digest a", "gw_live_x", "Bearer  "],
)
def test_whoever_cannot_be_told_is_401_without_being_asked_in_another_way(api: Api, authorization: str) -> None:
    answer = api.get("/messages", Authorization=authorization)
    assert answer.told == (401, "Unauthorized")
    assert "WWW-Authenticate" not in answer.headers


def test_schemes_may_be_written_large_or_small(api: Api) -> None:
    assert api.authorization
    scheme, secret = api.authorization.split()
    for written in (scheme.lower(), scheme.upper()):
        assert api.get("/messages", Authorization=f"{written}  {secret} ").status == 200
    jwt = api.issue([Scope.MESSAGES_LIST]).access_jwt
    assert api.get("/messages", Authorization=f"bearer {jwt}").status == 200


# Health


@pytest.mark.parametrize("path", OPEN)
def test_anybody_may_ask_whether_it_is_well(api: Api, path: str) -> None:
    for asking in (api, api.anonymous()):
        answer = asking.get(path)
        assert (answer.status, answer.body["status"]) == (200, "pass")
        assert isinstance(answer.body["releaseId"], int)
    assert api.get(path, Authorization="Basic nonsense").status == 200


def test_a_database_that_does_not_answer_fails_readiness_and_not_liveness(api: Api) -> None:
    with mock.patch.object(connections["default"], "cursor", side_effect=DatabaseError):
        ready, live = (api.anonymous().get(path) for path in ("/health/ready", "/health/live"))
    assert (ready.status, ready.body["status"]) == (503, "fail")
    check: dict[str, Any] = ready.body["checks"]["db:ping"]
    assert (check["status"], check["observedValue"]) == ("fail", 1)
    assert live.status == 200


def test_probes_answer_at_the_root_too(db: None, settings: Settings) -> None:
    settings.GATEWAY_DIALECT_HOSTS = {"smsgate": "sms.example.com"}
    settings.ALLOWED_HOSTS = ["testserver", "sms.example.com"]
    for path in OPEN:
        assert Client().get(path).json() == {"status": "ok"}
        assert Client().get(path, headers={"Host": "sms.example.com"}).json()["status"] == "pass"


# A phone's own server


def test_in_local_mode_there_are_no_access_tokens(api: Api, settings: Settings) -> None:
    jwt = api.with_scopes("all:any")
    issued = api.issue()
    settings.GATEWAY_SMSGATE_MODE = "local"
    disabled = (501, "token service disabled, contact your administrator")
    for asking in (api, jwt, api.anonymous()):
        assert asking.post("/auth/token", {"scopes": ["all:any"]}).told == disabled
        assert asking.post("/auth/token/refresh").told == disabled
        assert asking.delete(f"/auth/token/{issued.access.jti}").told == disabled
    assert jwt.get("/messages").told == (401, "Unauthorized")
    assert api.get("/messages").status == 200
    assert api.send().status == 202


def test_every_path_leads_to_a_view_of_this_api() -> None:
    for path in ("/3rdparty/v1/messages", "/api/3rdparty/v1/messages"):
        view: Any = resolve(path).func
        assert view.cls.dialect == "smsgate"
