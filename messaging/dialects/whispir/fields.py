"""Reading a payload's fields; every refusal names the field, as the vendor's 422 does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from messaging import wildcards
from messaging.dialects.whispir.language import listed
from messaging.errors import Refusal, Refused

Payload = Mapping[str, Any]
MASK = "********"  # in place of a secret; sent back, it leaves the secret as it is


def text(payload: Payload, name: str, *, most: int = 255, required: bool = False, usual: str = "") -> str:
    """Return a text without blanks around it, `usual` where there is none; numbers are taken as their digits."""
    value = payload.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if value is None or (isinstance(value, str) and not value.strip()):
        if required:
            raise Refused(Refusal.REQUIRED, f"{name} is required.", field=name)
        return usual
    if not isinstance(value, str) or _is_unfit(value):
        raise Refused(Refusal.INVALID, f"{name} must be a text.", field=name)
    value = value.strip()
    if len(value) > most:
        raise Refused(Refusal.TOO_LONG, f"{name} has at most {most} characters.", field=name, params={"limit": most})
    return value


def _is_unfit(value: str) -> bool:
    """True for what databases refuse: NUL and lone surrogates."""
    return "\0" in value or any("\ud800" <= c <= "\udfff" for c in value)


def choice(payload: Payload, name: str, words: tuple[str, ...], *, usual: str | None = None) -> str:
    """Return one of the words as they are written here, whatever its case; without `usual` it is required."""
    given = text(payload, name, required=usual is None, usual=usual or "")
    for word in words:
        if word.lower() == given.lower():
            return word
    raise Refused(Refusal.INVALID, f"{name} must be one of {', '.join(words)}.", field=name)


def flag(payload: Payload, name: str, *, usual: bool = False) -> bool:
    """Return a truth, which may come as a text."""
    value = payload.get(name)
    if isinstance(value, bool):
        return value
    word = text(payload, name, usual="true" if usual else "false").lower()
    if word not in ("true", "false"):
        raise Refused(Refusal.INVALID, f"{name} must be true or false.", field=name)
    return word == "true"


def part(payload: Payload, name: str, *, required: bool = False) -> Payload:
    """Return an object, an empty one where there is none."""
    value = payload.get(name)
    if value in (None, "", {}):
        if required:
            raise Refused(Refusal.REQUIRED, f"{name} is required.", field=name)
        return {}
    if not isinstance(value, Mapping):
        raise Refused(Refusal.INVALID, f"{name} must be an object.", field=name)
    return value


def loose(payload: Payload, name: str, *, most: int = 20_000) -> Any:
    """Return what programs put into a field that is theirs alone, as it came; an empty object where there is none."""
    value = payload.get(name)
    if value in (None, "", [], {}):
        return {}
    if len(msgspec.json.encode(value)) > most:
        raise Refused(Refusal.TOO_LONG, f"{name} has at most {most} bytes.", field=name, params={"limit": most})
    return value


def parts(payload: Payload, name: str, *, most: int = 100) -> list[Payload]:
    """Return a list of objects; XML has one of them as itself."""
    found = listed(payload.get(name))
    if len(found) > most or not all(isinstance(item, Mapping) for item in found):
        raise Refused(Refusal.INVALID, f"{name} must be a list of at most {most} objects.", field=name)
    return found


def fits(value: str, text: str) -> bool:
    """True if a filter's value is in the text, or like it where `*` stands for anything; case aside."""
    if "*" not in value:
        return value.lower() in text.lower()
    return wildcards.fits(value, text)
