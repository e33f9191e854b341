"""Who may call, and the exact words for who may not."""

from typing import Any

import pytest
from pytest_django import Settings

from accounts.audit import COMMAND
from accounts.models import Account
from messaging.models import Message
from tests.messaging.dialects.whatsgate.asking import Ask
from tests.messaging.dialects.whatsgate.conftest import Issue
from tokens import crypto, issuing
from tokens.models import Token
from tokens.scopes import KeyType

Hello = dict[str, str]
REQUIRED = {"message": "an Access-Token is required"}
INVALID = {"message": "invalid Access-Token"}
NOT_ALLOWED = {"success": False, "message": "this Access-Token may not do this"}


def test_the_owners_example_is_sent(ask: Ask, hello: Hello) -> None:
    answer = ask("send/text", hello)

    message = Message.objects.get()
    assert answer.status == 200
    assert answer.body == {"success": True, "message": "Message sent successfully", "id": str(message.pk)}
    assert (message.to, message.content, message.dialect) == ("+987654321", {"body": hello["message"]}, "whatsgate")


@pytest.mark.parametrize("token", [None, "", "   "])
def test_a_token_is_required(ask: Ask, hello: Hello, token: str | None) -> None:
    answer = ask("send/text", hello, token=token)

    assert (answer.status, answer.body) == (403, REQUIRED)
    assert "WWW-Authenticate" not in answer.headers


@pytest.mark.parametrize(
    "token", ["wrong", crypto.new_secret(KeyType.PRODUCTION), "ä" * 50], ids=["plain", "well formed", "not ASCII"]
)
def test_a_token_nobody_has_is_invalid(ask: Ask, hello: Hello, token: str) -> None:
    answer = ask("send/text", hello, token=token)

    assert (answer.status, answer.body) == (403, INVALID)


def test_only_the_header_carries_a_token(ask: Ask, hello: Hello, issue: Issue) -> None:
    secret = issue()

    answer = ask(f"send/text?token={secret}", {**hello, "token": secret}, token=None, Authorization=f"Bearer {secret}")

    assert (answer.status, answer.body) == (403, REQUIRED)


def test_the_old_value_dies_when_a_token_is_regenerated(ask: Ask, hello: Hello, acme: Account) -> None:
    token, old = issuing.create_token(account=acme, name="ERP", by=COMMAND, grantor=None)
    new = issuing.regenerate_token(token, by=COMMAND, grantor=None)

    assert ask("send/text", hello, token=old).body == INVALID
    assert ask("send/text", hello, token=new).status == 200


def test_a_deleted_token_is_invalid(ask: Ask, hello: Hello, acme: Account) -> None:
    token, secret = issuing.create_token(account=acme, name="ERP", by=COMMAND, grantor=None)
    issuing.delete_token(token, by=COMMAND, grantor=None)

    assert ask("send/text", hello, token=secret).body == INVALID


@pytest.mark.parametrize(
    "asked",
    [
        {"type": "read_only"},
        {"scopes": ["reports:read"]},
        {"networks": ["192.0.2.0/24"]},
        {"dialects": ["startmessaging"]},
    ],
)
def test_a_token_that_may_not_send_is_told_so(ask: Ask, hello: Hello, issue: Issue, asked: dict[str, Any]) -> None:
    answer = ask("send/text", hello, token=issue(**asked))

    assert (answer.status, answer.body) == (403, NOT_ALLOWED)
    assert not Message.objects.exists()


def test_a_paused_token_may_do_nothing(ask: Ask, acme: Account) -> None:
    token, secret = issuing.create_token(account=acme, name="ERP", by=COMMAND, grantor=None)
    issuing.pause_token(token, by=COMMAND, grantor=None)

    assert ask("devices", token=secret).body == NOT_ALLOWED


def test_an_unknown_path_is_a_404_for_everyone(ask: Ask) -> None:
    answer = ask("nothing/here", token=None)

    assert (answer.status, answer.body["success"]) == (404, False)


def test_a_wrong_method_is_refused_after_the_token(ask: Ask) -> None:
    assert ask("send/text", token=None).status == 403
    answer = ask("send/text")
    assert (answer.status, answer.body) == (405, {"success": False, "message": "Method not allowed"})
    assert "POST" in answer.headers["Allow"]


def test_the_rate_limit_is_told_in_headers(ask: Ask, acme: Account, issue: Issue) -> None:
    secret = issue(requests_per_second=1)

    answers = [ask("devices", token=secret) for _ in range(5)]

    assert answers[0].headers["X-RateLimit-Limit"] == "1"
    refused = next(answer for answer in answers if answer.status == 429)
    assert refused.body == {"success": False, "message": "Too Many Attempts."}
    assert refused.headers["X-RateLimit-Remaining"] == "0"
    assert int(refused.headers["Retry-After"]) >= 1


def test_the_vendors_own_limit_can_be_switched_on(ask: Ask, issue: Issue, settings: Settings) -> None:
    settings.GATEWAY_WHATSGATE_PER_MINUTE = 2

    answers = [ask("devices") for _ in range(6)]

    assert [answer.headers["X-RateLimit-Limit"] for answer in answers] == ["2"] * 6
    assert answers[-1].status == 429
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert ask("devices", token=issue()).status == 200


def test_tokens_of_one_account_see_the_same_devices(ask: Ask, issue: Issue) -> None:
    assert ask("devices", token=issue()).body == ask("devices", token=issue()).body
    assert Token.objects.count() == 3
