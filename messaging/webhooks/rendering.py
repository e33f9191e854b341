"""From a waiting delivery to the request that is posted."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import quote, quote_plus

import msgspec
from django.utils import timezone

from messaging import sealing
from messaging.models import Device, Recipient, WebhookDelivery, WebhookEndpoint, WebhookEvent
from messaging.webhooks import examples, format, keyring
from messaging.webhooks.events import Event
from messaging.webhooks.format import Call, Format

MOST_BYTES = 20_000
_encode = msgspec.json.Encoder().encode
MASK = "••••"
_SHORTEST_SECRET = 8  # characters
_SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization"})


class Unrenderable(Exception):
    """Raised with a sentence where a call cannot be written."""


@dataclass(frozen=True, slots=True)
class Post:
    """A request that is ready to be posted."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    timeout: float
    masked: Mapping[str, str]  # the headers as they may be kept and shown
    good: range = format.GOOD  # the statuses that count as an answer
    hidden: Collection[str] = field(default=(), repr=False)  # what must not be kept of an answer that repeats it

    @property
    def text(self) -> str:
        return self.body.decode()

    def hide(self, text: str) -> str:
        """Return an answer's text without the secrets that the call held."""
        for secret in self.hidden:
            text = text.replace(secret, MASK)
        return text


@dataclass(frozen=True, slots=True)
class Desk:
    """An endpoint with what its calls are written with, so that many are written at the cost of one."""

    endpoint: WebhookEndpoint
    known: Format
    secrets: Sequence[str]
    headers: Mapping[str, str]

    @classmethod
    def of(cls, endpoint: WebhookEndpoint, sealed_secrets: str) -> Desk:
        """Raises Unrenderable."""
        known = format.find(endpoint.format)
        if known is None:
            raise Unrenderable(f"There is no format {endpoint.format} any more.")
        try:
            secrets = [secret.value for secret in keyring.unseal(sealed_secrets)]
            return cls(endpoint, known, secrets, headers_of(endpoint))
        except sealing.Unreadable as error:
            raise Unrenderable(f"Its secret cannot be read. {error}") from None

    def write(self, delivery: WebhookDelivery, event: Event) -> Post:
        """Return the signed request. A body that was posted before is posted again as it was."""
        body = delivery.body.encode() or body_of(event, self.endpoint, self.known)
        # Formats with room for one signature sign with the first: after a failed try it is the other one.
        turn = delivery.tries % max(1, len(self.secrets))
        secrets = [*self.secrets[turn:], *self.secrets[:turn]]
        call = Call(event.text_id, timezone.now(), body, secrets, self.endpoint.options)
        headers = {**self.headers, "content-type": "application/json", **self.known.headers(call)}
        return Post(
            url=self.known.address(delivery.url or self.endpoint.url, call),
            headers=headers,
            body=body,
            timeout=self.known.timeout,
            masked={name: self._masked(name, value) for name, value in headers.items()},
            good=self.known.good,
            hidden=_forms([*secrets, *_private(self.headers)], headers),
        )

    def _masked(self, name: str, value: str) -> str:
        if name not in self.headers and name not in _SECRET_HEADERS and value not in self.secrets:
            return value
        scheme, space, _ = value.partition(" ")
        return f"{scheme} {MASK}" if space and value not in self.secrets else MASK


def _private(headers: Mapping[str, str]) -> Iterator[str]:
    """Give an endpoint's own headers as far as they may be secrets: a short value is a word, found in any answer."""
    for value in headers.values():
        yield from (text for text in (value, value.partition(" ")[2]) if len(text) >= _SHORTEST_SECRET)


def _forms(secrets: Sequence[str], headers: Mapping[str, str]) -> set[str]:
    """Return the secrets as a call may hold them, and a receiver repeat them."""
    credentials = headers.get("authorization", "").partition(" ")[2]
    forms = {form for secret in secrets for form in (secret, quote(secret, safe=""), quote_plus(secret))}
    return {form for form in (*forms, credentials) if form}


def events_of(deliveries: Sequence[WebhookDelivery]) -> dict[int, Event]:
    """Return the deliveries' events by their ids, read with as few queries as there are kinds of rows.

    The deliveries come with their `event`, and that with its `account` and `message`.
    """
    rows = {delivery.event_id: delivery.event for delivery in deliveries}.values()
    recipients = Recipient.objects.in_bulk({row.recipient_ref for row in rows if row.recipient_ref})
    devices = Device.objects.in_bulk({row.device_ref for row in rows if row.device_ref})
    found = {}
    for row in rows:
        event = Event(
            id=row.pk,
            kind=row.kind,
            account=row.account,
            data=row.data,
            message=row.message,
            recipient=recipients.get(row.recipient_ref or 0),
            device=devices.get(row.device_ref or 0),
            content=row.message.content if row.message else None,
        )
        event = examples.completed(event)
        found[row.pk] = event if _may_tell(row) else replace(event, content=None)
    return found


def _may_tell(row: WebhookEvent) -> bool:
    """True if the receiver may learn what the message says: the account wants it, and it is no one-time code."""
    is_code = row.message is not None and "verification" in row.message.context
    return row.account.webhook_texts and not is_code


def body_of(event: Event, endpoint: WebhookEndpoint, known: Format) -> bytes:
    """Return the event as the format writes it; what a message says is left out where that is too long."""
    body = _bytes(known.body(event, endpoint))
    if len(body) > MOST_BYTES and event.content is not None:
        body = _bytes(known.body(replace(event, content=None), endpoint))
    if len(body) > MOST_BYTES:
        body = _bytes(known.body(replace(event, content=None, data={"left_out": "too large"}), endpoint))
    return body


def _bytes(body: object) -> bytes:
    return body if isinstance(body, bytes) else _encode(body)


def header_names(endpoint: WebhookEndpoint) -> list[str]:
    return sorted(readable_headers(endpoint))


def readable_headers(endpoint: WebhookEndpoint) -> dict[str, str]:
    """Return the endpoint's own headers; none where the gateway's own secret key was changed meanwhile."""
    try:
        return headers_of(endpoint)
    except sealing.Unreadable:
        return {}


def headers_of(endpoint: WebhookEndpoint) -> dict[str, str]:
    """Return the endpoint's own headers, by names in lower case; raises Unreadable."""
    if not endpoint.sealed_headers:
        return {}
    return msgspec.json.decode(sealing.unseal(endpoint.sealed_headers), type=dict[str, str])
