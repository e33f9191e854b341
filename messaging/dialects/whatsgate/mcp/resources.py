"""What an assistant can read before it calls a tool."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
from django.conf import settings

from messaging.dialects.whatsgate.mcp.tools import TOOLS
from messaging.dialects.whatsgate.serializers import DEVICE_STATES, MOST_CHARACTERS, MOST_PHONES

_SCHEME = "whatsgate://"


@dataclass(frozen=True, slots=True)
class Resource:
    name: str
    description: str
    text: str
    mime: str = "text/markdown"

    @property
    def uri(self) -> str:
        return _SCHEME + self.name

    def listed(self) -> dict[str, str]:
        return {"uri": self.uri, "name": self.name, "description": self.description, "mimeType": self.mime}

    def read(self) -> dict[str, str]:
        return {"uri": self.uri, "mimeType": self.mime, "text": self.text}


def _schemas(*names: str) -> str:
    return msgspec.json.format(msgspec.json.encode({name: TOOLS[name].schema for name in names}), indent=2).decode()


def resources() -> Mapping[str, Resource]:
    """Return every resource by its address."""
    overview = (
        f"# WhatsGate's API on {settings.GATEWAY_NAME}\n\nBase address: `{settings.GATEWAY_URL}/api`. Messages are"
        f" sent by `POST /send/text`, `/send/image`, `/send/video`, `/send/audio`, `/send/file` and `/send/location`,"
        f" devices are read by `GET /devices` and `GET /status/{{device}}`, figures by"
        f" `GET /reports/balance/{{device}}` and `GET /reports/failed_numbers`. A text has at most"
        f" {MOST_CHARACTERS} characters, a call at most {MOST_PHONES} recipients."
        f" A device is {', '.join(DEVICE_STATES.values())}.\n"
    )
    guide = (
        "# Signing in\n\nREST calls carry the header `Access-Token: <token>`, this endpoint takes the same token as"
        " `Authorization: Bearer <token>`. Without a token or with a wrong one the answer is 403."
        f" Tokens are made and revoked at {settings.GATEWAY_URL}/tokens/.\n"
    )
    found = (
        Resource("api-overview", "Which calls there are, and their limits", overview),
        Resource("auth-guide", "Where the token goes", guide),
        Resource(
            "message-schemas",
            "What the sending tools take, as JSON Schema",
            _schemas("send_text_message", "send_media_message", "send_location_message"),
            "application/json",
        ),
        Resource(
            "device-report-schemas",
            "What the device and report tools take, as JSON Schema",
            _schemas("get_device_status", "list_devices_status", "get_device_balance", "get_failed_numbers"),
            "application/json",
        ),
    )
    return {resource.uri: resource for resource in found}
