"""The only place where secrets are made, digested and compared.

A token reads `gw_live_` + 32 random base62 characters (190 bits) + 6 characters of CRC-32 over all that
stands before, so that a mistyped one is refused without a query. Being random, it needs no slow hash.
"""

import re
import secrets
import string
from hashlib import sha256
from hmac import compare_digest
from zlib import crc32

from django.conf import settings
from django.utils.crypto import salted_hmac

from tokens.scopes import KeyType

WORDS = {KeyType.PRODUCTION: "live", KeyType.SANDBOX: "test", KeyType.READ_ONLY: "read"}

_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM, _CHECK, _SHOWN = 32, 6, 8
# Any brand: renaming the gateway must not end the tokens it has given out.
_FORM = re.compile(rf"[A-Za-z0-9]{{1,18}}_(?:live|test|read)_[0-9A-Za-z]{{{_RANDOM + _CHECK}}}")
_USERNAME = re.compile(r"[0-9A-Z]{6}")
_JTI = re.compile(r"[\w-]{21}", re.ASCII)


def new_secret(type: str) -> str:
    body = f"{settings.GATEWAY_TOKEN_BRAND}_{WORDS[KeyType(type)]}_{_random(_BASE62, _RANDOM)}"
    return body + _checksum(body)


def is_wellformed(secret: str) -> bool:
    """True if the text has a token's form and its checksum is right."""
    return _FORM.fullmatch(secret) is not None and _checksum(secret[:-_CHECK]) == secret[-_CHECK:]


def lookup_of(secret: str) -> str:
    """Return what a token is found by: its prefix and its first eight random characters."""
    return secret[: _SHOWN - _RANDOM - _CHECK]


def hint_of(secret: str) -> str:
    """Return the last four characters, shown so that people can tell their tokens apart."""
    return secret[-4:]


def digest(secret: str) -> str:
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def same(one: str, other: str) -> bool:
    """Compare two digests in a time that does not depend on where they differ."""
    return compare_digest(one.encode(), other.encode())


def redact(text: str) -> str:
    """Return the text with every token in it cut to its prefix, for what is stored or shown."""
    return _FORM.sub(lambda found: lookup_of(found[0])[:-_SHOWN] + "••••", text)


def new_login() -> tuple[str, str]:
    """Return a user name and a password that survive being typed on a phone."""
    return _random(string.digits + string.ascii_uppercase, 6), _random(string.digits + string.ascii_lowercase, 20)


def is_username(text: str) -> bool:
    return _USERNAME.fullmatch(text) is not None


def new_private_token() -> str:
    return _random(_BASE62, _RANDOM)


def new_jti() -> str:
    """Return the id of a JWT: 21 characters of the alphabet that nano ids have (126 bits)."""
    return _random(_BASE62 + "_-", 21)


def is_jti(text: str) -> bool:
    return _JTI.fullmatch(text) is not None


def signing_key(purpose: str) -> str:
    """Return a key of 32 bytes, in hexadecimal, made of the secret key for this purpose alone."""
    return salted_hmac(f"tokens.crypto.{purpose}", "signing key", algorithm="sha256").hexdigest()


def _random(alphabet: str, length: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))


def _checksum(body: str) -> str:
    rest, digits = crc32(body.encode()), ""
    for _ in range(_CHECK):
        rest, digit = divmod(rest, 62)
        digits = _BASE62[digit] + digits
    return digits
