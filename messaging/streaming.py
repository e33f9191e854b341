"""Bodies too large to hold in memory: spooled to a file as they arrive, then read as a stream of JSON."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import IO, Any, TypeAlias

import ijson
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from messaging.edge import MIB, Edge, is_chunked, length_of, too_large
from messaging.errors import Refusal, Refused

Take: TypeAlias = Callable[[int, str], None]
_PIECE = 64 * 1024
_DEEPEST = 32  # objects and lists in one another
_COST = 16  # bytes that each key and value is reckoned at beside its text


@dataclass(slots=True)
class Spooled:
    """A body that was read to its end: a file (in memory while it is small), and a digest to know it again by."""

    file: IO[bytes]
    digest: bytes


def spool(http: HttpRequest, most: int) -> Spooled:
    """Read the body piece by piece into a file that goes when it is closed; raises Refused(TOO_LARGE)."""
    if length_of(http) > most:
        raise too_large(most)
    source = http.META["wsgi.input"] if is_chunked(http) else http  # Django takes a body without a length for empty
    file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=MIB)  # noqa: SIM115  the view closes it
    digest, size = blake2b(digest_size=16), 0
    try:
        while piece := source.read(_PIECE):
            size += len(piece)
            if size > most:
                raise too_large(most)
            digest.update(piece)
            file.write(piece)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return Spooled(file, digest.digest())


class Streamed(Edge):
    """A view whose POST has its body in `spooled`; put it before the API's own base."""

    spooled: Spooled

    def take_body(self, http: HttpRequest) -> None:
        self.raw_body = b""
        if http.method == "POST":
            self.spooled = spool(http, self.largest_body)
        else:
            super().take_body(http)

    def finalize_response(  # type: ignore[override]  # as Edge's own
        self, request: Request, response: HttpResponseBase, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        if "spooled" in self.__dict__:
            self.spooled.file.close()
        return super().finalize_response(request, response, *args, **kwargs)


def split(file: IO[bytes], path: tuple[str, ...], take: Take, *, most: int = MIB) -> Any:
    """Return the JSON value in the file without the list of texts at `path`, which is left empty there.

    Each of the list's texts goes to `take`, with its place, and is not kept. Raises Refused: BAD_BODY for what is
    no JSON, INVALID for an entry of the list that is no text, TOO_LARGE where the rest alone takes over `most` bytes.
    """
    events = ijson.basic_parse(file, use_float=True, buf_size=_PIECE)
    try:
        return _Splitter(path, take, most).read(events)
    except (ijson.JSONError, UnicodeDecodeError) as error:
        raise Refused(Refusal.BAD_BODY, f"The body is not valid JSON: {_said(error)}") from None


def _said(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    text = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
    return text.partition("\n")[0][:200]


@dataclass(slots=True)
class _Splitter:
    path: tuple[str, ...]
    take: Take
    room: int
    builder: Any = field(default_factory=ijson.ObjectBuilder)
    where: list[str | None] = field(default_factory=list)  # the key at which each open object is; None in a list
    has_list: bool = False

    def read(self, events: Iterator[tuple[str, Any]]) -> Any:
        for event, value in events:
            self.builder.event(event, value)
            if event in ("end_map", "end_array"):
                self.where.pop()
                continue
            self._weigh(value)
            if event == "map_key":
                self.where[-1] = value
            elif event == "start_array" and tuple(self.where) == self.path:
                self._take_all(events)
                self.builder.event("end_array", None)
            elif event in ("start_map", "start_array"):
                self._open()
        return self.builder.value

    def _open(self) -> None:
        self.where.append(None)
        if len(self.where) > _DEEPEST:
            raise Refused(Refusal.BAD_BODY, "The body is nested too deep.")

    def _weigh(self, value: Any) -> None:
        self.room -= _COST + (len(value) if isinstance(value, str) else 0)
        if self.room < 0:
            raise Refused(Refusal.TOO_LARGE, "The body is too large beside its list.")
        if isinstance(value, str) and "\0" in value:
            raise Refused(Refusal.INVALID, "A zero character cannot be part of a text.")

    def _take_all(self, events: Iterator[tuple[str, Any]]) -> None:
        name = ".".join(self.path)
        if self.has_list:
            raise Refused(Refusal.INVALID, f"{name} stands in the body twice.", field=name)
        self.has_list = True
        for place, (event, value) in enumerate(events):
            if event == "end_array":
                return
            if event != "string":
                raise Refused(Refusal.INVALID, f"{name}.{place} must be a text.", field=f"{name}.{place}")
            self.take(place, value)
