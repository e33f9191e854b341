"""`/templates`: content that messages are made from, by id or by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet

from messaging.dialects.whispir import fields
from messaging.dialects.whispir.composing import MOST_LABEL, MOST_TEXT
from messaging.dialects.whispir.fields import Payload
from messaging.dialects.whispir.kept import Listed, Single
from messaging.dialects.whispir.language import Names
from messaging.dialects.whispir.prepared import PreparedView
from messaging.dialects.whispir.serializers import read_id, render_id
from messaging.dialects.whispir.views import Item
from messaging.errors import Refusal, Refused
from messaging.models import ResponseRule, StoredMessage
from tokens.scopes import Scope

NEEDS: Mapping[str, Scope] = {
    "GET": Scope.TEMPLATES_LIST,
    "POST": Scope.TEMPLATES_WRITE,
    "PUT": Scope.TEMPLATES_WRITE,
    "DELETE": Scope.TEMPLATES_DELETE,
}
TYPES = ("default", "defaultNoReply", "noDlr")
MIME_TYPES = ("", "text/plain", "text/html")
MOST_CONTENT = 500_000  # characters of one channel's text
_CONTENT = ("body", "email", "voice", "web", "social", "whatsapp", "push", "rcs")
_DLR = {"period": "", "rule": "", "type": "", "publishToWeb": False}
_NEVER = {"expiryDay": 0, "expiryHour": 0, "expiryMin": 0, "feedIds": "", "bool": False}


class TemplateView(PreparedView[StoredMessage]):
    kind = "template"
    names = Names("template", "messagetemplates", "messagetemplates")
    needs: ClassVar[Mapping[str, Scope]] = NEEDS
    model = StoredMessage
    path = "templates"
    called = "template"
    searchable: ClassVar[Mapping[str, str]] = {
        "messagetemplatename": "name",
        "messagetemplatedescription": "description",
    }

    def rows(self) -> QuerySet[StoredMessage]:
        return super().rows().filter(kind=StoredMessage.Kind.TEMPLATE)

    def brief(self, row: StoredMessage) -> Item:
        return {
            "messageTemplateName": row.name,
            "messageTemplateDescription": row.description,
            "id": render_id(row.pk),
            "link": [self.link("self", "GET", self.uri(row))],
        }

    def whole(self, row: StoredMessage) -> Item:
        kept = row.content
        email, web = kept.get("email", {}), kept.get("web", {})
        return {
            "messageTemplateName": row.name,
            "messageTemplateDescription": row.description,
            "subject": kept["subject"],
            "tags": "",
            "dlr": {**_DLR, **_NEVER},
            "body": kept.get("body", ""),
            "type": kept.get("type", TYPES[0]),
            "email": {name: email.get(name, "") for name in ("type", "body", "footer")},
            "web": {name: web.get(name, "") for name in ("type", "body")},
            "voice": kept.get("voice", {}),
            **{name: kept[name] for name in ("social", "features", "label", "whatsapp", "push", "rcs") if name in kept},
            "responseTemplateId": render_id(row.rule_id) if row.rule_id else "",
            "id": render_id(row.pk),
            "link": self.links(row, update="updateTemplate", delete="deleteTemplate"),
        }

    def read_fields(self, row: StoredMessage | None) -> dict[str, Any]:
        given = self.payload
        return {
            "kind": StoredMessage.Kind.TEMPLATE,
            "name": fields.text(given, "messageTemplateName", required=True),
            "description": fields.text(given, "messageTemplateDescription", most=2000),
            "content": read_content(given),
            "rule": self._rule(fields.text(given, "responseTemplateId", most=64)),
        }

    def _rule(self, id: str) -> ResponseRule | None:
        if not id:
            return None
        mine = ResponseRule.objects.for_account(self.caller.account).filter(workspace=self.workspace)
        found = mine.filter(pk=read_id(id) or 0).first()
        if not isinstance(found, ResponseRule):
            raise Refused(Refusal.INVALID, f"There is no response rule {id[:64]}.", field="responseTemplateId")
        return found


class Templates(Listed[StoredMessage], TemplateView):
    """List and create."""


class OneTemplate(Single[StoredMessage], TemplateView):
    """Read, change, delete."""


def read_content(given: Payload) -> dict[str, Any]:
    """Return what a template says, by the vendor's names; parts that are empty are left out. Raises Refused."""
    found: dict[str, Any] = {
        "subject": fields.text(given, "subject", most=MOST_TEXT, required=True),
        "body": fields.text(given, "body", most=MOST_TEXT),
        "email": _email(fields.part(given, "email")),
        "voice": _texts(fields.part(given, "voice"), "voice", ("header", "body", "type")),
        "web": _texts(fields.part(given, "web"), "web", ("type", "body")),
        "type": fields.choice(given, "type", TYPES, usual=TYPES[0]),
        "label": fields.text(given, "label", most=MOST_LABEL),
        **{name: fields.loose(given, name) for name in ("social", "features", "whatsapp", "push", "rcs")},
    }
    kept = {name: value for name, value in found.items() if value not in ("", {}, [])}
    if not any(name in kept for name in _CONTENT):
        raise Refused(Refusal.REQUIRED, "One of body, email, voice and web is required.", field="body")
    return kept


def _email(given: Payload) -> dict[str, str]:
    told = _texts(given, "email", ("body", "footer"))
    type = fields.choice(given, "type", MIME_TYPES, usual="")
    return told | ({"type": type} if type else {})


def _texts(given: Payload, of: str, names: tuple[str, ...]) -> dict[str, str]:
    """Return those of the texts that say something."""
    found = {}
    for name in names:
        try:
            found[name] = fields.text(given, name, most=MOST_CONTENT)
        except Refused as refused:
            refused.field = f"{of}.{name}"
            raise
    return {name: value for name, value in found.items() if value}
