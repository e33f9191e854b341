"""Taking a message that was posted, or a scenario that is run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse

from messaging import media, sending, workspaces
from messaging.dialects.whispir import attachments, composing
from messaging.dialects.whispir.composing import Place
from messaging.dialects.whispir.serializers import render_id
from messaging.dialects.whispir.views import View
from messaging.drafting import Sender
from messaging.idempotency import Key

ACCEPTED = "Your request has been accepted for processing"


def accept(view: View, payload: Mapping[str, Any], *, space: str) -> tuple[int, bool]:
    """Accept the message for the caller; return its id, and whether it waits for its time.

    A repeat with the same Idempotency-Key in the same space is the first one again. Raises Refused and Denied.
    """
    workspaces.must_be_active(view.workspace)
    caller, value = view.caller, view.request._request.headers.get("Idempotency-Key")
    key = Key(space, value, view.raw_body) if value else None
    composed = composing.compose(payload, Place(caller.account, view.workspace, caller.is_sandbox))
    with attachments.kept(caller.account, composed.files) as stored:
        taken = sending.accept_many(Sender.from_caller(caller, view.dialect), composed.drafts, key=key)
        if taken.is_repeat:
            media.discard(stored)
        elif composed.is_scheduled:
            attachments.keep_until(stored, max(draft.scheduled_at for draft in composed.drafts if draft.scheduled_at))
    return taken.first_id, composed.is_scheduled


def answered(view: View, id: int) -> HttpResponse:
    """Answer with a plain text below a JSON type, as the vendor sends it and its client expects."""
    response = HttpResponse(ACCEPTED, status=202, content_type=view.form.media_type)
    response["Location"] = view.url("messages", render_id(id))
    return response
