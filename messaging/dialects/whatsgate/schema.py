"""What WhatsGate's operations take and answer."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from messaging.dialects.whatsgate.serializers import DEVICE_STATES, MOST_CHARACTERS, MOST_PHONES, SORTS, STATES
from messaging.documents import BEARER, FORMS, Answer, Operation, header, key_header, one_of, query
from messaging.errors import Refusal

SECURITY = ((key_header("Access-Token"),),)
BASE = "/api"
HEADERS = {
    "X-RateLimit-Limit": "Requests a second.",
    "X-RateLimit-Remaining": "Requests left in this second.",
}

_PHOTO = "https://example.com/photo.jpg"
_PHONES = f"With country code; several as a list or with commas between, at most {MOST_PHONES}."
Sender = Annotated[str, Meta(min_length=1, description="The number of the device that sends.")]
Phones = Annotated[str, Meta(min_length=1)] | Annotated[list[str], Meta(min_length=1, max_length=MOST_PHONES)]
Caption = Annotated[str, Meta(max_length=MOST_CHARACTERS)] | None
Media = Annotated[str, Meta(min_length=1, description="An http or https address, or the file in base64.")]
Latitude = Annotated[float, Meta(ge=-90, le=90)] | str
Longitude = Annotated[float, Meta(ge=-180, le=180)] | str
DeviceState = Annotated[str, one_of(DEVICE_STATES.values())]


class Error(Struct):
    """Every refusal; those of the token alone have no `success`."""

    message: str
    success: Literal[False] | None = None
    errors: Annotated[dict[str, list[str]], Meta(description="What is wrong, by field.")] | None = None


class Text(Struct):
    sender_device: Sender
    phone: Annotated[Phones, Meta(description=_PHONES)]
    message: Annotated[str, Meta(min_length=1, max_length=MOST_CHARACTERS)]


class Attachment(Struct):
    sender_device: Sender
    phone: Annotated[Phones, Meta(description=_PHONES)]
    media: Media
    caption: Caption = None


class File(Attachment):
    filename: str | None = None


class Audio(Struct):
    sender_device: Sender
    phone: Annotated[Phones, Meta(description=_PHONES)]
    media: Media


class Location(Struct):
    """`lat`, `lng` and `long` are taken too."""

    sender_device: Sender
    phone: Annotated[Phones, Meta(description=_PHONES)]
    latitude: Latitude
    longitude: Longitude
    name: str | None = None
    address: str | None = None


class Sent(Struct):
    """Messages that were stored and will be sent: `id` of one, `ids` of several."""

    success: Literal[True]
    message: str
    id: str | None = None
    ids: list[str] | None = None


class Person(Struct):
    phone: str
    status: str


class Message(Struct):
    id: str
    type: Annotated[str, one_of(SORTS)]
    message: str
    device: str
    phone: str
    status: Annotated[str, one_of(STATES.values())]
    date: str
    recipients: Annotated[list[Person], Meta(description="Each of several.")] | None = None
    error: str | None = None


class OneMessage(Struct):
    success: Literal[True]
    data: Message


class QrCode(Struct):
    success: Literal[True]
    qrCode: Annotated[str, Meta(description="A `data:` URL of the picture to scan.")]  # noqa: N815  the vendor's name


class State(Struct):
    success: Literal[True]
    message: DeviceState


class Device(Struct):
    device: str
    name: str
    status: DeviceState


class Devices(Struct):
    success: Literal[True]
    data: list[Device]


class Delete(Struct):
    sender_device: Sender


class Done(Struct):
    success: Literal[True]
    message: str


class Balance(Struct):
    """Today's numbers of the device, and what the token may still send today."""

    success: Literal[True]
    remaining: int
    successful_count: int
    pending: int
    failed: int


class FailedNumber(Struct):
    number: str
    date: str


class FailedNumbers(Struct):
    success: Literal[True]
    data: list[FailedNumber]


class Rpc(Struct):
    """One JSON-RPC 2.0 message of the Model Context Protocol."""

    jsonrpc: Literal["2.0"]
    method: str
    id: str | int | None = None
    params: dict[str, Any] = {}


class RpcAnswer(Struct):
    """`result`, or `error` with its `code` and `message`."""

    jsonrpc: Literal["2.0"]
    id: Any
    result: dict[str, Any] | None = None
    error: dict[str, Any] | None = None


ERROR = Error
_TO = {"sender_device": "$DEVICE", "phone": "$TO"}
_AT = {"latitude": 41.0082, "longitude": 28.9784, "name": "Office"}
_KEY = header("Idempotency-Key", str, "A text of your own that makes a repeated request safe for 24 hours.")


