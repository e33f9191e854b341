"""What the operations about phones' settings take and answer."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from messaging.documents import Answer, Operation

Many = Annotated[int, Meta(ge=1, le=2**31 - 1)] | None | UnsetType
Clock = Annotated[str, Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")] | None | UnsetType
Switch = bool | None | UnsetType


class MessageSettings(Struct):
    """How a phone sends; `null` is its own default, here and elsewhere."""

    send_interval_min: Many = UNSET
    send_interval_max: Many = UNSET
    limit_period: Literal["Disabled", "PerMinute", "Per30Minutes", "PerHour", "PerDay"] | UnsetType | None = UNSET
    limit_value: Many = UNSET
    sim_selection_mode: Literal["OSDefault", "RoundRobin", "Random"] | UnsetType | None = UNSET
    log_lifetime_days: Many = UNSET
    work_hours_enabled: Switch = UNSET
    work_hours_start: Clock = UNSET
    work_hours_end: Clock = UNSET
    processing_order: Literal["LIFO", "FIFO"] | UnsetType | None = UNSET


class PingSettings(Struct):
    """How often a phone says that it is there."""

    interval_seconds: Many = UNSET


class LogSettings(Struct):
    """What a phone keeps of its log."""

    lifetime_days: Many = UNSET


class WebhookSettings(Struct):
    """How a phone posts what it must post itself."""

    internet_required: Switch = UNSET
    retry_count: Many = UNSET


class GatewaySettings(Struct):
    """How a phone hears that there is work."""

    notification_channel: Literal["AUTO", "SSE_ONLY"] | UnsetType | None = UNSET


class ReceiverSettings(Struct):
    """How a phone receives."""

    content_provider_enabled: Switch = UNSET


class Settings(Struct):
    """What the account's phones are told; what was never set is missing."""

    messages: MessageSettings | UnsetType | None = UNSET
    ping: PingSettings | UnsetType | None = UNSET
    logs: LogSettings | UnsetType | None = UNSET
    webhooks: WebhookSettings | UnsetType | None = UNSET
    gateway: GatewaySettings | UnsetType | None = UNSET
    receiver: ReceiverSettings | UnsetType | None = UNSET


_SLOWLY: dict[str, Any] = {
    "messages": {"send_interval_min": 5, "send_interval_max": 15, "limit_period": "PerHour", "limit_value": 100},
    "gateway": {"notification_channel": "SSE_ONLY"},
}
_LENIENT = "Names may also be in camel case; what is not known is left out. Secrets cannot be set."

OPERATIONS = {
    "GET /3rdparty/v1/settings": Operation(
        summary="Read the settings", tag="settings", answers={200: Answer(Settings, _SLOWLY)}
    ),
    "PATCH /3rdparty/v1/settings": Operation(
        summary="Change settings",
        tag="settings",
        description=f"What is not given stays. {_LENIENT}",
        takes=Settings,
        examples={"Send slowly": _SLOWLY, "The phones' own limit": {"messages": {"limit_value": None}}},
        answers={200: Answer(Settings, _SLOWLY)},
    ),
    "PUT /3rdparty/v1/settings": Operation(
        summary="Replace the settings",
        tag="settings",
        description=f"What is not given is forgotten. {_LENIENT}",
        takes=Settings,
        examples={"Send slowly": _SLOWLY},
        answers={200: Answer(Settings, _SLOWLY)},
    ),
}
