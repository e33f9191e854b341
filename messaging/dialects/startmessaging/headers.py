"""The two optional request headers: `X-Request-ID` and `X-Webhook-URL`."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.http import HttpRequest

from messaging.errors import Refusal, Refused

_LONGEST_ID = 128
_LONGEST_URL = 2048
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+", re.IGNORECASE)
_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*", re.IGNORECASE)


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
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        return "must be an address in ASCII without spaces"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:  # a port that is no number, a bracket left open
        return "is not an address"
    if parts.scheme != "https" or not host or port == 0:
        return "must be an https address"
    if "@" in parts.netloc:
        return "must not hold a user name or password"
    return "" if _may_be_public(host, is_literal="[" in parts.netloc) else "must name a public host"


def _may_be_public(host: str, *, is_literal: bool) -> bool:
    name = host.removesuffix(".")
    last = name.rpartition(".")[2]
    if is_literal or _NUMBER.fullmatch(last):  # resolvers read 127.1 and 0x7f000001 as addresses too
        return _is_public_address(name)
    return bool(_NAME.fullmatch(name)) and last not in ("localhost", "local", "internal")


def _is_public_address(text: str) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        return False
    # An IPv6 address may carry an IPv4 one: that one is then reached.
    real = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None) or address
    return real.is_global and not real.is_multicast and "%" not in text
