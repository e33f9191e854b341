"""A message as it was asked for, with what its template, its event and its callback add."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from django.db.models import Q, QuerySet

from accounts.models import Account
from messaging.dialects.whispir import callbacks, contents, fields, variables
from messaging.dialects.whispir.attachments import File
from messaging.dialects.whispir.contents import Content
from messaging.dialects.whispir.serializers import read_id
from messaging.dialects.whispir.variables import Filler
from messaging.errors import Refusal, Refused
from messaging.models import Incident, StoredMessage, WebhookEndpoint, Workspace

MOST_LABEL = 48
MOST_PARAMETERS, MOST_PARAMETER = 50, 1000
MOST_BODY = contents.MOST_EMAIL
MOST_FEATURES = 4000  # characters of JSON
NO_REPLY, NO_REPORT = "defaultNoReply", "noDlr"
TYPES = ("default", NO_REPLY, NO_REPORT)
_SHOWN = ("email", "voice", "web", "social", "rcs", "whatsapp")


@dataclass(frozen=True, slots=True)
class Asked:
    """What to say by each channel, the values that outrank a person's own and those that come last, and the rest."""

    said: Mapping[str, Any]  # as it is shown when the message is read
    contents: Sequence[Content]
    first: Mapping[str, str]
    last: Mapping[str, str]
    answering: Mapping[str, Any]  # who is told of answers, and what sorts them
    awaits_answer: bool
    alias: str


def read(payload: Mapping[str, Any], account: Account, workspace: Workspace | None, files: list[File]) -> Asked:
    """Return the whole message; raises Refused. `files` are its e-mail's, as `contents.read` has them."""
    template = _template(payload, account, workspace)
    event = _event(payload, account, workspace)
    whole = contents.merged(payload, template.content if template else {})
    type = _type(whole)
    label = event.name[:MOST_LABEL] if event else fields.text(whole, "label", most=MOST_LABEL)
    endpoint = _callback(whole, account)
    found = contents.read(whole, files)
    first = (variables.of_event(event) if event else {}) | variables.attributes(whole.get("messageattributes"))
    answering = {
        "endpoint": endpoint and endpoint.pk,
        "parameters": _parameters(whole),
        "rule": template.rule_id if template else None,
    }
    is_told = bool(answering["endpoint"] or answering["rule"])
    features = _features(whole)
    return Asked(
        said=_said(whole, label, type, features, Filler(first)),
        contents=found,
        first=first,
        last=variables.always(account.zone, label=label),
        answering=answering if is_told else {},
        awaits_answer=is_told and type != NO_REPLY,
        alias=_alias(features),
    )


def _said(whole: Mapping[str, Any], label: str, type: str, features: Mapping[str, Any], fill: Filler) -> dict[str, Any]:
    """Return what is shown: filled with what is the same for everybody, now and later."""
    others = {name: _without_files(whole[name]) for name in _SHOWN if whole.get(name)}
    if features:
        others["features"] = features
    return {
        "subject": fill(fields.text(whole, "subject", most=contents.MOST_TEXT)),
        "body": fill(fields.text(whole, "body", most=contents.MOST_EMAIL)),
        "label": label,
        "type": type,
        **others,
    }


def _without_files(content: Any) -> Any:
    if isinstance(content, Mapping):
        return {name: value for name, value in content.items() if name != "resources"}
    return content


def _template(payload: Mapping[str, Any], account: Account, workspace: Workspace | None) -> StoredMessage | None:
    id, name = (fields.text(payload, field) for field in ("messageTemplateId", "messageTemplateName"))
    if not (id or name):
        return None
    mine: QuerySet[Any] = StoredMessage.objects.for_account(account)
    mine = mine.filter(workspace=workspace, kind=StoredMessage.Kind.TEMPLATE)
    found = mine.filter(Q(pk=read_id(id) or 0) if id else Q(name=name)).first()
    if not isinstance(found, StoredMessage):
        field = "messageTemplateId" if id else "messageTemplateName"
        why = f"There is no template {(id or name)[:100]}: {field} names none of this workspace."
        raise Refused(Refusal.TEMPLATE_UNKNOWN, why, field=field)
    return found


def _event(payload: Mapping[str, Any], account: Account, workspace: Workspace | None) -> Incident | None:
    id = fields.text(payload, "eventId", most=48)
    if not id:
        return None
    found = Incident.objects.for_account(account).filter(workspace=workspace, pk=read_id(id) or 0).first()
    if not isinstance(found, Incident):
        raise Refused(
            Refusal.INVALID, f"There is no event {id}: eventId names none of this workspace.", field="eventId"
        )
    return found


def _callback(payload: Mapping[str, Any], account: Account) -> WebhookEndpoint | None:
    name = fields.text(payload, "callbackId")
    return callbacks.find(account, name) if name else None


def _parameters(payload: Mapping[str, Any]) -> dict[str, str]:
    given = fields.part(payload, "callbackParameters")
    if len(given) > MOST_PARAMETERS or any(len(name) > contents.MOST_NAME for name in given):
        why = (
            f"callbackParameters are at most {MOST_PARAMETERS}, with names of at most {contents.MOST_NAME} characters."
        )
        raise Refused(Refusal.INVALID, why, field="callbackParameters")
    return {name: fields.text(given, name, most=MOST_PARAMETER) for name in given}


def _features(payload: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(fields.part(payload, "features"))
    if len(msgspec.json.encode(found)) > MOST_FEATURES:
        why = f"features have at most {MOST_FEATURES} characters."
        raise Refused(Refusal.TOO_LONG, why, field="features", params={"limit": MOST_FEATURES})
    return found


def _alias(features: Mapping[str, Any]) -> str:
    return fields.text(fields.part(features, "aliasOption"), "aliasName")


def _type(payload: Mapping[str, Any]) -> str:
    """Return the message's type; `dlr {"type": "NoDlr"}` is another way to say the last."""
    dlr = payload.get("dlr")
    if isinstance(dlr, Mapping) and str(dlr.get("type", "")).lower() == NO_REPORT.lower():
        return NO_REPORT
    return fields.choice(payload, "type", TYPES, usual=TYPES[0])
