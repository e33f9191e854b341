"""All that the core stores. One file for each idea; everything is imported from here."""

from messaging.models.contacts import (
    Contact,
    ContactQuerySet,
    OptOut,
    Segment,
    SegmentMember,
    SegmentQuerySet,
)
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
from messaging.models.templates import Template, TemplateQuerySet
from messaging.models.usage import UsageDay

__all__ = [
    "Channel",
    "Contact",
    "ContactQuerySet",
    "Device",
    "DeviceQuerySet",
    "Direction",
    "IdempotencyKey",
    "Message",
    "MessageQuerySet",
    "OptOut",
    "Recipient",
    "RecipientQuerySet",
    "Segment",
    "SegmentMember",
    "SegmentQuerySet",
    "Template",
    "TemplateQuerySet",
    "TimelineEntry",
    "UsageDay",
]
