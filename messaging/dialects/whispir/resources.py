"""`/resources`: files for messages to many and for imports, and public ones."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import Q, QuerySet

from messaging.dialects.whispir import fields
from messaging.dialects.whispir.kept import Kept, Listed, Single
from messaging.dialects.whispir.language import Names
from messaging.dialects.whispir.serializers import render_id
from messaging.dialects.whispir.views import Item
from messaging.edge import MIB
from messaging.errors import Refusal, Refused
from messaging.media import resources, tables
from messaging.models import Media
from tokens.scopes import Scope

SCOPES = ("private", "public")
LARGEST_BODY = resources.MOST_BYTES * 4 // 3 + MIB  # in base64, with room for its lines and the rest
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,60}")
_ALIASES = {"text/xml": "application/xml", "application/csv": "text/csv", "text/json": "application/json"}


class ResourceView(Kept[Media]):
    kind = "resource"
    names = Names("resource", "resources", "resources")
    needs: ClassVar[Mapping[str, Scope]] = {
        "GET": Scope.MEDIA_READ,
        "POST": Scope.MEDIA_WRITE,
        "PUT": Scope.MEDIA_WRITE,
        "DELETE": Scope.MEDIA_WRITE,
    }
    path = "resources"
    called = "resource"
    searchable: ClassVar[Mapping[str, str]] = {"name": "filename", "mimetype": "mime"}
    order = ("-replaced_at", "-pk")
    largest_body = LARGEST_BODY

    def rows(self) -> QuerySet[Media]:
        return resources.resources(self.caller.account, self.workspace)

    def filtered(self) -> QuerySet[Media]:
        found, scope = super().filtered(), self.asked("scope")
        for word, of_it in zip(SCOPES, (Q(public_key=""), ~Q(public_key="")), strict=True):
            if scope and not fields.fits(scope, word):
                found = found.exclude(of_it)
        return found

    def brief(self, row: Media) -> Item:
        return {
            "id": render_id(row.pk),
            "name": row.filename,
            "scope": SCOPES[bool(row.public_key)],
            "mimeType": row.mime,
            "url": resources.public_url(row) or None,
            "link": self.links(row, update="updateResource", delete="deleteResource"),
        }

    whole = brief

    def make(self) -> Media:
        account, by = self.caller.account, self.caller.actor()
        return resources.create_resource(account, workspace=self.workspace, by=by, **self._given())

    def change(self, row: Media) -> None:
        row.account = self.caller.account
        resources.change_resource(row, by=self.caller.actor(), **self._given())

    def remove(self, row: Media) -> None:
        row.account = self.caller.account
        resources.delete_resource(row, by=self.caller.actor())

    def _given(self) -> dict[str, Any]:
        name = fields.text(self.payload, "name", required=True, most=240)
        is_public = fields.choice(self.payload, "scope", SCOPES) == "public"
        mime = self._mime(is_public=is_public)
        return {"filename": name, "is_public": is_public, "mime": mime, "data": self._data()}

    def _mime(self, *, is_public: bool) -> str:
        given = fields.text(self.payload, "mimeType", required=True).lower()
        bare = given.partition(";")[0].strip()
        mime = _ALIASES.get(bare, bare)
        if not (_TYPE.fullmatch(mime) if is_public else mime in tables.READERS):
            words = "a media type" if is_public else f"one of {', '.join(tables.READERS)} in a private resource"
            raise Refused(Refusal.INVALID, f"mimeType must be {words}.", field="mimeType")
        return mime

    def _data(self) -> bytes:
        """Return the file's bytes; raises Refused."""
        written = self.payload.get("derefUri")
        if written in (None, "", {}):
            raise Refused(Refusal.REQUIRED, "derefUri is required.", field="derefUri")
        try:
            if isinstance(written, str):
                return base64.b64decode("".join(written.split()), validate=True)
        except (binascii.Error, ValueError):
            pass
        raise Refused(Refusal.INVALID, "derefUri must be a file in base64.", field="derefUri")


class Resources(Listed[Media], ResourceView):
    """List and create."""


class OneResource(Single[Media], ResourceView):
    """Read, change, delete."""
