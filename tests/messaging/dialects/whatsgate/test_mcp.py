"""The Model Context Protocol: what an assistant's client does, request by request."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from messaging.models import Device, Message
from tests.messaging.dialects.whatsgate.conftest import Issue

Rpc = Callable[..., Any]
STATELESS = "2026-07-28"


def post(body: Any, token: str | None, **headers: str) -> Any:
    given = {"Authorization": f"Bearer {token}"} if token else {}
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    client = Client(raise_request_exception=False)
    return client.post("/mcp/whatsgate", raw, content_type="application/json", headers=given | headers)


@pytest.fixture
def token(issue: Issue, sandbox: Device) -> str:
    return issue()


@pytest.fixture
def rpc(token: str) -> Rpc:
    """Call a method and return its result."""

    def call(method: str, secret: str = token, **params: Any) -> Any:
        answer = post({"jsonrpc": "2.0", "id": 7, "method": method, "params": params}, secret)
        assert answer["Content-Type"] == "application/json"
        body = answer.json()
        assert (answer.status_code, body["jsonrpc"], body["id"]) == (200, "2.0", 7), body
        return body.get("result") or body["error"]

    return call


def test_the_handshake_agrees_on_a_revision(rpc: Rpc, token: str) -> None:
    assert rpc("initialize", protocolVersion="2025-06-18", capabilities={})["protocolVersion"] == "2025-06-18"
    newest = rpc("initialize", protocolVersion="1999-01-01", capabilities={})
    assert newest["protocolVersion"] == "2025-11-25"
    assert newest["serverInfo"]["name"] == "whatsgate"
    noted = post({"jsonrpc": "2.0", "method": "notifications/initialized"}, token)
    assert (noted.status_code, noted.content) == (202, b"")


def test_the_tools_of_the_vendor_are_listed_with_their_arguments(rpc: Rpc) -> None:
    tools = {tool["name"]: tool["inputSchema"] for tool in rpc("tools/list")["tools"]}
    assert set(tools) == {
        *("send_text_message", "send_media_message", "send_location_message", "get_device_status"),
        *("list_devices_status", "get_device_balance", "get_failed_numbers"),
    }
    assert tools["send_text_message"]["required"] == ["sender_device", "phone", "message"]


def test_a_text_is_sent(rpc: Rpc, hello: dict[str, str]) -> None:
    result = rpc("tools/call", name="send_text_message", arguments=hello)
    message = Message.objects.get()
    assert result["isError"] is False
    assert result["structuredContent"] == {
        "success": True,
        "message": "Message sent successfully",
        "id": str(message.pk),
    }
    assert (message.content, message.to) == ({"body": hello["message"]}, "+987654321")


@pytest.mark.parametrize(
    ("name", "arguments", "kind"),
    [
        ("send_location_message", {"latitude": 1.5, "longitude": -2}, "location"),
        ("send_media_message", {"type": "image", "media": "https://example.org/a.png", "caption": "Look"}, "image"),
        ("send_media_message", {"type": "file", "media": "https://example.org/a.pdf"}, "document"),
    ],
)
def test_other_kinds_are_sent(rpc: Rpc, name: str, arguments: dict[str, Any], kind: str) -> None:
    who = {"sender_device": "123456789", "phone": "987654321"}
    result = rpc("tools/call", name=name, arguments=who | arguments)
    assert result["isError"] is False, result
    assert Message.objects.get().kind == kind


@pytest.mark.parametrize(
    ("name", "arguments", "key"),
    [
        ("get_device_status", {"device": "123456789"}, "message"),
        ("list_devices_status", {}, "data"),
        ("get_device_balance", {"device": "123456789"}, "remaining"),
        ("get_failed_numbers", {"from": "2026-01-01"}, "data"),
    ],
)
def test_devices_and_reports_are_read(rpc: Rpc, name: str, arguments: dict[str, str], key: str) -> None:
    result = rpc("tools/call", name=name, arguments=arguments)
    assert result["isError"] is False, result
    assert key in result["structuredContent"]


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("send_text_message", {"sender_device": "123456789"}, "The phone field is required."),
        ("send_text_message", {"sender_device": "5", "phone": "987654321"}, "The selected sender device is invalid."),
        ("send_media_message", {"type": "gif"}, "The selected type is invalid."),
        ("get_device_status", {"device": "999"}, "device not found!"),
        ("get_device_status", {"device": "123456789", "more": 1}, "There is no argument more."),
        ("get_failed_numbers", {"from": 5}, "The from must be a text."),
        ("get_failed_numbers", {"from": "2026-99-01"}, "The from is not a valid date."),
    ],
)
def test_what_a_tool_refuses_is_told_to_the_assistant(
    rpc: Rpc, name: str, arguments: dict[str, Any], said: str
) -> None:
    result = rpc("tools/call", name=name, arguments=arguments)
    assert result["isError"] is True
    assert result["structuredContent"]["message"] == said
    assert not Message.objects.exists()


def test_a_tool_needs_its_permission(rpc: Rpc, issue: Issue, hello: dict[str, str]) -> None:
    reading = issue(type="read_only")
    assert rpc("tools/call", reading, name="send_text_message", arguments=hello)["isError"] is True
    assert rpc("tools/call", reading, name="list_devices_status", arguments={})["isError"] is False
    assert not Message.objects.exists()


def test_every_resource_can_be_read(rpc: Rpc) -> None:
    listed = rpc("resources/list")["resources"]
    assert {r["name"] for r in listed} == {"api-overview", "auth-guide", "message-schemas", "device-report-schemas"}
    for resource in listed:
        read = rpc("resources/read", uri=resource["uri"])["contents"][0]
        assert read["mimeType"] == resource["mimeType"]
        assert json.loads(read["text"]) if "json" in read["mimeType"] else read["text"].startswith("#")


def test_without_a_token_or_with_a_wrong_one_it_is_403(token: str) -> None:
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    assert post(ping, None).status_code == 403
    assert post(ping, "wrong").json() == {"message": "invalid Access-Token"}
    assert post(ping, None, **{"Access-Token": token}).status_code == 403
    assert post(ping, token).status_code == 200


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"{", -32700),
        (b"[]", -32600),
        (b"5", -32600),
        (b'{"id": 1, "method": "ping"}', -32600),
        (b'{"jsonrpc": "2.0", "id": 1, "method": 5}', -32600),
        (b'{"jsonrpc": "2.0", "id": [1], "method": "ping"}', -32600),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "ping", "params": []}', -32600),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "nothing"}', -32601),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "nothing"}}', -32602),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "resources/read", "params": {"uri": {}}}', -32602),
    ],
)
def test_what_is_no_request_gets_an_error(token: str, raw: bytes, code: int) -> None:
    assert post(raw, token).json()["error"]["code"] == code


def test_the_revision_without_a_handshake_names_itself_in_every_request(token: str) -> None:
    headers = {"MCP-Protocol-Version": STATELESS, "Mcp-Method": "server/discover"}
    meta = {"_meta": {"io.modelcontextprotocol/protocolVersion": STATELESS}}
    asked = {"jsonrpc": "2.0", "id": 1, "method": "server/discover", "params": meta}
    assert STATELESS in post(asked, token, **headers).json()["result"]["supportedVersions"]
    refused = post(asked | {"params": {}}, token, **headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, -32020)
    unknown = post(asked | {"method": "nothing"}, token, **headers | {"Mcp-Method": "nothing"})
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, -32601)
    future = post(asked, token, **headers | {"MCP-Protocol-Version": "2099-01-01"})
    assert (future.status_code, future.json()["error"]["code"]) == (400, -32022)


def test_a_browser_is_sent_to_the_manifest_which_anybody_may_read(db: None) -> None:
    redirect = Client().get("/mcp/whatsgate", headers={"Accept": "text/html"})
    assert (redirect.status_code, redirect["Location"][-9:]) == (302, "/docs/mcp")
    manifest = Client().get("/docs/mcp")
    assert manifest.status_code == 200
    assert len(manifest.json()["tools"]) == 7
    assert manifest.json()["endpoint"].endswith("/mcp/whatsgate")
    unread = b" " * (1024 * 1024 + 1)
    assert Client().generic("GET", "/docs/mcp", unread).status_code == 200


def test_no_stream_is_offered(token: str) -> None:
    for accept in ("text/event-stream", "application/json"):
        headers = {"Authorization": f"Bearer {token}", "Accept": accept}
        assert Client().get("/mcp/whatsgate", headers=headers).status_code == 405
