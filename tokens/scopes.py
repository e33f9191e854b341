"""One vocabulary of scopes, `resource:action`, for every dialect. SMSGate's list is the base."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db import models


class Scope(StrEnum):
    ALL = "all:any"
    MESSAGES_SEND = "messages:send"
    MESSAGES_READ = "messages:read"
    MESSAGES_LIST = "messages:list"
    MESSAGES_CANCEL = "messages:cancel"
    MESSAGES_EXPORT = "messages:export"
    INBOX_LIST = "inbox:list"
    INBOX_READ = "inbox:read"
    INBOX_REFRESH = "inbox:refresh"
    BROADCASTS_READ = "broadcasts:read"
    BROADCASTS_WRITE = "broadcasts:write"
    TEMPLATES_LIST = "templates:list"
    TEMPLATES_WRITE = "templates:write"
    TEMPLATES_DELETE = "templates:delete"
    CONTACTS_LIST = "contacts:list"
    CONTACTS_WRITE = "contacts:write"
    CONTACTS_DELETE = "contacts:delete"
    MEDIA_READ = "media:read"
    MEDIA_WRITE = "media:write"
    DEVICES_LIST = "devices:list"
    DEVICES_WRITE = "devices:write"
    DEVICES_DELETE = "devices:delete"
    WEBHOOKS_LIST = "webhooks:list"
    WEBHOOKS_WRITE = "webhooks:write"
    WEBHOOKS_DELETE = "webhooks:delete"
    REPORTS_READ = "reports:read"
    LOGS_READ = "logs:read"
    SETTINGS_READ = "settings:read"
    SETTINGS_WRITE = "settings:write"
    TOKENS_LIST = "tokens:list"
    TOKENS_MANAGE = "tokens:manage"
    TOKENS_REFRESH = "tokens:refresh"  # only ever inside a refresh token: nobody gives it, `all:any` has it not


class KeyType(models.TextChoices):
    PRODUCTION = "production", "Production"
    SANDBOX = "sandbox", "Sandbox"
    READ_ONLY = "read_only", "Read-only"


@dataclass(frozen=True, slots=True)
class Area:
    """One row of the permission table: what reading and writing there take."""

    slug: str
    label: str
    hint: str
    read: tuple[Scope, ...]
    write: tuple[Scope, ...] = ()


AREAS = (
    Area(
        "messages",
        "Messages",
        "Send, list, look up a delivery",
        read=(Scope.MESSAGES_READ, Scope.MESSAGES_LIST),
        write=(Scope.MESSAGES_SEND, Scope.MESSAGES_CANCEL),
    ),
    Area(
        "inbox",
        "Received messages",
        "List and read what came in, have phones send it again",
        read=(Scope.INBOX_LIST, Scope.INBOX_READ),
        write=(Scope.INBOX_REFRESH, Scope.MESSAGES_EXPORT),
    ),
    Area(
        "broadcasts",
        "Broadcasts",
        "Send one message to a list",
        read=(Scope.BROADCASTS_READ,),
        write=(Scope.BROADCASTS_WRITE,),
    ),
    Area(
        "templates",
        "Templates",
        "Texts kept for sending",
        read=(Scope.TEMPLATES_LIST,),
        write=(Scope.TEMPLATES_WRITE, Scope.TEMPLATES_DELETE),
    ),
    Area(
        "contacts",
        "Contacts",
        "People and their lists",
        read=(Scope.CONTACTS_LIST,),
        write=(Scope.CONTACTS_WRITE, Scope.CONTACTS_DELETE),
    ),
    Area(
        "media",
        "Media",
        "Pictures and files of messages",
        read=(Scope.MEDIA_READ,),
        write=(Scope.MEDIA_WRITE,),
    ),
    Area(
        "devices",
        "Devices",
        "See which phone or number is online",
        read=(Scope.DEVICES_LIST,),
        write=(Scope.DEVICES_WRITE, Scope.DEVICES_DELETE),
    ),
    Area(
        "webhooks",
        "Webhooks",
        "Where events are posted",
        read=(Scope.WEBHOOKS_LIST,),
        write=(Scope.WEBHOOKS_WRITE, Scope.WEBHOOKS_DELETE),
    ),
    Area("reports", "Reports and usage", "Counters and delivery reports", read=(Scope.REPORTS_READ,)),
    Area("logs", "Log", "What happened in the account", read=(Scope.LOGS_READ,)),
    Area(
        "settings",
        "Settings",
        "Of the account, its alert rules and its phones",
        read=(Scope.SETTINGS_READ,),
        write=(Scope.SETTINGS_WRITE,),
    ),
    Area(
        "tokens",
        "Tokens",
        "List and manage tokens and API logins",
        read=(Scope.TOKENS_LIST,),
        write=(Scope.TOKENS_MANAGE,),
    ),
)

# What the form offers to start from; an empty list is everything the type allows, now and later.
PRESETS: dict[str, tuple[Scope, ...]] = {
    "send": (Scope.MESSAGES_SEND,),
    "send-and-read": (Scope.MESSAGES_SEND, *AREAS[0].read, *AREAS[1].read),
    "everything": (),
}

GRANTABLE = tuple(scope for scope in Scope if scope != Scope.TOKENS_REFRESH)
EVERYTHING = frozenset(GRANTABLE) - {Scope.ALL}
READING = frozenset(scope for area in AREAS for scope in area.read)


def is_unlimited(scopes: Collection[str]) -> bool:
    return not scopes or Scope.ALL in scopes


def effective(type: str, scopes: Collection[str]) -> frozenset[str]:
    """Return the scopes a key really has: what it was given, cut down to what its type allows.

    An empty list, like `all:any`, means everything its type allows.
    """
    given = EVERYTHING if is_unlimited(scopes) else EVERYTHING & frozenset(scopes)
    return given & READING if type == KeyType.READ_ONLY else given


@dataclass(frozen=True, slots=True)
class Ability:
    text: str
    is_allowed: bool


_SENDING = {
    KeyType.PRODUCTION: "Send real messages through every device",
    KeyType.SANDBOX: "Send messages to the sandbox; nothing leaves the gateway",
    KeyType.READ_ONLY: "Send messages",
}
_SENTENCES: tuple[tuple[Scope, str], ...] = (
    (Scope.MESSAGES_CANCEL, "Cancel messages that wait"),
    (Scope.MESSAGES_READ, "Look up a message, with recipients and text"),
    (Scope.MESSAGES_LIST, "List the account's messages"),
    (Scope.INBOX_LIST, "List received messages"),
    (Scope.INBOX_READ, "Read a received message with its attachments"),
    (Scope.INBOX_REFRESH, "Have a phone read its inbox again"),
    (Scope.MESSAGES_EXPORT, "Have a phone post its inbox to the webhooks again"),
    (Scope.BROADCASTS_READ, "See broadcasts and how far they are"),
    (Scope.BROADCASTS_WRITE, "Start and stop broadcasts"),
    (Scope.TEMPLATES_LIST, "See templates"),
    (Scope.TEMPLATES_WRITE, "Make and change templates"),
    (Scope.TEMPLATES_DELETE, "Delete templates"),
    (Scope.CONTACTS_LIST, "See contacts and their lists"),
    (Scope.CONTACTS_WRITE, "Add and change contacts"),
    (Scope.CONTACTS_DELETE, "Delete contacts"),
    (Scope.MEDIA_READ, "Download media"),
    (Scope.MEDIA_WRITE, "Upload and delete media"),
    (Scope.DEVICES_LIST, "See the account's devices"),
    (Scope.DEVICES_WRITE, "Link and change devices"),
    (Scope.DEVICES_DELETE, "Unlink devices"),
    (Scope.WEBHOOKS_LIST, "See webhooks"),
    (Scope.WEBHOOKS_WRITE, "Add and change webhooks"),
    (Scope.WEBHOOKS_DELETE, "Delete webhooks"),
    (Scope.REPORTS_READ, "Read reports and usage"),
    (Scope.LOGS_READ, "Read the account's log"),
    (Scope.SETTINGS_READ, "See the settings of the account and its phones"),
    (Scope.SETTINGS_WRITE, "Change the settings of the account and its phones"),
    (Scope.TOKENS_LIST, "See the account's tokens, never their secrets"),
    (Scope.TOKENS_MANAGE, "Create, change and revoke tokens that can do no more than itself"),
)


def abilities(type: str, scopes: Sequence[str]) -> list[Ability]:
    """Say in plain words what a key of this type with these scopes can do, and what it cannot."""
    has = effective(type, scopes)
    sentences = ((Scope.MESSAGES_SEND, _SENDING[KeyType(type)]), *_SENTENCES)
    return sorted(
        (Ability(text, scope in has) for scope, text in sentences), key=lambda ability: not ability.is_allowed
    )
