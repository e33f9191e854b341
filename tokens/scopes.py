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
    DEVICES_LIST = "devices:list"
    DEVICES_WRITE = "devices:write"
    DEVICES_DELETE = "devices:delete"
    REPORTS_READ = "reports:read"
    TOKENS_LIST = "tokens:list"
    TOKENS_MANAGE = "tokens:manage"


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
        "devices",
        "Devices",
        "See which phone or number is online",
        read=(Scope.DEVICES_LIST,),
        write=(Scope.DEVICES_WRITE, Scope.DEVICES_DELETE),
    ),
    Area("reports", "Reports and usage", "Counters and delivery reports", read=(Scope.REPORTS_READ,)),
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
    "send-and-read": (Scope.MESSAGES_SEND, *AREAS[0].read),
    "everything": (),
}

EVERYTHING = frozenset(Scope) - {Scope.ALL}
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
    (Scope.DEVICES_LIST, "See the account's devices"),
    (Scope.DEVICES_WRITE, "Link and change devices"),
    (Scope.DEVICES_DELETE, "Unlink devices"),
    (Scope.REPORTS_READ, "Read reports and usage"),
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
