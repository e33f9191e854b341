"""What formats have in common: HMAC-SHA256 in hexadecimal, and secrets that are plain texts."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta

from messaging.webhooks.format import Finding
from tokens import crypto

TOLERANCE = timedelta(minutes=5)
_LONGEST = 255


def hexadecimal(secret: str, message: bytes) -> str:
    """Return the HMAC-SHA256 of the message in lower-case hexadecimal."""
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def new_secret() -> str:
    """Return a secret for formats that take any text: 32 letters and digits."""
    return crypto.new_private_token()


def complaint(secret: str) -> str:
    """Say what keeps a text from being a secret; "" if nothing does."""
    if 8 <= len(secret) <= _LONGEST and secret.isascii() and secret.isprintable() and " " not in secret:
        return ""
    return f"must have 8 to {_LONGEST} printable ASCII characters, and no spaces"


def timely(at: datetime, now: datetime, *, header: str) -> Finding:
    """Say whether a call's time is within the five minutes that receivers allow."""
    off = now - at
    minutes = abs(off) // timedelta(minutes=1)
    if abs(off) <= TOLERANCE:
        return Finding(True, f"{header} is within five minutes of now.")
    if off > timedelta():
        return Finding(False, f"{header} is from {minutes} minutes ago: receivers refuse what is older than 5.")
    return Finding(False, f"{header} is {minutes} minutes ahead: is the clock right?")


def missing(name: str) -> Finding:
    return Finding(False, f"The header {name} is missing.")


def verdict(is_good: bool, *, of: str) -> Finding:
    """Say whether a signature is right."""
    made = "was made" if is_good else "was not made"
    return Finding(is_good, f"The signature {made} with this secret, of this {of}.")
