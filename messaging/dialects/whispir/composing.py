"""From what a program sent to what the core takes: recipients, text, variables, times."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Account
from messaging.dialects.whispir import times
from messaging.dialects.whispir.language import listed
from messaging.drafting import Draft
from messaging.errors import Refusal, Refused
from messaging.models import Channel, Message, Workspace

MOST_TO = 10_000  # characters
MOST_TEXT, MOST_WIDE_TEXT = 1570, 800  # characters of subject and body together; the second where one is not Latin
MOST_LABEL = 48
MOST_REPEATS = 100
FURTHEST = timedelta(days=366)
TAKEN_BACK = "taken_back"
_TYPES = ("default", "defaultNoReply", "noDlr")
_OTHER_CONTENT = ("email", "voice", "web", "social", "rcs", "whatsapp")
_TEMPLATES = ("messageTemplateId", "messageTemplateName")
_NOT_YET = ("resource", "callbackId", "eventId")
_TAG = re.compile(r"@@(\w{1,64})@@")


@dataclass(frozen=True, slots=True)
class Composed:
    drafts: Sequence[Draft]
    is_scheduled: bool


def compose(payload: Mapping[str, Any], account: Account, *, workspace: Workspace | None) -> Composed:
    """Return a draft for each time that the message is to be sent; raises Refused."""
    _refuse_what_is_not_here(payload)
    to = _recipients(payload.get("to"))
    subject, body = _words(payload, "subject", required=True), _words(payload, "body")
    fill = _filler(payload, account)
    subject, body = fill(subject), fill(body)
    text = f"{subject}\n{body}" if body else subject
    most = MOST_TEXT if all(ord(c) < 0x250 for c in text) else MOST_WIDE_TEXT
    if len(text) > most:
        raise Refused(
            Refusal.TOO_LONG, f"subject and body have at most {most} characters.", field="body", params={"limit": most}
        )
    repeats = _repeats(payload)
    kept = {
        "subject": subject,
        "body": body,
        "label": _label(payload),
        "type": _type(payload),
        **{name: value for name, value in repeats.items() if value},
    }
    moments = list(_moments(payload, account, repeats))
    drafts = [
        Draft(
            to=to,
            kind="text",
            body={"body": text},
            channel=Channel.SMS,
            scheduled_at=moment,
            workspace_id=workspace.pk if workspace else None,
            context={"whispir": kept, "with_delivery_report": kept["type"] != "noDlr"},
        )
        for moment in moments
    ]
    return Composed(drafts, is_scheduled=moments != [None])


def _refuse_what_is_not_here(payload: Mapping[str, Any]) -> None:
    for name in (*_TEMPLATES, *_NOT_YET):
        if payload.get(name):
            raise Refused(Refusal.INVALID, f"{name} is not known here: nothing of that kind is kept.", field=name)
    for name in _OTHER_CONTENT:
        if payload.get(name) and payload[name] != {} and not payload.get("body"):
            raise Refused(Refusal.INVALID, f"{name} is no channel here: give a body, which goes by SMS.", field=name)


def _recipients(value: object) -> list[str]:
    if value in (None, ""):
        raise Refused(Refusal.REQUIRED, "to is required.", field="to")
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise Refused(Refusal.INVALID, "to must be a text.", field="to")
    if len(value) > MOST_TO:
        raise Refused(Refusal.TOO_LONG, f"to has at most {MOST_TO} characters.", field="to", params={"limit": MOST_TO})
    parts = [part.strip() for part in re.split("[;,]", value)]
    found = list(dict.fromkeys(part for part in parts if part))
    if not found:
        raise Refused(Refusal.REQUIRED, "to is required.", field="to")
    for part in found:
        if "@" in part:
            raise Refused(Refusal.RECIPIENT, f"{part[:100]} is no number: messages go by SMS here.", field="to")
    return found


def _words(payload: Mapping[str, Any], name: str, *, required: bool = False) -> str:
    value = payload.get(name)
    if value in (None, ""):
        if required:
            raise Refused(Refusal.REQUIRED, f"{name} is required.", field=name)
        return ""
    if not isinstance(value, str):
        raise Refused(Refusal.INVALID, f"{name} must be a text.", field=name)
    if len(value) > MOST_TEXT:
        raise Refused(
            Refusal.TOO_LONG, f"{name} has at most {MOST_TEXT} characters.", field=name, params={"limit": MOST_TEXT}
        )
    return value


def _label(payload: Mapping[str, Any]) -> str:
    label = _words(payload, "label")
    if len(label) > MOST_LABEL:
        why = f"label has at most {MOST_LABEL} characters."
        raise Refused(Refusal.TOO_LONG, why, field="label", params={"limit": MOST_LABEL})
    return label


def _type(payload: Mapping[str, Any]) -> str:
    """Return the message's type; `dlr {"type": "NoDlr"}` is another way to say the last."""
    dlr = payload.get("dlr")
    if isinstance(dlr, Mapping) and str(dlr.get("type", "")).lower() == "nodlr":
        return "noDlr"
    type = _words(payload, "type") or _TYPES[0]
    known = {name.lower(): name for name in _TYPES}
    if type.lower() not in known:
        raise Refused(Refusal.INVALID, f"type must be one of {', '.join(_TYPES)}.", field="type")
    return known[type.lower()]


