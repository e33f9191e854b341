"""One vocabulary of scopes, `resource:action`, for every dialect. SMSGate's list is the base."""

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


READING = frozenset(
    {Scope.MESSAGES_READ, Scope.MESSAGES_LIST, Scope.DEVICES_LIST, Scope.REPORTS_READ, Scope.TOKENS_LIST}
)
GRANTABLE = frozenset(Scope)


def effective(type: str, scopes: list[str]) -> frozenset[str]:
    """Return the scopes a key really has: what it was given, cut down to what its type allows.

    An empty list, like `all:any`, means everything its type allows.
    """
    everything = frozenset(Scope) - {Scope.ALL}
    given = everything if not scopes or Scope.ALL in scopes else frozenset(scopes) & everything
    return given & READING if type == KeyType.READ_ONLY else given
