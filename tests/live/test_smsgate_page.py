"""What SMSGate's page on authentication shows, asked of a running gateway with that one's host and credentials."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.live.gateways import Gateway, until
from tests.node import run_node

pytestmark = pytest.mark.live
SCOPES = ["messages:send", "messages:read"]
HELLO: dict[str, Any] = {"phoneNumbers": ["+1234567890"], "textMessage": {"text": "Hello from JWT!"}}


@pytest.fixture
def login(gateway: Gateway) -> tuple[str, str]:
    made = gateway.made["api_login"]
    return made["username"], made["password"]


def curl(*words: str) -> tuple[int, Any]:
    """Run curl as a shell would; returns the status and the JSON of the answer, None for an empty one."""
    command = ["curl", "--silent", "--show-error", "--write-out", "\n%{http_code}", *words]
    said = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout
    body, _, status = said.rpartition("\n")
    return int(status), json.loads(body) if body else None


def generate_by_curl(gateway: Gateway, login: tuple[str, str], scopes: list[str]) -> tuple[int, Any]:
    return curl(
        *("-X", "POST", f"{gateway.url}/3rdparty/v1/auth/token"),
        *("-u", ":".join(login)),
        *("-H", "Content-Type: application/json"),
        *("-d", json.dumps({"ttl": 3600, "scopes": scopes})),
    )


def test_a_token_by_curl(gateway: Gateway, login: tuple[str, str]) -> None:
    status, answer = generate_by_curl(gateway, login, [*SCOPES, "devices:list"])
    assert status == 201
    assert len(answer["id"]) == len("w8pxz0a4Fwa4xgzyCvSeC")
    assert answer["token_type"] == "Bearer"
    assert answer["access_token"].startswith("eyJ")
    ends = datetime.fromisoformat(answer["expires_at"].replace("Z", "+00:00"))
    assert timedelta(minutes=59) < ends - datetime.now(UTC) <= timedelta(hours=1)


def test_the_list_of_messages_by_curl(gateway: Gateway, login: tuple[str, str]) -> None:
    token = generate_by_curl(gateway, login, ["messages:list"])[1]["access_token"]
    asked = ("-X", "GET", f"{gateway.url}/3rdparty/v1/messages", "-H", f"Authorization: Bearer {token}")
    assert curl(*asked)[0] == 200
    narrow = generate_by_curl(gateway, login, SCOPES)[1]["access_token"]
    refused = curl(*asked[:-1], f"Authorization: Bearer {narrow}")
    assert refused == (403, {"message": "scope required: messages:list"})


def test_a_message_by_curl(gateway: Gateway, login: tuple[str, str]) -> None:
    token = generate_by_curl(gateway, login, SCOPES)[1]["access_token"]
    status, answer = curl(
        *("-X", "POST", f"{gateway.url}/3rdparty/v1/messages"),
        *("-H", f"Authorization: Bearer {token}"),
        *("-H", "Content-Type: application/json"),
        *("-d", json.dumps(HELLO)),
    )
    assert (status, answer["state"]) == (202, "Pending")
    read = ("-X", "GET", f"{gateway.url}/3rdparty/v1/messages/{answer['id']}", "-H", f"Authorization: Bearer {token}")
    until(lambda: curl(*read)[1]["state"] == "Delivered")


def test_a_token_is_revoked_by_curl(gateway: Gateway, login: tuple[str, str]) -> None:
    answer = generate_by_curl(gateway, login, ["tokens:manage"])[1]
    revoke = (
        *("-X", "DELETE", f"{gateway.url}/3rdparty/v1/auth/token/{answer['id']}"),
        *("-H", f"Authorization: Bearer {answer['access_token']}"),
    )
    assert curl(*revoke) == (204, None)
    until(lambda: curl(*revoke) == (401, {"message": "Unauthorized"}), within=5)


def test_a_token_and_a_message_by_python(gateway: Gateway, login: tuple[str, str]) -> None:
    response = httpx.post(
        f"{gateway.url}/3rdparty/v1/auth/token",
        auth=login,
        headers={"Content-Type": "application/json"},
        content=json.dumps({"ttl": 3600, "scopes": SCOPES}),
    )
    assert response.status_code == 201, response.text
    assert response.json()["expires_at"]
    access_token = response.json()["access_token"]

    response = httpx.post(
        f"{gateway.url}/3rdparty/v1/messages",
        headers={"Authorization": f"Bearer {access_token}", "Content-Type": "application/json"},
        content=json.dumps(HELLO),
    )
    assert response.status_code == 202, response.text


@pytest.mark.node
def test_a_token_and_a_message_by_javascript(gateway: Gateway, login: tuple[str, str]) -> None:
    id = run_node("smsgate_page.mjs", HOST=gateway.url, LOGIN=login[0], PASSWORD=login[1]).strip()
    assert httpx.get(f"{gateway.url}/3rdparty/v1/messages/{id}", auth=login).json()["id"] == id


def test_the_migration_from_basic_to_tokens(gateway: Gateway, login: tuple[str, str]) -> None:
    hello = {**HELLO, "textMessage": {"text": "Hello world!"}}
    assert httpx.post(f"{gateway.url}/3rdparty/v1/messages", auth=login, json=hello).status_code == 202

    asked = {"ttl": 3600, "scopes": ["messages:send"]}
    token_response = httpx.post(f"{gateway.url}/3rdparty/v1/auth/token", auth=login, json=asked)
    assert token_response.status_code == 201
    headers = {"Authorization": f"Bearer {token_response.json()['access_token']}", "Content-Type": "application/json"}
    assert httpx.post(f"{gateway.url}/3rdparty/v1/messages", headers=headers, json=hello).status_code == 202


class Sender:
    """The page's class: it keeps a token, gets another one when that is refused, and names a `recipient`.

    Theirs compares the token's end with a time without a zone, which Python refuses on the second call.
    """

    def __init__(self, gateway_url: str, username: str, password: str) -> None:
        self.url, self.auth = f"{gateway_url}/3rdparty/v1", (username, password)
        self.token: str | None = None
        self.expires_at: datetime | None = None

    def get_token(self) -> str:
        asked = {"ttl": 3600, "scopes": ["messages:send"]}
        headers = {"Content-Type": "application/json"}
        response = httpx.post(f"{self.url}/auth/token", auth=self.auth, headers=headers, json=asked)
        assert response.status_code == 201, response.text
        self.expires_at = datetime.fromisoformat(response.json()["expires_at"].replace("Z", "+00:00"))
        token = self.token = str(response.json()["access_token"])
        return token

    def ensure_valid_token(self) -> str:
        now = datetime.now(UTC)
        if self.token is None or self.expires_at is None or now + timedelta(minutes=5) >= self.expires_at:
            return self.get_token()
        return self.token

    def send_message(self, recipient: str, message: str) -> Any:
        response = self.post(self.ensure_valid_token(), recipient, message)
        if response.status_code == 401:
            response = self.post(self.get_token(), recipient, message)
        assert response.status_code == 202, f"{response.status_code} - {response.text}"
        return response.json()

    def post(self, token: str, recipient: str, message: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        body = {"recipient": recipient, "textMessage": {"text": message}}
        return httpx.post(f"{self.url}/messages", headers=headers, json=body)


@pytest.fixture
def sender(gateway: Gateway, login: tuple[str, str]) -> Sender:
    return Sender(gateway.url, *login)


def test_the_class_that_keeps_a_token(sender: Sender) -> None:
    result = sender.send_message("+1234567890", "Hello from JWT!")
    assert (result["state"], result["recipients"][0]["phoneNumber"]) == ("Pending", "+1234567890")
    first = sender.token
    sender.send_message("+1234567890", "And again")
    assert sender.token == first
    sender.token = "a.b.c"
    sender.send_message("+1234567890", "With a token that works no more")
    assert sender.token != first