def _sending(kind: str, takes: type[Struct], **examples: dict[str, Any]) -> Operation:
    return Operation(
        summary=f"Send {kind}",
        tag="send",
        takes=dict.fromkeys(FORMS, takes),
        examples={name.replace("_", " "): _TO | example for name, example in examples.items()},
        parameters=[_KEY],
        answers={200: Answer(Sent, {"success": True, "message": "Message sent successfully", "id": "$ID"})},
    )


OPERATIONS = {
    "POST /api/send/text": _sending(
        "a text message",
        Text,
        To_one={"message": "Hello"},
        To_several={"message": "Hi", "phone": ["$TO", "15550100101"]},
    ),
    "POST /api/send/image": _sending("a picture", Attachment, By_address={"media": _PHOTO, "caption": "Look"}),
    "POST /api/send/video": _sending("a video", Attachment, By_address={"media": "https://example.com/clip.mp4"}),
    "POST /api/send/audio": _sending("a recording", Audio, By_address={"media": "https://example.com/hello.mp3"}),
    "POST /api/send/file": _sending(
        "a file", File, By_address={"media": "https://example.com/bill.pdf", "filename": "bill.pdf"}
    ),
    "POST /api/send/location": _sending("a location", Location, An_office=_AT),
    "GET /api/messages/{id}": Operation(
        summary="Read a message",
        description="Beyond the vendor's API: messages of every API style of the account.",
        path={"id": "$ID"},
        answers={
            200: Answer(
                OneMessage,
                {
                    "success": True,
                    "data": {
                        "id": "$ID",
                        "type": "text",
                        "message": "Hello",
                        "device": "$DEVICE",
                        "phone": "$TO",
                        "status": "successful",
                        "date": "2026-01-15T10:30:00Z",
                    },
                },
            )
        },
    ),
    "GET /api/connect/{number}": Operation(
        summary="Link a device",
        tag="devices",
        path={"number": "$DEVICE"},
        answers={200: Answer(QrCode, {"success": True, "qrCode": "data:image/png;base64,iVBORw0KGgo="})},
        refuses=[Refusal.DEVICE_CONNECTED],
    ),
    "GET /api/status/{number}": Operation(
        summary="Read a device's state",
        tag="devices",
        path={"number": "$DEVICE"},
        answers={200: Answer(State, {"success": True, "message": "connected"})},
    ),
    "POST /api/delete": Operation(
        summary="Delete a device",
        tag="devices",
        takes=dict.fromkeys(FORMS, Delete),
        examples={"By its number": {"sender_device": "$DEVICE"}},
        answers={200: Answer(Done, {"success": True, "message": "Device deleted successfully"})},
        refuses=[Refusal.DEVICE_UNKNOWN],
    ),
    "GET /api/devices": Operation(
        summary="List devices",
        answers={
            200: Answer(
                Devices,
                {"success": True, "data": [{"device": "$DEVICE", "name": "Sandbox", "status": "connected"}]},
            )
        },
    ),
    "GET /api/reports/balance/{number}": Operation(
        summary="Read a device's balance",
        path={"number": "$DEVICE"},
        answers={
            200: Answer(
                Balance, {"success": True, "remaining": 1000, "successful_count": 500, "pending": 50, "failed": 10}
            )
        },
    ),
    "GET /api/reports/failed_numbers": Operation(
        summary="List failed numbers",
        parameters=[
            query("device", str, "Only of the device with this number.", example="$DEVICE"),
            query("from", str, "From this day on.", example="2026-01-01"),
            query("to", str, "Up to this day, which is after `from`.", example="2026-12-31"),
        ],
        answers={
            200: Answer(FailedNumbers, {"success": True, "data": [{"number": "$TO", "date": "2026-01-15T10:30:00Z"}]})
        },
        refuses=[Refusal.DEVICE_UNKNOWN],
    ),
    "POST /mcp/whatsgate": Operation(
        summary="Call a tool as an assistant",
        tag="MCP",
        description="The Model Context Protocol, over streamable HTTP without sessions.",
        takes=Rpc,
        examples={"List the tools": {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}},
        parameters=[header("MCP-Protocol-Version", str, "The revision that is spoken.")],
        answers={
            200: Answer(RpcAnswer, {"jsonrpc": "2.0", "id": 1, "result": {"tools": []}}),
            202: Answer(None, description="A notification was taken."),
            400: Answer(RpcAnswer, description="This is no message that can be understood."),
            404: Answer(RpcAnswer, description="There is no such method."),
        },
        security=((BEARER,),),
    ),
    "GET /docs/mcp": Operation(
        summary="Read what assistants can do",
        tag="MCP",
        description="The manifest: where the endpoint is, and its tools and resources.",
        answers={200: Answer({"type": "object"})},
        security=(),
    ),
}
