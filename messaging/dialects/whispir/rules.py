"""The rules of dynamic lists, in the vendor's words: a contact's field, what the field is called, what it must say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from messaging import json_text
from messaging.contacts.fitting import DAYS
from messaging.dialects.whispir import contact_fields as known
from messaging.dialects.whispir import fields
from messaging.errors import Refusal, Refused

MOST = 50
_FIELD, _LABEL, _VALUE = "ruleFilter", "ruleFilterActualName", "ruleContent"
_OTHERS = {
    "createdtime__timestamp": "created",
    "lastmodifiedtime__timestamp": "updated",
    "group_messagingoption_active__boolean": "options.enabled",
    "group_messagingoption_fieldmapping": "options.field",
    "group_messagingoption_type__dropdown": "options.channel",
}
_THEIRS = {ours: theirs for theirs, ours in _OTHERS.items()} | {a: n for n, a in known.ATTRIBUTE.items()}


def read(payload: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the rules as the core has them; raises Refused for none, and for one that could never fit."""
    given = payload.get("rules")
    if isinstance(given, str) and given.strip():
        try:
            given = json_text.decode(given)
        except msgspec.DecodeError:
            raise _wrong("rules must be a list of objects.") from None
    if isinstance(given, Mapping) and "rule" in given:
        given = given["rule"]
    found = [_rule(rule) for rule in fields.parts({"rules": given}, "rules", most=MOST)]
    if not found:
        raise Refused(Refusal.REQUIRED, "rules is required: a dynamic list has one at least.", field="rules")
    return found


def shown(rule: Mapping[str, str]) -> dict[str, str]:
    field = rule["field"]
    own = field.removeprefix("fields.")
    theirs = _THEIRS.get(field) or (own if known.canonical(own) else f"{known.CUSTOM}{own.removeprefix(known.CUSTOM)}")
    return {_FIELD: theirs, _LABEL: rule.get("label", ""), _VALUE: rule["value"]}


def _rule(given: Mapping[str, Any]) -> dict[str, str]:
    name = fields.text(given, _FIELD, required=True, most=128)
    field = _OTHERS.get(name.lower()) or known.ours(name)
    if not field:
        raise _wrong(f"rules: {name} is no field of a contact.")
    value = fields.text(given, _VALUE, required=True)
    return {"field": field, "label": fields.text(given, _LABEL), "value": _day(value) if field in DAYS else value}


def _day(text: str) -> str:
    for form in ("%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y"):
        try:
            return datetime.strptime(text[:10], form).date().isoformat()  # noqa: DTZ007  a day has no zone
        except ValueError:
            continue
    raise _wrong("rules: ruleContent must be a day such as 31/12/2026.")


def _wrong(why: str) -> Refused:
    return Refused(Refusal.INVALID, why, field="rules")
