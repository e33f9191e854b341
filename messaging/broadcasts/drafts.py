"""A broadcast as an edge read it: what it says, when, and to whom."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from types import TracebackType
from typing import IO, Any, Self

from accounts.models import Account
from messaging import media, numbers
from messaging.errors import Refused
from messaging.models import Channel, Device, Segment
from tokens import crypto

_IN_MEMORY = 256 * 1024
_LONGEST_SHOWN = 64
_STRETCH, _PAUSE = 250, 0.001  # numbers, and seconds in which other threads have the interpreter


class AddressList:
    """Numbers as a request lists them, checked one by one and kept in a file, so that no list is too long to hold."""

    def __init__(self, account: Account, *, field: str) -> None:
        """`field` is what the edge calls the list; a refused number is its `field.place`."""
        self._account, self._field = account, field
        self._file: IO[str] = tempfile.SpooledTemporaryFile(_IN_MEMORY, "w+", encoding="ascii")  # noqa: SIM115
        self.number = 0

    def add(self, place: int, text: str) -> None:
        """Take one number; raises Refused(RECIPIENT) for what is none."""
        account = self._account
        try:
            address = numbers.msisdn(text, region=account.default_region, strict=account.strict_numbers)
        except Refused as refused:
            refused.field = f"{self._field}.{place}"
            refused.params["value"] = crypto.redact(text[:_LONGEST_SHOWN])
            raise
        self._file.write(f"{address}\n")
        self.number += 1
        if not self.number % _STRETCH:
            time.sleep(_PAUSE)

    def chunks(self, size: int) -> Iterator[list[str]]:
        """Yield the numbers in E.164, so many at a time."""
        self._file.seek(0)
        lines = iter(self._file)
        while chunk := [line.rstrip("\n") for line in islice(lines, size)]:
            yield chunk

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()


@dataclass(slots=True)
class Draft:
    """A broadcast, not yet checked. In its content stand `{{contact.first_name}}` and its like."""

    name: str
    kind: str
    body: Mapping[str, Any]
    recipients: AddressList | Segment
    channel: str = Channel.WHATSAPP
    device: Device | None = None
    scheduled_at: datetime | None = None
    time_zone: str = ""
    context: dict[str, Any] = field(default_factory=dict)  # which each of its messages gets
    read_media_id: Callable[[str], int | None] = media.read_id  # how the edge writes the ids of stored files
