"""The two optional request headers: `X-Request-ID` and `X-Webhook-URL`."""

from __future__ import annotations

from django.http import HttpRequest

from messaging import outgoing
from messaging.errors import Refusal, Refused

_LONGEST_ID = 128
_LONGEST_URL = 2048


def request_id(request: HttpRequest) -> str:
    """Return the caller's idempotency key, "" without one; raises Refused for one that cannot be echoed."""
    value: str = request.META.get("HTTP_X_REQUEST_ID", "").strip()
    if len(value) > _LONGEST_ID or not (value.isascii() and value.isprintable()):
        detail = f"X-Request-ID must have at most {_LONGEST_ID} printable ASCII characters."
        raise Refused(Refusal.INVALID, detail, field="X-Request-ID", params={"limit": _LONGEST_ID})
    return value


def webhook_url(request: HttpRequest) -> str:
    """Return where this message's events go instead, "" without the header.

    Raises Refused for what is no https address of a public host, as far as can be seen from the address;
    what its name resolves to is looked at when something is posted there.
    """
    value: str = request.META.get("HTTP_X_WEBHOOK_URL", "").strip()
    if value and (complaint := _complaint(value)):
        raise Refused(Refusal.WEBHOOK_URL, f"X-Webhook-URL {complaint}.", field="X-Webhook-URL")
    return value


def _complaint(url: str) -> str:
    """Say in words what is wrong with the address; "" if nothing is."""
    if len(url) > _LONGEST_URL:
        return f"must have at most {_LONGEST_URL} characters"
    try:
        outgoing.check_url(url)
    except outgoing.Forbidden as no:
        return no.complaint
    return ""
