"""Long lists in short statements."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")
CHUNK = 500  # rows in one transaction: longer ones would keep messages waiting


def in_chunks(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Yield the items in lists of at most `CHUNK`, reading no further than that ahead."""
    left = iter(items)
    while chunk := list(islice(left, CHUNK)):
        yield chunk