# Variables
class _Filler:
    """Fills `@@name@@`; a name that nobody gave a value stays as it is."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = {name.lower(): value for name, value in values.items()}

    def __call__(self, text: str) -> str:
        return _TAG.sub(lambda found: self.values.get(found[1].lower(), found[0]), text)


def _filler(payload: Mapping[str, Any], account: Account) -> _Filler:
    now = timezone.now().astimezone(account.zone)
    always = {
        "dd": f"{now:%d}", "mm": f"{now:%m}", "yy": f"{now:%y}", "yyyy": f"{now:%Y}", "date": f"{now:%d/%m/%Y}",
        "time": f"{now:%H:%M}", "hrs": f"{now:%H}", "min": f"{now:%M}", "sec": f"{now:%S}", "day": f"{now:%A}",
        "month": f"{now:%B}",
    }  # fmt: skip
    return _Filler(always | dict(_attributes(payload.get("messageattributes"))))


def _attributes(value: object) -> Iterator[tuple[str, str]]:
    if value not in (None, "") and not isinstance(value, Mapping):
        raise Refused(Refusal.INVALID, "messageattributes must hold attributes.", field="messageattributes")
    given = listed(value.get("attribute")) if isinstance(value, Mapping) else []
    for attribute in given:
        name = attribute.get("name") if isinstance(attribute, Mapping) else None
        text = attribute.get("value", "") if isinstance(attribute, Mapping) else ""
        if not isinstance(name, str) or not isinstance(text, str | int | float) or isinstance(text, bool):
            raise Refused(
                Refusal.INVALID, "An attribute has a name and a value, both texts.", field="messageattributes"
            )
        yield name, str(text)


# Times
_REPEATS = ("repetitionCount", "repeatDays", "repeatHrs", "repeatMin")


def _repeats(payload: Mapping[str, Any]) -> dict[str, int]:
    return {name: _count(payload.get(name), name) for name in _REPEATS}


def _count(value: object, name: str) -> int:
    if value in (None, ""):
        return 0
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise Refused(Refusal.INVALID, f"{name} must be a whole number.", field=name)
    return int(text)


def _moments(payload: Mapping[str, Any], account: Account, repeats: Mapping[str, int]) -> Iterator[datetime | None]:
    """Yield when the message is to be sent: once now (None), or at its time and so often again."""
    schedule = _words(payload, "scheduleType").upper() or "ONCE"
    if schedule not in ("ONCE", "REPEAT"):
        raise Refused(Refusal.INVALID, "scheduleType must be ONCE or REPEAT.", field="scheduleType")
    _words(payload, "scheduleDate")
    if _words(payload, "messageType").upper() != "SCHEDULED":
        yield None
        return
    begin = times.read(payload.get("scheduleDate"), account.zone, field="scheduleDate")
    now = timezone.now()
    if begin < now - timedelta(minutes=1):
        raise Refused(Refusal.IN_THE_PAST, "scheduleDate has passed.", field="scheduleDate")
    often = max(1, repeats["repetitionCount"]) if schedule == "REPEAT" else 1
    pause = timedelta(days=repeats["repeatDays"], hours=repeats["repeatHrs"], minutes=repeats["repeatMin"])
    if often > MOST_REPEATS or (often > 1 and not pause) or begin + often * pause > now + FURTHEST:
        why = f"A message is repeated at most {MOST_REPEATS} times, within {FURTHEST.days} days, with time between."
        raise Refused(Refusal.INVALID, why, field="repetitionCount")
    for number in range(often):
        yield begin + number * pause


# What is kept, shown and hidden
def shown_recipients(message: Message) -> str:
    return ",".join(recipient.address.lstrip("+") for recipient in message.recipients.all())


def take_back(message: Message) -> None:
    """Let this API list and read the message no more; it stays in the account."""
    message.context = {**message.context, TAKEN_BACK: True}
    message.save(update_fields=["context"])
