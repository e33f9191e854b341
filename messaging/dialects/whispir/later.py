"""Messages whose people are looked up when their time has come: on lists, in files, by name."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from messaging import sending, workspaces
from messaging.dialects.whispir import composing
from messaging.dialects.whispir.composing import Place
from messaging.dialects.whispir.parts import LATER, SAID
from messaging.drafting import Draft, Sender
from messaging.idempotency import Key
from messaging.models import Message
from tokens.scopes import KeyType

_TRIED_FOR = timedelta(days=30)


def make(message: Message) -> int:
    """Accept the messages that the waiting one stands for, and return how many there are; raises Refused and Denied."""
    workspaces.must_be_active(message.workspace)
    sender = _sender_of(message)
    said = message.context[SAID]
    place = Place(message.account, message.workspace, is_sandbox=sender.is_sandbox)
    composed = composing.compose(said[LATER]["payload"], place, files=list(said[LATER]["files"]))
    drafts = [_of(draft, message) for draft in composed.drafts]
    key = Key("whispir later", str(message.pk), b"", lifetime=_TRIED_FOR)
    taken = sending.accept_many(sender, drafts, key=key)
    message.refresh_from_db(fields=["context"])
    message.context = {**message.context, SAID: {**said, "begin": taken.first_id, "parts": taken.count}}
    message.save(update_fields=["context"])
    return taken.count


def _of(draft: Draft, message: Message) -> Draft:
    """Return the draft as a part of the message; only a lead shows what was said."""
    own = draft.context[SAID]
    named = {"people": own["people"]} if "people" in own else {}
    return replace(draft, context={**draft.context, SAID: {**named, "part_of": message.pk}})


def _sender_of(message: Message) -> Sender:
    token, login = message.token, message.login
    return Sender(
        account=message.account,
        dialect=message.dialect,
        key=f"t{token.pk}" if token else f"l{login.pk if login else 0}",
        token=token,
        login=login,
        is_sandbox=token is not None and token.type == KeyType.SANDBOX,
    )
