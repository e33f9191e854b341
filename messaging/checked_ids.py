"""Ids of 21 characters, as long as the vendor's: eleven that hold the number and ten that check it.

The check tells ours from whatever programs call their own messages: a stranger's text fits once in 10^17.
"""

from hashlib import blake2b

from messaging.ids import from_base62, to_base62

_NUMBER, _CHECK = 11, 10
LENGTH = _NUMBER + _CHECK


def write(kind: str, number: int) -> str:
    return to_base62(number, _NUMBER) + _check(kind, number)


def read(kind: str, text: str) -> int | None:
    """Return the number that `write` was given, None for any other text."""
    if len(text) != LENGTH:
        return None
    number = from_base62(text[:_NUMBER], _NUMBER)
    return number if number is not None and text[_NUMBER:] == _check(kind, number) else None


def _check(kind: str, number: int) -> str:
    digest = blake2b(number.to_bytes(8, "big"), digest_size=8, person=kind.encode()).digest()
    return to_base62(int.from_bytes(digest, "big") % 62**_CHECK, _CHECK)
