"""JSON that strangers send, read so that none of it takes the process down.

The parser calls itself for each list in a list, and its own guard trusts in more stack than a server's thread has: some
thousand brackets would end the process. And a list of two bytes takes thirty times as many when it is read.
"""

from __future__ import annotations

import re
from itertools import accumulate
from typing import Any

import msgspec

DEEPEST = 200  # lists and objects in one another
MOST_VALUES = 1_000_000
_STEP = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_OTHERS = bytes(set(range(256)) - _STEP.keys())
_TEXT = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_SOME_TEXTS = re.compile(rb'(?:[^"]*+%b){1,4096}+' % _TEXT.pattern, re.DOTALL)


def decode(raw: bytes | str, type: Any = Any) -> Any:
    """Return the JSON as a msgspec type; raises msgspec.DecodeError, also for too many values or too deep ones."""
    written = raw.encode("utf-8", "replace") if isinstance(raw, str) else raw
    # What stands in texts counts at first: that is much quicker than to leave it out, and seldom matters.
    if _is_too_much(written) and _is_too_much(_without_texts(written)):
        raise msgspec.DecodeError(f"It has over {MOST_VALUES:,} values, or over {DEEPEST} in one another")
    return msgspec.json.decode(raw, type=type)


def _without_texts(raw: bytes) -> bytes:
    """Leave texts out, some at a time: each piece between them is an object of its own meanwhile."""
    kept, at = bytearray(), 0
    while found := _SOME_TEXTS.match(raw, at):
        kept += _TEXT.sub(b"", found[0])
        at = found.end()
    return bytes(kept + raw[at:])


def _is_too_much(raw: bytes) -> bool:
    return raw.count(b",") >= MOST_VALUES or _depth(raw) > DEEPEST


def _depth(raw: bytes) -> int:
    brackets = raw.translate(None, _OTHERS)
    if len(brackets) <= DEEPEST:
        return len(brackets)
    return max(accumulate(map(_STEP.__getitem__, brackets)))
