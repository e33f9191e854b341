"""Webhooks: what happens is written down with what makes it happen, posted from there, and kept with each answer."""

from messaging.webhooks.endpoints import checked, register, registered, set_signing_secret, unregister
from messaging.webhooks.events import KIND_OF, Event, Kind, Trait
from messaging.webhooks.keyring import signing_secret
from messaging.webhooks.listening import version_that_hears
from messaging.webhooks.raising import Happening, raise_all, raise_event

__all__ = [
    "KIND_OF",
    "Event",
    "Happening",
    "Kind",
    "Trait",
    "checked",
    "raise_all",
    "raise_event",
    "register",
    "registered",
    "set_signing_secret",
    "signing_secret",
    "unregister",
    "version_that_hears",
]
