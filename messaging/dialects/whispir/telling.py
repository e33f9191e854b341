"""What a callback tells: which message it is about, who answered it or was not reached, and with what words."""

from __future__ import annotations

from datetime import datetime
from html import unescape
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.html import strip_tags

from accounts.models import Account
from messaging import content
from messaging.dialects.whispir import parts, times
from messaging.dialects.whispir.authentication import NAME
from messaging.dialects.whispir.serializers import render_id
from messaging.models import Message, Recipient
from messaging.webhooks.events import Event

if TYPE_CHECKING:
    from messaging.models import WebhookEndpoint

Texts = dict[str, str]


def told(event: Event, endpoint: WebhookEndpoint, *, is_reply: bool) -> dict[str, Any]:
    """Return a callback's payload, for an event that is about a message."""
    message, recipient = event.message, event.recipient
    if message is None or recipient is None:
        raise ValueError("a callback is about a message")
    about = _answered(message) or message
    person = _person(about, recipient)
    said = _reply(event, message, endpoint) if is_reply else _failure(event)
    moment = "acknowledged" if is_reply else "undeliverable"
    return {
        "messageid": render_id(parts.lead_of(about)),
        "messagelocation": location(about),
        "from": person,
        "responseMessage": {
            "channel": message.channel.upper(),
            moment: times.short(event.at, event.account.zone),
            "content": said,
        },
        "customParameters": {} if "left_out" in event.data else _parameters(about, message, person, event),
    }


def _answered(message: Message) -> Message | None:
    """Return the message that this one answers."""
    pk = message.context.get("answers", {}).get("message")
    mine = Message.objects.filter(account=message.account_id).select_related("login", "token", "device")
    return mine.filter(pk=pk).first() if pk else None


def location(message: Message) -> str:
    """Return where a message is read, from wherever that is asked."""
    bound = settings.GATEWAY_DIALECT_HOSTS.get(NAME)
    home = f"{settings.GATEWAY_URL.partition('://')[0]}://{bound}" if bound else f"{settings.GATEWAY_URL}/{NAME}"
    within = f"/workspaces/{render_id(message.workspace_id)}" if message.workspace_id else ""
    return f"{home}{within}/messages/{render_id(parts.lead_of(message))}"


def _person(about: Message, recipient: Recipient) -> Texts:
    """Return who it is: as the message knew them, else by the address alone."""
    address = recipient.address
    known = about.context.get(parts.SAID, {}).get("people", {}).get(address)
    if known:
        name, mri, mobile, email = known
    else:
        is_email = "@" in address
        name, mri, mobile, email = address.lstrip("+"), "", "" if is_email else address, address if is_email else ""
    mobile = mobile.lstrip("+")
    return {"name": name, "mri": mri, "mobile": mobile, "email": email, "voice": mobile}


def _reply(event: Event, message: Message, endpoint: WebhookEndpoint) -> str:
    said = "" if event.content is None else content.summary(message.kind, message.content)
    return unescape(strip_tags(said)) if endpoint.options.get("remove_html") == "enabled" else said


def _failure(event: Event) -> str:
    """Return why it did not arrive: there are no words of the person's."""
    return str(event.data.get("detail") or event.data.get("code") or "Its time ran out.")


def _parameters(about: Message, message: Message, person: Texts, event: Event) -> Texts:
    """Return what the sender gave to be told again, beside what is known of the message; all are texts."""
    answers = message.context.get("answers", {})
    own = {
        **_sender(about),
        **_recipient(person),
        **_sent_at(about.scheduled_at or about.created_at, event.account),
        "matchedCategory": answers.get("category", ""),
        "responseRule": answers.get("rule", ""),
    }
    given = about.context.get("answering", {}).get("parameters", {})
    return own | {name: str(value) for name, value in given.items()}


def _sender(about: Message) -> Texts:
    name = about.login.name if about.login else about.token.name if about.token else ""
    first, _, last = name.partition(" ")
    return {
        "sender_full_name": name,
        "sender_first_name": first,
        "sender_last_name": last,
        "sender_sms": about.device.digits if about.device else "",
        "sender_email": "",
    }


def _recipient(person: Texts) -> Texts:
    first, _, last = person["name"].partition(" ") if person["mri"] else ("", "", "")
    return {
        "recipient_full_name": person["name"] if person["mri"] else "",
        "recipient_first_name": first,
        "recipient_last_name": last,
        "recipient_sms": person["mobile"],
        "recipient_email": person["email"],
        "recipient_voice": person["voice"],
        "first_name": first,
        "last_name": last,
    }


def _sent_at(moment: datetime, account: Account) -> Texts:
    at = moment.astimezone(account.zone)
    return {
        "date": f"{at:%Y-%m-%d}", "time": f"{at:%H:%M}", "yyyy": f"{at:%Y}", "yy": f"{at:%y}", "month": f"{at:%B}",
        "mm": f"{at:%m}", "day": f"{at:%A}", "dd": f"{at:%d}", "hrs": f"{at:%H}", "min": f"{at:%M}", "sec": f"{at:%S}",
    }  # fmt: skip
