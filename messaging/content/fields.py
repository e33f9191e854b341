"""What the tables of kinds are made of: each function here makes a reader of one sort of value, or is one.

A reader gets the value as it came, the path to it (for the refusal) and the limits. It returns the value in
the core's form or raises `Refused`. It looks at what its table names and at nothing else.
"""

import binascii
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from messaging.errors import Refusal, Refused

Limits: TypeAlias = Mapping[str, int]
Read: TypeAlias = Callable[[object, str, Limits], Any]
Then: TypeAlias = Callable[[dict[str, Any], str, Limits], None]

_NUMERIC = re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{1,30})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LINK = re.compile(r"https?://[^\s\x00-\x1f\x7f]+", re.IGNORECASE)
_INT64 = 2**63


def required(path: str) -> Refused:
    return Refused(Refusal.REQUIRED, f"{path} is required.", field=path)


def invalid(path: str, must: str, **params: Any) -> Refused:
    return Refused(Refusal.INVALID, f"{path} must {must}.", field=path, params=params)


def text(limit: str, *, may_be_empty: bool = False) -> Read:
    """Read a text of at most the named limit's characters that every database can store."""

    def read(value: object, path: str, limits: Limits) -> str:
        if not isinstance(value, str):
            raise invalid(path, "be a text")
        if not value and not may_be_empty:
            raise required(path)
        if len(value) > limits[limit]:
            most = limits[limit]
            detail = f"{path} must have at most {most} characters."
            raise Refused(Refusal.TOO_LONG, detail, field=path, params={"limit": most})
        if "\0" in value:
            raise invalid(path, "not contain the NUL character")
        if not _is_unicode(value):
            raise invalid(path, "be Unicode text without lone surrogates")
        return value

    return read


def _is_unicode(value: str) -> bool:
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


line = text("line")


def pattern(limit: str, expression: str, must: str) -> Read:
    """Read a text that the whole expression matches."""
    characters, matches = text(limit), re.compile(expression).fullmatch

    def read(value: object, path: str, limits: Limits) -> str:
        found: str = characters(value, path, limits)
        if not matches(found):
            raise invalid(path, must)
        return found

    return read


def choice(*words: str) -> Read:
    def read(value: object, path: str, limits: Limits) -> str:
        if not isinstance(value, str) or value not in words:
            raise invalid(path, f"be one of {', '.join(words)}")
        return value

    return read


def flag(value: object, path: str, limits: Limits) -> bool:
    if not isinstance(value, bool):
        raise invalid(path, "be true or false")
    return value


def number(low: int, high: int) -> Read:
    """Read a number, or a text that writes one, as a float within the range."""

    def read(value: object, path: str, limits: Limits) -> float:
        if isinstance(value, str) and _NUMERIC.fullmatch(value):
            value = float(value)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise invalid(path, f"be a number from {low} to {high}")
        return float(value)

    return read


def whole(value: object, path: str, limits: Limits) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not -_INT64 <= value < _INT64:
        raise invalid(path, "be a whole number")
    return value


def whole_number(low: int, high: int) -> Read:
    def read(value: object, path: str, limits: Limits) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise invalid(path, f"be a whole number from {low} to {high}")
        return value

    return read


def base64_text(limit: str) -> Read:
    """Read base64 of at least one byte; it stays text."""

    def read(value: object, path: str, limits: Limits) -> str:
        found: str = text(limit)(value, path, limits)
        try:
            binascii.a2b_base64(found, strict_mode=True)
        except ValueError:  # binascii.Error is one; letters outside ASCII give a plain one
            raise invalid(path, "be base64 text") from None
        if len(found) % 4:  # Python 3.11 lets padding pass where none belongs
            raise invalid(path, "be base64 text")
        return found

    return read


def day(value: object, path: str, limits: Limits) -> str:
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            pass
    raise invalid(path, "be a date such as 1990-12-31")


def link(value: object, path: str, limits: Limits) -> str:
    """Read an http or https address; whether it may be fetched is decided where it is fetched."""
    found: str = text("link")(value, path, limits)
    if not _LINK.fullmatch(found) or not _has_host(found):
        raise invalid(path, "be an http or https address")
    return found


def _has_host(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, a bracket left open
        return False


def record(needs: Mapping[str, Read], may: Mapping[str, Read] | None = None, then: Then | None = None) -> Read:
    """Read an object with these fields. An optional one that is null or empty is left out, as if absent.

    `then` sees the whole afterwards, for what no single field can know.
    """
    optional = may or {}

    def read(value: object, path: str, limits: Limits) -> dict[str, Any]:
        given = as_object(value, path)
        found: dict[str, Any] = {}
        for name, field in needs.items():
            if (item := given.get(name)) is None:
                raise required(f"{path}.{name}")
            found[name] = field(item, f"{path}.{name}", limits)
        for name, field in optional.items():
            if (item := given.get(name)) is not None and item != "":
                found[name] = field(item, f"{path}.{name}", limits)
        if then:
            then(found, path, limits)
        return found

    return read


def as_object(value: object, path: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise invalid(path, "be an object")
    return value


def variant(name: str, readers: Mapping[str, Read]) -> Read:
    """Read an object whose field `name` says which of the readers it is for."""
    word = choice(*readers)

    def read(value: object, path: str, limits: Limits) -> dict[str, Any]:
        given = as_object(value, path).get(name)
        if given is None:
            raise required(f"{path}.{name}")
        chosen: str = word(given, f"{path}.{name}", limits)
        return {name: chosen, **readers[chosen](value, path, limits)}

    return read


def many(each: Read, *, most: str | None = None, least: int = 1) -> Read:
    """Read a list, by default not an empty one. Without a named limit the request's size is the limit."""

    def read(value: object, path: str, limits: Limits) -> list[Any]:
        if not isinstance(value, list):
            raise invalid(path, "be a list")
        if len(value) < least:
            raise required(path)
        at_most(len(value), path, limits, most)
        return [each(item, f"{path}.{index}", limits) for index, item in enumerate(value)]

    return read


def at_most(entries: int, path: str, limits: Limits, most: str | None) -> None:
    if most and entries > limits[most]:
        raise invalid(path, f"have at most {limits[most]} entries", limit=limits[most])


def unique(values: Iterable[str], path: str, what: str) -> None:
    listed = list(values)
    if len(set(listed)) < len(listed):
        raise invalid(path, f"not have the same {what} twice")
