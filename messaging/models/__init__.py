"""All that the core stores. One file for each idea; everything is imported from here."""

from messaging.models.contacts import OptOut
from messaging.models.devices import Device, DeviceQuerySet
from messaging.models.messages import (
    Channel,
    Direction,
    IdempotencyKey,
    Message,
    MessageQuerySet,
    Recipient,
    RecipientQuerySet,
    TimelineEntry,
)
from messaging.models.usage import UsageDay

__all__ = [
    "Channel",
    "Device",
    "DeviceQuerySet",
    "Direction",
    "IdempotencyKey",
    "Message",
    "MessageQuerySet",
    "OptOut",
    "Recipient",
    "RecipientQuerySet",
    "TimelineEntry",
    "UsageDay",
]
