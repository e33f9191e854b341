"""What an assistant can do here: the seven tools, each with the arguments it takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from messaging import routing
from messaging.dialects.whatsgate import reports
from messaging.dialects.whatsgate.serializers import DEVICE_STATES, SORTS, Fields
from messaging.errors import Refusal, Refused
from tokens.scopes import Scope

if TYPE_CHECKING:
    from messaging.dialects.whatsgate.views import View

Arguments = Mapping[str, Any]
_MEDIA_KINDS = ("image", "video", "audio", "file")


@dataclass(frozen=True, slots=True)
class Tool:
    """A name, what it is for, its scope, its arguments (name to JSON Schema) and what it does."""

    name: str
    description: str
    scope: Scope
    arguments: Mapping[str, Mapping[str, Any]]
    run: Callable[[View, Arguments], dict[str, Any]]
    required: tuple[str, ...] = ()
    is_read_only: bool = True
    schema: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        schema = {"type": "object", "properties": dict(self.arguments), "additionalProperties": False}
        object.__setattr__(self, "schema", schema | ({"required": list(self.required)} if self.required else {}))

    def listed(self) -> dict[str, Any]:
        hints = {"readOnlyHint": self.is_read_only, "destructiveHint": False, "openWorldHint": not self.is_read_only}
        return {"name": self.name, "description": self.description, "inputSchema": self.schema, "annotations": hints}

    def __call__(self, view: View, arguments: Arguments) -> dict[str, Any]:
        """Run it; raises Refused and Denied as the call of the same name would."""
        view.caller.require(self.scope)
        if unknown := sorted(set(arguments) - set(self.arguments)):
            raise Refused(Refusal.INVALID, f"There is no argument {unknown[0]}.", field=unknown[0])
        return self.run(view, arguments)


def _text(about: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", "description": about, **more}


def _send(kind: str, view: View, fields: Fields) -> dict[str, Any]:
    return dict(view.submit(SORTS[kind], fields))


def _send_media(view: View, arguments: Arguments) -> dict[str, Any]:
    kind = arguments.get("type")
    if kind is None:
        raise Refused(Refusal.REQUIRED, field="type")
    if kind not in _MEDIA_KINDS:
        raise Refused(Refusal.KIND, field="type")
    return _send(kind, view, arguments)


def _status(view: View, arguments: Arguments) -> dict[str, Any]:
    device = view.device(arguments.get("device"), Refused(Refusal.NOT_FOUND, "device not found!"))
    return {"success": True, "message": DEVICE_STATES[device.status]}


def _list_devices(view: View, arguments: Arguments) -> dict[str, Any]:
    return {"success": True, "data": listed_devices(view)}


def listed_devices(view: View) -> list[dict[str, str]]:
    """Return the account's devices that have a number."""
    mine = [device for device in routing.devices(view.caller.account) if device.number]
    return [{"device": d.digits, "name": d.name, "status": DEVICE_STATES[d.status]} for d in mine]


def _balance(view: View, arguments: Arguments) -> dict[str, Any]:
    device = view.device(arguments.get("device"), Refused(Refusal.NOT_FOUND, "Device not found"))
    return {"success": True, **reports.balance(view.caller, device)}


def _failed_numbers(view: View, arguments: Arguments) -> dict[str, Any]:
    for name, value in arguments.items():
        if not isinstance(value, str):
            raise Refused(Refusal.INVALID, f"{name} must be a text.", field=name)
    device = None
    if number := arguments.get("device"):
        device = view.device(number, Refused(Refusal.DEVICE_UNKNOWN, field="device"))
    since, until = reports.read_days(arguments.get("from"), arguments.get("to"))
    return {"success": True, "data": reports.failed_numbers(view.caller.account, device, since, until)}


_SENDER = _text("The mobile number of the device that sends, digits with country code.")
_PHONE = _text("The recipient's number, digits with country code; several separated by commas, at most 100.")
_DEVICE = _text("The device's mobile number, digits with country code.")
_DAY = {"format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}

TOOLS: Mapping[str, Tool] = {
    tool.name: tool
    for tool in (
        Tool(
            "send_text_message",
            "Send a text to one or more WhatsApp numbers.",
            Scope.MESSAGES_SEND,
            {"sender_device": _SENDER, "phone": _PHONE, "message": _text("The text.", maxLength=4000)},
            lambda view, given: _send("text", view, given),
            required=("sender_device", "phone", "message"),
            is_read_only=False,
        ),
        Tool(
            "send_media_message",
            "Send a picture, a video, a sound or a file by its web address or as base64.",
            Scope.MESSAGES_SEND,
            {
                "sender_device": _SENDER,
                "phone": _PHONE,
                "type": {"type": "string", "enum": list(_MEDIA_KINDS), "description": "What it is."},
                "media": _text("An https address, or base64."),
                "caption": _text("Shown below it.", maxLength=4000),
                "filename": _text("What a file is called."),
            },
            _send_media,
            required=("sender_device", "phone", "type", "media"),
            is_read_only=False,
        ),
        Tool(
            "send_location_message",
            "Send a place on the map.",
            Scope.MESSAGES_SEND,
            {
                "sender_device": _SENDER,
                "phone": _PHONE,
                "latitude": {"type": "number", "minimum": -90, "maximum": 90},
                "longitude": {"type": "number", "minimum": -180, "maximum": 180},
                "name": _text("What the place is called."),
                "address": _text("Its address."),
            },
            lambda view, given: _send("location", view, given),
            required=("sender_device", "phone", "latitude", "longitude"),
            is_read_only=False,
        ),
        Tool(
            "get_device_status",
            "Say whether a device is connected.",
            Scope.DEVICES_LIST,
            {"device": _DEVICE},
            _status,
            required=("device",),
        ),
        Tool(
            "list_devices_status", "List the account's devices and their states.", Scope.DEVICES_LIST, {}, _list_devices
        ),
        Tool(
            "get_device_balance",
            "Say how many messages are left today, and how many were sent, wait or failed.",
            Scope.REPORTS_READ,
            {"device": _DEVICE},
            _balance,
            required=("device",),
        ),
        Tool(
            "get_failed_numbers",
            "List the numbers that could not be reached.",
            Scope.REPORTS_READ,
            {"device": _DEVICE, "from": _text("First day.", **_DAY), "to": _text("Last day, after the first.", **_DAY)},
            _failed_numbers,
        ),
    )
}
