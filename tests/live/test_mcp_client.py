"""The official client of the Model Context Protocol, against the real server."""

import asyncio
import json
from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from tests.live.gateways import NUMBER, Gateway

pytestmark = pytest.mark.live


async def used(gateway: Gateway, mode: Any) -> dict[str, Any]:
    """Do with a client what an assistant does, and return what it was told."""
    headers = {"Authorization": f"Bearer {gateway.token}"}
    async with httpx2.AsyncClient(headers=headers) as http:
        transport = streamable_http_client(f"{gateway.url}/mcp/whatsgate", http_client=http)
        async with Client(transport, mode=mode) as client:
            tools = await client.list_tools()
            devices = await client.call_tool("list_devices_status", {})
            sender = json.loads(devices.content[0].text)["data"][0]["device"]  # type: ignore[union-attr]
            sent = await client.call_tool(
                "send_text_message", {"sender_device": sender, "phone": NUMBER, "message": "Hello from an assistant"}
            )
            refused = await client.call_tool("send_text_message", {"sender_device": sender, "phone": NUMBER})
            guide = await client.read_resource("whatsgate://auth-guide")
            return {"tools": tools.tools, "sent": sent, "refused": refused, "guide": guide.contents}


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_an_assistant_sends_a_message(gateway: Gateway, mode: str) -> None:
    told = asyncio.run(used(gateway, mode))
    assert len(told["tools"]) == 7
    assert told["sent"].is_error is False
    assert told["refused"].is_error is True
    assert told["guide"]
    id = int(told["sent"].structured_content["id"])
    gateway.wait_until_all_are("delivered", {id})
