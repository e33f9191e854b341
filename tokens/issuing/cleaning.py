"""The shape of what may be asked of a token: each field cleaned, every complaint by field."""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.networks import parse_network
from tokens.scopes import GRANTABLE, KeyType, effective

MAX_ENTRIES = 100
MAX_RATE = 1_000_000
FURTHEST = timedelta(days=36_525)  # far from where calendars end, whatever the time zone
_SLUG = re.compile(r"[a-z][a-z0-9_-]{0,31}")


def clean(fields: Mapping[str, Any], *, type: str, known_dialects: Collection[str] | None = None) -> dict[str, Any]:
    """Return the fields in their normal form; raises ValidationError with the complaints of each."""
    cleaners: dict[str, Callable[[Any], Any]] = {
        "type": clean_type,
        "name": clean_name,
        "scopes": lambda scopes: clean_scopes(scopes, type=type),
        "networks": clean_networks,
        "dialects": lambda dialects: clean_dialects(dialects, known=known_dialects),
        "expires_at": clean_expiry,
        "requests_per_second": clean_rate,
    }
    cleaned: dict[str, Any] = {}
    complaints: dict[str, list[str]] = {}
    for field, value in fields.items():
        try:
            cleaned[field] = cleaners[field](value)
        except ValidationError as error:
            complaints[field] = error.messages
    if complaints:
        raise ValidationError(complaints)
    return cleaned


def clean_type(type: object) -> str:
    if type not in KeyType.values:
        raise ValidationError(f"The type is one of {', '.join(KeyType.values)}.")
    return str(type)


def clean_name(name: object) -> str:
    """Return the name without outer blanks: 1 to 255 characters, none of them a control character."""
    if not isinstance(name, str) or not name.strip():
        raise ValidationError("Give it a name.")
    name = name.strip()
    if len(name) > 255:
        raise ValidationError("A name has at most 255 characters.")
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in name):
        raise ValidationError("A name has no control characters.")
    return name


def clean_scopes(scopes: object, *, type: str) -> list[str]:
    asked = _texts(scopes)
    if unknown := sorted(set(asked) - set(GRANTABLE)):
        raise ValidationError(f"There is no permission {_shown(unknown[0])}.")
    if asked and type in KeyType.values and not effective(type, asked):
        raise ValidationError("A read-only token can have none of these permissions.")
    return [scope for scope in GRANTABLE if scope in asked]


def clean_networks(networks: object) -> list[str]:
    found: dict[str, None] = {}
    for number, text in enumerate(_texts(networks), start=1):
        if not text.strip():
            continue
        try:
            found[parse_network(text)] = None
        except ValueError as error:
            raise ValidationError(f"Line {number}: {_why_no_network(text.strip())}") from error
    return list(found)


def clean_dialects(dialects: object, *, known: Collection[str] | None = None) -> list[str]:
    asked = list(dict.fromkeys(_texts(dialects)))
    for dialect in asked:
        if not _SLUG.fullmatch(dialect) or (known is not None and dialect not in known):
            raise ValidationError(f"There is no API style {_shown(dialect)}.")
    return asked


def clean_expiry(expires_at: object) -> datetime | None:
    if expires_at is None:
        return None
    if not isinstance(expires_at, datetime) or timezone.is_naive(expires_at):
        raise ValidationError("An expiry is a date and time with a time zone.")
    if expires_at <= timezone.now():
        raise ValidationError("An expiry lies in the future.")
    if expires_at - timezone.now() > FURTHEST:
        raise ValidationError("An expiry lies within a hundred years.")
    return expires_at


def clean_rate(rate: object) -> int | None:
    if rate is None:
        return None
    if not isinstance(rate, int) or isinstance(rate, bool) or not 1 <= rate <= MAX_RATE:
        raise ValidationError(f"Requests per second is a whole number from 1 to {MAX_RATE:,}.")
    return rate


def _texts(values: object) -> list[str]:
    """Return the entries of a list that came from outside."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise ValidationError("This is a list.")
    texts = list(values)
    if len(texts) > MAX_ENTRIES:
        raise ValidationError(f"This list has at most {MAX_ENTRIES} entries.")
    if not all(isinstance(text, str) for text in texts):
        raise ValidationError("Each entry is a text.")
    return texts


def _why_no_network(text: str) -> str:
    address, slash, length = text.partition("/")
    try:
        most = ip_address(address.strip()).max_prefixlen
    except ValueError:
        return f"{_shown(text)} is not an IP address or range."
    if slash and length.isdecimal():
        return f"a range ends in /0 to /{most}, so /{length[:8]} does not exist."
    return f"{_shown(text)} is not an IP address or range."


def _shown(text: str) -> str:
    """Return the start of what was typed, fit to be repeated in a sentence."""
    return "“" + "".join(c if c.isprintable() else "?" for c in text[:40]) + "”"
