"""Query strings: what is not there has its default, what cannot be read is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from messaging.dialects.smsgate import times
from messaging.errors import Refusal, Refused

Query = Mapping[str, str]
_FLAGS = {"true": True, "1": True, "false": False, "0": False}
_LARGEST = 10**9


def flag(query: Query, name: str) -> bool:
    """Return a truth, in any case (Python's clients write True); raises Refused."""
    text = query.get(name, "").lower()
    if text and text not in _FLAGS:
        raise invalid(name, "true or false")
    return _FLAGS.get(text, False)


def whole(query: Query, name: str, default: int = 0) -> int:
    """Return a whole number that is not negative; raises Refused."""
    number = _number(query, name, default)
    if number < 0:
        raise invalid(name, "a whole number, 0 or more")
    return number


def page(query: Query, *, most: int) -> tuple[int, int]:
    """Return limit and offset, cut down to what there is; raises Refused for what is no number."""
    limit, offset = _number(query, "limit", 50), _number(query, "offset", 0)
    return min(max(limit, 1), most), min(max(offset, 0), _LARGEST)


def between(query: Query) -> tuple[datetime | None, datetime | None]:
    """Return the moments of `from` and `to`; raises Refused."""
    since, until = (times.bounded(times.read(text, name)) if text else None for name, text in _ends(query))
    return since, until


def choice(query: Query, name: str, words: Sequence[str], default: str = "") -> str:
    """Return one of the words; raises Refused for any other."""
    word = query.get(name) or default
    if word and word not in words:
        raise invalid(name, f"one of {', '.join(words)}")
    return word


def invalid(name: str, must_be: str) -> Refused:
    return Refused(Refusal.INVALID, f"{name} must be {must_be}.", field=name)


def _ends(query: Query) -> list[tuple[str, str]]:
    return [(name, query.get(name, "")) for name in ("from", "to")]


def _number(query: Query, name: str, default: int) -> int:
    text = query.get(name, "")
    if not text:
        return default
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", text):
        raise invalid(name, "a whole number")
    return int(text)
