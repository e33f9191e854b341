"""`/apps`: mobile apps of the company as they were registered. They are kept; nothing is sent to them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, ClassVar
from uuid import uuid4

from django.db.models import QuerySet
from django.utils import timezone

from messaging import preparing, sealing
from messaging.dialects.whispir import fields
from messaging.dialects.whispir.fields import Payload
from messaging.dialects.whispir.kept import Listed, Single
from messaging.dialects.whispir.language import Names, listed
from messaging.dialects.whispir.prepared import PreparedView
from messaging.dialects.whispir.serializers import render_id
from messaging.dialects.whispir.times import to_milliseconds
from messaging.dialects.whispir.views import Item
from messaging.models import MobileApp
from tokens.scopes import Scope

REGISTRATIONS = ("SELF", "INVITE")
MOST_NAME = 32  # when it is made; the vendor takes longer ones when it is changed
_OPTIONS = ("apiKey", "deviceLimit", "workspaces", "contactDescriptionField")
_GCM = ("gcmProjectId", "gcmProjectNumber", "gcmSenderNumber", "gcmApiKey")
_APPLE = ("apns", "apnsSandbox")
_SEALED = "gcmApiKey"
_DEVICES = "3"


class AppView(PreparedView[MobileApp]):
    """An app belongs to the company, whichever workspace's path it is asked for by."""

    kind = "app"
    names = Names("app", "applications", "applications")
    needs: ClassVar[Mapping[str, Scope]] = {
        "GET": Scope.SETTINGS_READ,
        "POST": Scope.SETTINGS_WRITE,
        "PUT": Scope.SETTINGS_WRITE,
        "DELETE": Scope.SETTINGS_WRITE,
    }
    model = MobileApp
    path = "apps"
    called = "app"
    searchable: ClassVar[Mapping[str, str]] = {"name": "name", "description": "description", "bundleid": "bundle_id"}
    sends_all = True

    def rows(self) -> QuerySet[MobileApp]:
        found: QuerySet[MobileApp] = MobileApp.objects.for_account(self.caller.account)  # type: ignore[assignment]
        return found

    def make(self) -> MobileApp:
        made = MobileApp(account=self.caller.account, **self.read_fields(None))
        return preparing.create(made, by=self.caller.actor())

    def brief(self, row: MobileApp) -> Item:
        kept = row.settings
        gcm = {**kept.get("gcm", {}), _SEALED: fields.MASK if _sealed(row).get(_SEALED) else None}
        return {
            "id": render_id(row.pk),
            "name": row.name,
            "description": row.description,
            "bundleId": row.bundle_id,
            "options": kept["options"],
            "gcm": {name: gcm[name] for name in _GCM if gcm.get(name)},
            **{name: {"certificateDate": kept[name]} for name in _APPLE},
            "registrationTypes": kept["registrationTypes"],
            "managedBySystem": False,
            "defaultWorkspaceEnabled": kept["defaultWorkspaceEnabled"],
            "link": self.typed_links(row, update="updateAPP", delete="deleteAPP"),
        }

    whole = brief

    def read_fields(self, row: MobileApp | None) -> dict[str, Any]:
        """Return what is given; what is not stays as it was."""
        given = self.payload
        before, secrets = (row.settings, _sealed(row)) if row else (_new(), {})
        settings = dict(before)
        if options := fields.part(given, "options"):
            settings["options"] = before["options"] | _told(options, dict.fromkeys(_OPTIONS, 255))
            secrets |= _told(options, {"clientSecret": 64})
        if gcm := fields.part(given, "gcm"):
            settings["gcm"] = _gcm(gcm)
            if (key := fields.text(gcm, _SEALED, most=4000)) not in ("", fields.MASK):
                secrets[_SEALED] = key
        for name in _APPLE:
            if apple := _told(fields.part(given, name), {"certificate": 20_000, "privateKey": 20_000}):
                secrets |= {f"{name}.{part}": text for part, text in apple.items()}
                settings[name] = to_milliseconds(timezone.now())
        if "registrationTypes" in given:
            settings["registrationTypes"] = _registrations(given)
        enabled = before["defaultWorkspaceEnabled"]
        settings["defaultWorkspaceEnabled"] = fields.flag(given, "defaultWorkspaceEnabled", usual=enabled)
        most = 255 if row else MOST_NAME
        return {
            "name": fields.text(given, "name", most=most, required=True),
            "description": fields.text(given, "description", most=2000, usual=row.description if row else ""),
            "bundle_id": fields.text(given, "bundleId", required=True),
            "settings": settings,
            **_as_sealed(row, secrets),
        }


class Apps(Listed[MobileApp], AppView):
    """List and create."""


class OneApp(Single[MobileApp], AppView):
    """Read, change, delete."""


def _new() -> dict[str, Any]:
    now = to_milliseconds(timezone.now())
    return {
        "options": {"apiKey": str(uuid4()), "deviceLimit": _DEVICES},
        "gcm": {},
        "registrationTypes": [],
        "defaultWorkspaceEnabled": True,
        **dict.fromkeys(_APPLE, now),
    }


def _told(given: Payload, names: Mapping[str, int]) -> dict[str, str]:
    """Return those of the texts that say something; `names` tells how long each may be."""
    found = {name: fields.text(given, name, most=most) for name, most in names.items()}
    return {name: text for name, text in found.items() if text}


def _gcm(given: Payload) -> dict[str, Any]:
    """Numbers stay numbers, as the vendor answers them."""
    found = _told(given, {name: 255 for name in _GCM if name != _SEALED})
    return {name: int(text) if isinstance(given[name], int) else text for name, text in found.items()}


def _registrations(given: Payload) -> list[str]:
    name = "registrationTypes"
    return list(dict.fromkeys(fields.choice({name: word}, name, REGISTRATIONS) for word in listed(given[name])))


def _sealed(row: MobileApp) -> dict[str, str]:
    """Return the app's certificates and keys, nothing where they can no longer be read."""
    with suppress(sealing.Unreadable):
        if row.sealed:
            found: dict[str, str] = json.loads(sealing.unseal(row.sealed))
            return found
    return {}


def _as_sealed(row: MobileApp | None, secrets: Mapping[str, str]) -> dict[str, str]:
    if row and secrets == _sealed(row):
        return {}
    return {"sealed": sealing.seal(json.dumps(secrets)) if secrets else ""}
