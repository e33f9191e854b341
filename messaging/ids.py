"""Ids made in Python: 63 bits, ordered by time, so that new rows land at the end of every index."""

import threading
import time
from datetime import UTC, datetime, timedelta
from random import Random

EPOCH = datetime(2025, 1, 1, tzinfo=UTC)
_EPOCH_MS = int(EPOCH.timestamp() * 1000)
_RANDOM_BITS = 22
LARGEST = 2**63 - 1
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_VALUES = {digit: value for value, digit in enumerate(_DIGITS)}

_random = Random()  # noqa: S311  ids are no secrets, and the system's generator would let go of the interpreter


class _Clock:
    """The last id this process gave out."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def reserve(self, count: int) -> int:
        now = (time.time_ns() // 1_000_000 - _EPOCH_MS) << _RANDOM_BITS
        with self._lock:
            first = max(self._last + 1, now | _random.getrandbits(_RANDOM_BITS))
            self._last = first + count - 1
        return first


_clock = _Clock()


def new_ids(count: int = 1) -> int:
    """Reserve `count` consecutive ids and return the first; later calls in this process return larger ones."""
    return _clock.reserve(count)


def time_of(id: int) -> datetime:
    """Return when an id was made, to the millisecond."""
    return EPOCH + timedelta(milliseconds=id >> _RANDOM_BITS)


def first_at(moment: datetime) -> int:
    """Return the smallest id that could be made at the moment: `id >= first_at(t)` means made at t or later."""
    return max(0, (moment - EPOCH) // timedelta(milliseconds=1)) << _RANDOM_BITS


def milliseconds_sql(column: str) -> str:
    """Return SQL for when the ids of a column were made, in Unix milliseconds."""
    return f"(({column} >> {_RANDOM_BITS}) + {_EPOCH_MS})"


def to_base62(number: int, width: int = 11) -> str:
    """Write an id in base 62, padded with zeros; eleven digits hold 63 bits."""
    digits = ""
    while number:
        number, value = divmod(number, 62)
        digits = _DIGITS[value] + digits
    return digits.rjust(width, "0")


def from_base62(text: str, width: int = 11) -> int | None:
    """Read what `to_base62` wrote; None for anything that it cannot have written."""
    if len(text) != width:
        return None
    number = 0
    for digit in text:
        value = _VALUES.get(digit)
        if value is None:
            return None
        number = number * 62 + value
    return number if number <= LARGEST else None
