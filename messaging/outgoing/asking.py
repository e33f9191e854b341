"""A request, its answer, and the redirects between them."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from typing import BinaryIO
from urllib.parse import urljoin

import httpcore

from messaging.outgoing import wire
from messaging.outgoing.errors import Failed, Failure, Forbidden
from messaging.outgoing.targets import HTTPS, Target, read_url

_MOST_HEADERS = 200  # their size is bounded by h11
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_KEEPS_BODY = frozenset((307, 308))
# What the connection decides, whatever a caller says. No compression, hence no small answer that grows.
_OURS = frozenset(
    (
        "host",
        "connection",
        "content-length",
        "transfer-encoding",
        "accept-encoding",
        "expect",
        "te",
        "trailer",
        "upgrade",
    )
)
_DEFAULTS = {"user-agent": "Gatehouse", "accept": "*/*"}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    is_cut: bool  # there was more
    seconds: float
    address: str  # where it came from


@dataclass(frozen=True)
class _Asked:
    method: str
    target: Target
    headers: Mapping[str, str]
    content: bytes


def request(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    content: bytes = b"",
    timeout: float,
    most_bytes: int,
    redirects: int = 0,
    schemes: Collection[str] = HTTPS,
) -> Answer:
    """Ask and return the answer with at most `most_bytes` of its body; raises Forbidden and Failed.

    `timeout` is for all of it, redirects too, of which at most `redirects` are followed; with 0 the redirect itself is
    the answer. The body comes as it was sent: nothing is inflated.
    """
    asked = _Asked(method.upper(), read_url(url, schemes=schemes), headers or {}, content)
    body = BytesIO()
    answer = _ask(asked, body, timeout=timeout, most_bytes=most_bytes, redirects=redirects, schemes=schemes)
    return replace(answer, body=body.getvalue())


def download(
    url: str,
    into: BinaryIO,
    *,
    headers: Mapping[str, str] | None = None,
    timeout: float,
    most_bytes: int,
    redirects: int = 3,
    schemes: Collection[str] = HTTPS,
) -> Answer:
    """Write the body of an answer into a file, whatever its status, and return the rest of the answer.

    Raises Forbidden, and Failed also for a body of more than `most_bytes`.
    """
    asked = _Asked("GET", read_url(url, schemes=schemes), headers or {}, b"")
    answer = _ask(asked, into, timeout=timeout, most_bytes=most_bytes, redirects=redirects, schemes=schemes)
    if answer.is_cut:
        raise Failed(f"There is more of it than {most_bytes} bytes.", Failure.TOO_LARGE)
    return answer


def _ask(
    asked: _Asked, into: BinaryIO, *, timeout: float, most_bytes: int, redirects: int, schemes: Collection[str]
) -> Answer:
    begun = time.monotonic()
    token = wire.deadline.set(begun + timeout)
    try:
        for _ in range(redirects + 1):
            with _answering(asked) as response:
                headers = _headers(response)
                if not redirects or response.status not in _REDIRECTS or "location" not in headers:
                    address = response.extensions["network_stream"].get_extra_info("server_addr")
                    is_cut = _copy(response, into, most_bytes)
                    return Answer(response.status, headers, b"", is_cut, time.monotonic() - begun, address)
            asked = _follow(asked, response.status, headers["location"], schemes)
        raise Failed(f"There are more redirects than {redirects}.", Failure.REDIRECT)
    finally:
        wire.deadline.reset(token)


@contextmanager
def _answering(asked: _Asked) -> Iterator[httpcore.Response]:
    target = asked.target
    url = httpcore.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path)
    given = {name.lower(): value for name, value in asked.headers.items() if name.lower() not in _OURS}
    headers = {"host": target.netloc, **_DEFAULTS, **given, "accept-encoding": "identity"}
    if asked.content or asked.method not in ("GET", "HEAD"):
        headers["content-length"] = str(len(asked.content))
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    limits = {"timeout": {"pool": wire.remaining()}}
    try:
        with wire.connections().stream(
            asked.method, url, headers=pairs, content=asked.content, extensions=limits
        ) as response:
            yield response
    except httpcore.PoolTimeout:
        raise Failed("Too many requests wait for their answers.", Failure.TIMEOUT) from None
    except (httpcore.ProtocolError, httpcore.NetworkError):
        raise Failed("The host broke off, or does not speak HTTP as it should.", Failure.PROTOCOL) from None


def _headers(response: httpcore.Response) -> dict[str, str]:
    if len(response.headers) > _MOST_HEADERS or response.status < 200:
        raise Failed("The host does not speak HTTP as it should.", Failure.PROTOCOL)
    found: dict[str, str] = {}
    for raw, value in response.headers:
        name, text = raw.decode("latin-1").lower(), value.decode("latin-1")
        found[name] = f"{found[name]}, {text}" if name in found else text
    return found


def _copy(response: httpcore.Response, into: BinaryIO, most_bytes: int) -> bool:
    """Write at most so much of the body; True if there is more."""
    room = most_bytes
    for chunk in response.iter_stream():
        into.write(chunk[:room])
        if len(chunk) > room:
            return True
        room -= len(chunk)
    return False


def _follow(asked: _Asked, status: int, location: str, schemes: Collection[str]) -> _Asked:
    """Return the request that a redirect asks for; raises Forbidden, and Failed for a body that would go astray."""
    here = asked.target
    try:
        there = read_url(urljoin(f"{here.scheme}://{here.netloc}{here.path}", location), schemes=schemes)
    except ValueError:
        raise Failed("A redirect leads to no address.", Failure.REDIRECT) from None
    except Forbidden as no:
        raise Forbidden(f"redirects to another, which {no.complaint}") from None
    if (here.scheme, there.scheme) == ("https", "http"):
        raise Forbidden("redirects from https to http")
    is_same = here.origin == there.origin
    if status in _KEEPS_BODY:
        if asked.content and not is_same:
            raise Failed("A redirect would send the request's content to another host.", Failure.REDIRECT)
        method, content = asked.method, asked.content
    else:
        method, content = ("HEAD" if asked.method == "HEAD" else "GET"), b""
    # Whatever the caller says of itself, a key or a signature among it, is for the host that it named.
    return _Asked(method, there, asked.headers if is_same else {}, content)
