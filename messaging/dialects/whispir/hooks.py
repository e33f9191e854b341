"""How Whispir posts what comes back: an answer, or that a message could not be delivered; in JSON or XML.

Nothing is signed: each call brings the receiver's key, in a header of the vendor's, in the address, or as credentials.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit, urlunsplit

from messaging.dialects.whispir.language import Element, Names, write
from messaging.dialects.whispir.telling import told
from messaging.webhooks import signing
from messaging.webhooks.events import Event, Kind, Trait
from messaging.webhooks.format import Call, Finding, Received

if TYPE_CHECKING:
    from messaging.models import WebhookEndpoint

REPLY, UNDELIVERABLE = "reply", "undeliverable"
WORDS: Mapping[str, str] = {
    REPLY: "Somebody answered, or wrote",
    UNDELIVERABLE: "A message could not be delivered",
}
USUAL = tuple(WORDS)
RETRY_AFTER = (timedelta(minutes=5),) * 288  # 24 hours
TIMEOUT = 60.0
GOOD = range(200, 201)
SIGNING = "X-Whispir-Callback-Key: the secret; by its options it is the query's auth, or Authorization: Basic or Bearer"
HEADER, QUERY, BASIC, BEARER = "httpheader", "querystring", "basicauth", "bearertoken"
IN_ADDRESS = (QUERY, "queryparam")  # two names of one way
OPTIONS: Mapping[str, Sequence[str]] = {
    "auth": (HEADER, *IN_ADDRESS, BASIC, BEARER),
    "content_type": ("json", "xml"),
    "remove_html": ("disabled", "enabled"),
}
MOST_KEY = 128

_KEY_HEADER = "x-whispir-callback-key"
_WORD_OF: Mapping[str, str] = {Kind.RECEIVED: REPLY, Kind.FAILED: UNDELIVERABLE, Kind.EXPIRED: UNDELIVERABLE}
_XML = Names("deliveryResponse")
_XML_NAMES = {"messageid": "messageId", "messagelocation": "messageLocation"}

new_secret = signing.new_secret


def complaint(secret: str) -> str:
    """Say what keeps a text from being a key; "" if nothing does. It may be empty: then none is sent."""
    if len(secret) <= MOST_KEY and secret.isascii() and secret.isprintable() and secret == secret.strip():
        return ""
    return f"must have at most {MOST_KEY} printable ASCII characters, and no blanks around them"


def words_of(trait: Trait) -> Sequence[str]:
    return [_WORD_OF[trait.kind]] if trait.kind in _WORD_OF else []


def body(event: Event, endpoint: WebhookEndpoint) -> Any:
    payload = told(event, endpoint, is_reply=_WORD_OF[event.kind] == REPLY)
    return _as_xml(payload) if endpoint.options.get("content_type") == "xml" else payload


def _as_xml(payload: Mapping[str, Any]) -> bytes:
    entries = [
        Element("entry", [Element("key", text=name), Element("value", text=value)])
        for name, value in payload["customParameters"].items()
    ]
    shown = {_XML_NAMES.get(name, name): value for name, value in payload.items()}
    return write(shown | {"customParameters": Element("customParameters", entries)}, _XML, is_xml=True)


def headers(call: Call) -> dict[str, str]:
    kind = call.options.get("content_type", "json")
    return {"content-type": f"application/{kind}", "x-event-id": call.id, **_credentials(call)}


def _credentials(call: Call) -> dict[str, str]:
    key, way = _key(call), call.options.get("auth", HEADER)
    if not key or way in IN_ADDRESS:
        return {}
    if way == HEADER:
        return {_KEY_HEADER: key}
    return {"authorization": f"Bearer {key}" if way == BEARER else f"Basic {_in_base64(key)}"}


def _in_base64(key: str) -> str:
    """Return the key as it is, which the vendor asks for in base64, unless it is a name and a password themselves."""
    return base64.b64encode(key.encode()).decode() if ":" in key else key


def address(url: str, call: Call) -> str:
    """Return where a call goes: the key is in its query, if that is how its endpoint wants it."""
    key = _key(call)
    if not key or call.options.get("auth") not in IN_ADDRESS:
        return url
    parts = urlsplit(url)
    query = f"{parts.query}&" if parts.query else ""
    return urlunsplit(parts._replace(query=f"{query}auth={quote(key, safe='')}"))


def _key(call: Call) -> str:
    return call.secrets[0] if call.secrets else ""


def inspect(received: Received) -> list[Finding]:
    """Compare the key where a call has it in its headers; one in the address is not seen here."""
    keys = [key for key in received.secrets if key]
    if not keys:
        return [Finding(True, "There is no key, so none is sent.")]
    if given := received.headers.get(_KEY_HEADER):
        return [_compared("X-Whispir-Callback-Key", given, keys)]
    scheme, _, given = received.headers.get("authorization", "").partition(" ")
    if scheme in ("Basic", "Bearer"):
        return [_compared("Authorization", given, [_in_base64(key) for key in keys] if scheme == "Basic" else keys)]
    return [Finding(False, "The header X-Whispir-Callback-Key is missing: is the key in the address, as auth?")]


def _compared(name: str, given: str, keys: Sequence[str]) -> Finding:
    is_good = any(signing.same(given, key) for key in keys)
    return Finding(is_good, f"{name} holds {'the' if is_good else 'another'} key.")
