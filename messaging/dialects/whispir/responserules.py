"""`/responserules`: how answers to a message are sorted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from messaging.dialects.whispir import fields
from messaging.dialects.whispir.fields import Payload
from messaging.dialects.whispir.kept import Listed, Single
from messaging.dialects.whispir.language import Names
from messaging.dialects.whispir.prepared import PreparedView
from messaging.dialects.whispir.serializers import render_id
from messaging.dialects.whispir.templates import NEEDS
from messaging.dialects.whispir.views import Item
from messaging.errors import Refusal, Refused
from messaging.models import ResponseRule
from tokens.scopes import Scope

MATCHES = ("startswith", "contains", "exactmatch")
_ALL, _EACH = "responseTemplatePatterns", "responseTemplatePattern"
_NAMES = {  # the vendor's, and the model's
    "name": "name",
    "textPrompt": "prompt",
    "voicePrompt": "voice",
    "spokenVoicePrompt": "spoken",
    "pattern": "match",
    "colour": "colour",
}
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
_KEY = re.compile(r"[0-9*#]")


class RuleView(PreparedView[ResponseRule]):
    kind = "responserule"
    names = Names("responserule", "responseRules", "responseRules")
    needs: ClassVar[Mapping[str, Scope]] = NEEDS
    model = ResponseRule
    path = "responserules"
    called = "response rule"
    searchable: ClassVar[Mapping[str, str]] = {"name": "name", "description": "description"}
    sends_all = True

    def brief(self, row: ResponseRule) -> Item:
        return {
            "id": render_id(row.pk),
            "name": row.name,
            "description": row.description,
            "link": self.typed_links(row, update="updateResponseRule", delete="deleteResponseRule"),
        }

    def whole(self, row: ResponseRule) -> Item:
        shown = [{theirs: kept.get(ours, "") for theirs, ours in _NAMES.items()} for kept in row.patterns]
        told = dict(self.brief(row))
        link = told.pop("link")
        return {**told, _ALL: {_EACH: shown}, "link": link}

    def read_fields(self, row: ResponseRule | None) -> dict[str, Any]:
        given = self.payload
        return {
            "name": fields.text(given, "name", required=True),
            "description": fields.text(given, "description", most=2000),
            "patterns": [_pattern(one) for one in _patterns(given)],
        }


class Rules(Listed[ResponseRule], RuleView):
    """List and create."""


class OneRule(Single[ResponseRule], RuleView):
    """Read, change, delete."""


def _patterns(given: Payload) -> list[Payload]:
    """Return the patterns, which stand in a list below another name, or are one flat object."""
    told = given.get(_ALL)
    inner = told[_EACH] if isinstance(told, Mapping) and _EACH in told else told
    found = fields.parts({_ALL: inner}, _ALL)
    if not found or found == [{}]:
        raise Refused(Refusal.REQUIRED, f"{_ALL} is required.", field=_ALL)
    return found


def _pattern(given: Payload) -> dict[str, str]:
    found = {
        "name": fields.text(given, "name", required=True),
        "prompt": fields.text(given, "textPrompt", required=True),
        "match": fields.choice(given, "pattern", MATCHES),
        "voice": fields.text(given, "voicePrompt"),
        "spoken": fields.text(given, "spokenVoicePrompt"),
        "colour": fields.text(given, "colour"),
    }
    if found["voice"] and not _KEY.fullmatch(found["voice"]):
        raise Refused(Refusal.INVALID, "voicePrompt must be a digit, * or #.", field="voicePrompt")
    if found["colour"] and not _COLOUR.fullmatch(found["colour"]):
        raise Refused(Refusal.INVALID, "colour must be written as #rrggbb.", field="colour")
    return found
