"""Who may ask: the vendor's page on authentication, and its dictionary's AUTH entries."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.audit import COMMAND
from accounts.models import Account
from messaging.models import Message
from tests.messaging.dialects.connexease.conftest import TEXT, TO, Api, Keys
from tokens import crypto, issuing
from tokens.authentication import forget
from tokens.models import Token


def no(code: str, group: str, description: str) -> dict[str, Any]:
    return {"isSuccess": False, "errors": {"code": code, "group": group, "description": description}}


AUTH_001 = no("AUTH_001", "UNAUTHORIZED", "API Key not found, invalid, or expired.")
AUTH_002 = no("AUTH_002", "UNAUTHORIZED", "Missing Authorization header.")
AUTH_003 = no("AUTH_003", "UNAUTHORIZED", 'Authorization header must be in "Bearer <token>" format.')
AUTH_004 = no("AUTH_004", "INTERNAL_SERVER_ERROR", "Authentication service error.")
AUTH_005 = no("AUTH_005", "INTERNAL_SERVER_ERROR", "Authentication data is corrupted.")


def test_the_vendors_own_curl_works_and_a_wrong_key_gets_its_printed_answer(api: Api) -> None:
    """The page's `curl --request POST --url https://proxy.gateway.connexease.com/v1/wa/message …`, with a message."""

    def curl(secret: str | None) -> Any:
        return Client().generic(
            "POST",
            "/v1/wa/message",
            data=json.dumps(TEXT),
            content_type="application/json",
            headers={"Authorization": f"Bearer {secret}", "Content-Type": "application/json"},
        )

    answer = curl(api.secret)
    assert answer.status_code == 200
    assert answer.json() == {
        "isSuccess": True,
        "data": {
            "messaging_product": "whatsapp",
            "contacts": [{"input": TO, "wa_id": TO}],
            "messages": [{"id": answer.json()["data"]["messages"][0]["id"]}],
        },
    }
    answer = curl("YOUR_API_KEY")
    assert (answer.status_code, answer.json()) == (401, AUTH_001)
    assert Message.objects.count() == 1


def _expired(api: Api, account: Account) -> None:
    Token.objects.update(expires_at=timezone.now() - timedelta(seconds=1))


def _revoked(api: Api, account: Account) -> None:
    assert api.token
    issuing.revoke_token(api.token, by=COMMAND, grantor=None)


def _paused(api: Api, account: Account) -> None:
    assert api.token
    issuing.pause_token(api.token, by=COMMAND, grantor=None)


def _suspended(api: Api, account: Account) -> None:
    account.suspended_at = timezone.now()
    account.save(update_fields=["suspended_at"])


@pytest.mark.parametrize("end", [_expired, _revoked, _paused, _suspended], ids=lambda end: end.__name__)
def test_a_key_that_no_longer_counts_is_not_found(api: Api, acme: Account, end: Callable[[Api, Account], None]) -> None:
    end(api, acme)
    forget()
    answer = api.send()
    assert (answer.status, answer.body) == (401, AUTH_001)
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_an_unknown_key_is_not_found(api: Api) -> None:
    for secret in ("x", "pk_" + "x" * 32, crypto.new_secret("production")):
        answer = api.with_secret(secret).send()
        assert (answer.status, answer.body) == (401, AUTH_001)


def test_a_request_without_the_header_is_told_so(api: Api) -> None:
    answer = api.with_secret(None).send()
    assert (answer.status, answer.body) == (401, AUTH_002)
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "{}", "Basic {}", "Token {}", "Bearer{}", "Bearer:{}"])
def test_a_header_of_another_form_is_told_so(api: Api, header: str) -> None:
    answer = api.send(Authorization=header.format(api.secret))
    assert (answer.status, answer.body) == (401, AUTH_003)


@pytest.mark.parametrize("header", ["Bearer {}", "bearer {}", "BEARER {}", "Bearer   {}", " Bearer {} "])
def test_the_word_may_have_any_case_and_more_than_one_space(api: Api, header: str) -> None:
    assert api.send(Authorization=header.format(api.secret)).status == 200


def test_no_other_place_holds_a_key(api: Api) -> None:
    stranger = api.with_secret(None)
    assert stranger.send(Access_Token=str(api.secret)).errors["code"] == "AUTH_002"
    assert stranger.send(query=f"?access_token={api.secret}").errors["code"] == "AUTH_002"


def test_a_store_of_keys_that_fails_is_no_wrong_key(api: Api) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {Token._meta.db_table} RENAME TO gone")
    answer = api.send()
    assert (answer.status, answer.body) == (500, AUTH_004)


@pytest.mark.parametrize("networks", [["nowhere"], [["10.0.0.0/8"]], 7])
def test_a_key_whose_stored_data_makes_no_sense_is_no_wrong_key(api: Api, networks: object) -> None:
    Token.objects.update(networks=networks)
    answer = api.send()
    assert (answer.status, answer.body) == (500, AUTH_005)
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"networks": ["192.0.2.0/24"]}, "address"),
        ({"dialects": ["whatsgate"]}, "not accepted by this API"),
        ({"type": "read_only"}, "read-only"),
        ({"scopes": ["messages:read"]}, "messages:send"),
    ],
)
def test_a_key_that_may_not_is_forbidden_and_told_why(key: Keys, asked: dict[str, Any], said: str) -> None:
    answer = key(**asked).send()
    assert (answer.status, answer.errors["code"], answer.errors["group"]) == (403, "GW_004", "FORBIDDEN")
    assert said in answer.errors["description"]
    assert "params" not in answer.errors


def test_keys_are_looked_at_before_limits_and_bodies(key: Keys) -> None:
    wrong, slow = Api("x"), key(requests_per_second=1)
    with time_machine.travel(timezone.now(), tick=False):
        assert [wrong.send(b"{").errors["code"] for _ in range(3)] == ["AUTH_001"] * 3
        assert [slow.send(b"{").errors["code"] for _ in range(2)] == ["GW_002", "RATE_001"]
