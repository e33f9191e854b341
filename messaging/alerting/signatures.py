"""Who signed a report: GitHub's secret scanning signs with keys that it publishes."""

from __future__ import annotations

import binascii
import json
import logging
import time
from base64 import b64decode
from collections.abc import Mapping
from threading import Lock
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.conf import settings

from messaging import outgoing

log = logging.getLogger(__name__)
_LIVES = 3600.0  # seconds that keys are kept
_ASK_AGAIN = 60.0  # for a key that is not among them, or after a failure: whoever invents names of keys asks no oftener
_TIMEOUT = 5.0
_MOST_BYTES = 256 * 1024
_MOST_KEYS = 100

Keys = Mapping[str, ec.EllipticCurvePublicKey]


class Unreadable(Exception):
    """The keys could not be read: whether a signature is good is not known."""


class _Published:
    """The keys as they were last read, from the address that was set then."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.forget()

    def forget(self) -> None:
        self.url, self.read_at, self.asked_at, self.is_being_read = "", 0.0, 0.0, False
        self.keys: Keys = {}

    def find(self, name: str) -> ec.EllipticCurvePublicKey | None:
        """Return the key of that name; raises Unreadable, also while another request reads what may hold it.

        Where they cannot be read anew, the known ones stay. Nobody waits for another's reading: whoever invents names
        of keys would hold every thread as long as their publisher does not answer.
        """
        with self.lock:
            if self.url != settings.GATEWAY_LEAK_KEYS_URL:
                self.forget()
                self.url = settings.GATEWAY_LEAK_KEYS_URL
            is_due = not self.is_being_read and self._is_due(name)
            if is_due:
                self.is_being_read, self.asked_at = True, time.monotonic()
            elif name not in self.keys and (self.is_being_read or not self.read_at):
                raise Unreadable("The keys could not be read.")
        if is_due:
            self._read_anew(name)
        return self.keys.get(name)

    def _is_due(self, name: str) -> bool:
        now = time.monotonic()
        is_wanted = name not in self.keys or now - self.read_at > _LIVES
        return is_wanted and (not self.asked_at or now - self.asked_at > _ASK_AGAIN)

    def _read_anew(self, name: str) -> None:
        try:
            self.keys, self.read_at = _read(self.url), self.asked_at
        except Unreadable:
            if name not in self.keys:
                raise
        finally:
            self.is_being_read = False


_published = _Published()
forget = _published.forget


def is_checked() -> bool:
    """True if signatures are looked at: an operator may have switched that off."""
    return bool(settings.GATEWAY_LEAK_KEYS_URL)


def is_good(body: bytes, *, key: str, signature: str) -> bool:
    """True if the body was signed with the published key of that name; raises Unreadable."""
    public = _published.find(key)
    if public is None:
        return False
    try:
        public.verify(b64decode(signature, validate=True), body, ec.ECDSA(SHA256()))
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def _read(url: str) -> dict[str, ec.EllipticCurvePublicKey]:
    try:
        answer = outgoing.request("GET", url, timeout=_TIMEOUT, most_bytes=_MOST_BYTES)
        if answer.status != 200 or answer.is_cut:
            raise Unreadable(f"The answer was {answer.status}.")
        given = json.loads(answer.body)["public_keys"][:_MOST_KEYS]
        return {str(each["key_identifier"]): _key(each["key"]) for each in given}
    except (outgoing.Forbidden, outgoing.Failed, ValueError, LookupError, TypeError, RecursionError) as error:
        log.warning("the keys that sign reports of leaks could not be read from %s: %s", outgoing.redact(url), error)
        raise Unreadable("The keys could not be read.") from None


def _key(pem: Any) -> ec.EllipticCurvePublicKey:
    """Return a public key of P-256; raises ValueError for another."""
    try:
        key = load_pem_public_key(pem.encode())
    except (AttributeError, UnsupportedAlgorithm) as error:
        raise ValueError(str(error)) from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp256r1":
        raise ValueError("a key is not on the curve P-256")
    return key
