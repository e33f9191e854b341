"""JSON-RPC 2.0 as the Model Context Protocol uses it: one message in, one answer out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from django.conf import settings

from messaging import json_text
from messaging.dialect import Problem
from messaging.dialects.whatsgate import errors
from messaging.dialects.whatsgate.mcp.resources import resources
from messaging.dialects.whatsgate.mcp.tools import TOOLS
from messaging.errors import Refused
from tokens.errors import Denied

if TYPE_CHECKING:
    from messaging.dialects.whatsgate.views import View

HANDSHAKE = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
STATELESS = "2026-07-28"  # each request names its revision; no handshake
_VERSION_KEY = "io.modelcontextprotocol/protocolVersion"
_ABOUT = "Send WhatsApp messages through the account's devices, and read how the devices and messages fare."
_FRESH_FOR = 300_000  # milliseconds that a list of tools or resources may be kept

PARSE_ERROR, INVALID_REQUEST, UNKNOWN_METHOD, INVALID_PARAMS = -32700, -32600, -32601, -32602
HEADER_MISMATCH, UNSUPPORTED_VERSION = -32020, -32022
_STATUS = {UNKNOWN_METHOD: 404}  # of the stateless revision; before it every answer was a 200


class RpcError(Exception):
    """Raised for a request that is wrong as such; what a tool refuses is a result."""

    def __init__(self, code: int, message: str, data: object = None) -> None:
        super().__init__(message)
        self.code, self.message, self.data = code, message, data


@dataclass(frozen=True, slots=True)
class Reply:
    """The HTTP status, and the JSON to answer with; None for what gets no answer."""

    status: int
    body: dict[str, Any] | None = None


def answer(view: View, raw: bytes, headers: Mapping[str, str]) -> Reply:
    """Do what the message asks and return the reply to it."""
    id: Any = None
    is_stateless = headers.get("MCP-Protocol-Version") == STATELESS
    try:
        message = _parsed(raw)
        id = message.get("id")
        if "method" not in message or "id" not in message:
            return Reply(202)  # a notification, or an answer to something that we never ask
        _check_version(message, headers, is_stateless=is_stateless)
        result = _result(view, message)
    except RpcError as error:
        told = {"code": error.code, "message": error.message} | ({"data": error.data} if error.data else {})
        is_plain = not is_stateless and error.code in (UNKNOWN_METHOD, INVALID_PARAMS)
        return Reply(200 if is_plain else _STATUS.get(error.code, 400), {"jsonrpc": "2.0", "id": id, "error": told})
    return Reply(200, {"jsonrpc": "2.0", "id": id, "result": result})


def _parsed(raw: bytes) -> dict[str, Any]:
    try:
        message = json_text.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise RpcError(PARSE_ERROR, "The body is not valid JSON.") from None
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
        raise RpcError(INVALID_REQUEST, "Send one JSON-RPC 2.0 message.")
    if not isinstance(message.get("method", ""), str) or not isinstance(message.get("params", {}), dict):
        raise RpcError(INVALID_REQUEST, "A method is a text, its params are an object.")
    if isinstance(message.get("id"), bool) or not isinstance(message.get("id", 0), str | int):
        raise RpcError(INVALID_REQUEST, "An id is a text or a whole number.")
    return message


def _check_version(message: Mapping[str, Any], headers: Mapping[str, str], *, is_stateless: bool) -> None:
    """Refuse a revision that is not spoken here, and one that header and body name differently."""
    asked = headers.get("MCP-Protocol-Version")
    if asked and asked not in (*HANDSHAKE, STATELESS):
        raise RpcError(
            UNSUPPORTED_VERSION,
            "This revision of the protocol is not spoken here.",
            {"supported": [*HANDSHAKE, STATELESS], "requested": asked},
        )
    if not is_stateless:
        return
    meta = message.get("params", {}).get("_meta")
    if not isinstance(meta, dict) or meta.get(_VERSION_KEY) != asked:
        raise RpcError(HEADER_MISMATCH, f"params._meta must name the revision of the header in {_VERSION_KEY}.")
    if headers.get("Mcp-Method") != message["method"]:
        raise RpcError(HEADER_MISMATCH, "The header Mcp-Method must name the method.")


def _result(view: View, message: Mapping[str, Any]) -> dict[str, Any]:
    method: str = message["method"]
    if method not in _METHODS:
        raise RpcError(UNKNOWN_METHOD, f"There is no method {method[:100]}.")
    return {**_METHODS[method](view, message.get("params", {})), "resultType": "complete"}


def server_info() -> dict[str, str]:
    return {"name": "whatsgate", "title": f"WhatsGate on {settings.GATEWAY_NAME}", "version": "1"}


def _about() -> dict[str, Any]:
    return {"capabilities": {"tools": {}, "resources": {}}, "instructions": _ABOUT, "serverInfo": server_info()}


def _initialize(view: View, params: Mapping[str, Any]) -> dict[str, Any]:
    asked = params.get("protocolVersion")
    return {"protocolVersion": asked if asked in HANDSHAKE else HANDSHAKE[-1], **_about()}


def _kept(listed: dict[str, Any]) -> dict[str, Any]:
    return {**listed, "ttlMs": _FRESH_FOR, "cacheScope": "public"}


def _discover(view: View, params: Mapping[str, Any]) -> dict[str, Any]:
    return _kept({"supportedVersions": [*HANDSHAKE, STATELESS], **_about()})


def _call(view: View, params: Mapping[str, Any]) -> dict[str, Any]:
    name, arguments = params.get("name"), params.get("arguments") or {}
    tool = TOOLS.get(name) if isinstance(name, str) else None
    if tool is None or not isinstance(arguments, dict):
        raise RpcError(INVALID_PARAMS, "There is no such tool." if tool is None else "arguments must be an object.")
    try:
        result = tool(view, arguments)
    except (Refused, Denied) as problem:
        return _called(_said(view, problem), is_error=True)
    return _called(result)


def _said(view: View, problem: Problem) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.json.decode(errors.answer(problem, view.request).content)
    return told


def _called(result: dict[str, Any], *, is_error: bool = False) -> dict[str, Any]:
    text = msgspec.json.encode(result).decode()
    return {"content": [{"type": "text", "text": text}], "structuredContent": result, "isError": is_error}


def _read(view: View, params: Mapping[str, Any]) -> dict[str, Any]:
    uri = params.get("uri")
    found = resources().get(uri) if isinstance(uri, str) else None
    if found is None:
        raise RpcError(INVALID_PARAMS, "There is no such resource.", {"uri": uri})
    return _kept({"contents": [found.read()]})


_METHODS: Mapping[str, Callable[[View, Mapping[str, Any]], dict[str, Any]]] = {
    "initialize": _initialize,
    "server/discover": _discover,
    "ping": lambda view, params: {},
    "tools/list": lambda view, params: _kept({"tools": [tool.listed() for tool in TOOLS.values()]}),
    "tools/call": _call,
    "resources/list": lambda view, params: _kept({"resources": [r.listed() for r in resources().values()]}),
    "resources/templates/list": lambda view, params: _kept({"resourceTemplates": []}),
    "resources/read": _read,
}
