"""`/imports`: a resource's rows become contacts, in the background."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from messaging.contacts.importing import Mode
from messaging.contacts.queueing import plan_import
from messaging.dialects.whispir import contact_fields as known
from messaging.dialects.whispir import fields, files
from messaging.dialects.whispir.accepting import ACCEPTED
from messaging.dialects.whispir.language import Names
from messaging.dialects.whispir.serializers import render_id
from messaging.dialects.whispir.views import View
from messaging.errors import Refusal, Refused
from tokens.scopes import Scope

MODES: Mapping[str, Mode] = {"replace": "update", "duplicate": "repeat", "ignore": "skip"}
_REQUIRED = ("firstName", "lastName", "workMobilePhone1", "workCountry", "timezone")


class Imports(View):
    kind = "importcontact"
    names = Names("importcontact")
    needs: ClassVar[Mapping[str, Scope]] = {"POST": Scope.CONTACTS_WRITE}

    def post(self, request: Request, **of: Any) -> HttpResponse:
        asked = self.payload
        file = files.find(self.caller.account, self.workspace, fields.text(asked, "resourceId", required=True))
        fields.choice(asked, "importType", ("contact",))
        options = fields.part(asked, "importOptions", required=True)
        mode = fields.choice(options if options.get("importMode") else asked, "importMode", tuple(MODES))
        planned = plan_import(
            self.caller.account,
            file,
            workspace=self.workspace,
            mapping=_mapping(fields.part(options, "fieldMapping", required=True)),
            mode=MODES[mode],
            by=self.caller.actor(),
        )
        response = HttpResponse(ACCEPTED, status=202, content_type=self.form.media_type)
        response["Location"] = self.url("imports", render_id(planned.pk))
        return response


class OneImport(View):
    """What an import's `Location` names: the vendor has no status to read there, and 405 for all that is asked."""

    kind = "importcontact"


def _mapping(given: Mapping[str, Any]) -> dict[str, str]:
    """Return the columns by the core's names; raises Refused where one that must be there is not."""
    columns = {known.canonical(name) or name: fields.text(given, name) for name in given}
    for name in _REQUIRED:
        if not columns.get(name):
            raise Refused(Refusal.REQUIRED, f"fieldMapping: {name} is required.", field="fieldMapping")
    found = {}
    for name, column in columns.items():
        ours = known.ours(name) or f"fields.{known.custom_key(name)}"
        if column and ours != "fields.":
            found[ours] = column
    return found
