"""All that the core stores. One file for each idea; everything is imported from here."""

from messaging.models.alerts import Alert, AlertQuerySet, AlertRule
from messaging.models.broadcasts import Broadcast, BroadcastQuerySet, BroadcastRecipient
from messaging.models.composing import Incident, MobileApp, PreparedQuerySet, ResponseRule, StoredMessage
from messaging.models.contacts import (
    Contact,
    ContactQuerySet,
    OptOut,
    Segment,
    SegmentMember,
    SegmentQuerySet,
)
from messaging.models.devices import Device, DeviceQuerySet
from messaging.models.imports import ContactImport
from messaging.models.media import Media, MediaQuerySet
from messaging.models.messages import (
    DEVICE_CHANNELS,
    Channel,
    Direction,
    IdempotencyKey,
    Message,
    MessageQuerySet,
    Recipient,
    RecipientQuerySet,
    TimelineEntry,
)
from messaging.models.phones import PhoneSettings
from messaging.models.templates import Template, TemplateQuerySet
from messaging.models.usage import UsageDay, UsageHour
from messaging.models.verifications import Verification, VerificationQuerySet
from messaging.models.webhooks import (
    WebhookAttempt,
    WebhookDay,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEndpointQuerySet,
    WebhookEvent,
    WebhookSigning,
)
from messaging.models.workspaces import Workspace, WorkspaceQuerySet

__all__ = [
    "DEVICE_CHANNELS",
    "Alert",
    "AlertQuerySet",
    "AlertRule",
    "Broadcast",
    "BroadcastQuerySet",
    "BroadcastRecipient",
    "Channel",
    "Contact",
    "ContactImport",
    "ContactQuerySet",
    "Device",
    "DeviceQuerySet",
    "Direction",
    "IdempotencyKey",
    "Incident",
    "Media",
    "MediaQuerySet",
    "Message",
    "MessageQuerySet",
    "MobileApp",
    "OptOut",
    "PhoneSettings",
    "PreparedQuerySet",
    "Recipient",
    "RecipientQuerySet",
    "ResponseRule",
    "Segment",
    "SegmentMember",
    "SegmentQuerySet",
    "StoredMessage",
    "Template",
    "TemplateQuerySet",
    "TimelineEntry",
    "UsageDay",
    "UsageHour",
    "Verification",
    "VerificationQuerySet",
    "WebhookAttempt",
    "WebhookDay",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookEndpointQuerySet",
    "WebhookEvent",
    "WebhookSigning",
    "Workspace",
    "WorkspaceQuerySet",
]
