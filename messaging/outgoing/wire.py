"""Connections to addresses that were checked, bounded by the deadline of the request that uses them.

A name is resolved here, once for each connection, by us: the address that was checked is the one that is connected to,
so a name that changes its answer in between gains nothing. A connection that is kept goes to where it went.
"""

from __future__ import annotations

import queue
import select
import socket
import ssl
import time
from collections.abc import Iterable
from contextvars import ContextVar
from functools import lru_cache
from threading import BoundedSemaphore, Thread
from typing import Any

import certifi
import httpcore

from messaging.outgoing.errors import Failed, Failure, Forbidden
from messaging.outgoing.networks import behind, is_public, listed
from messaging.outgoing.targets import as_address

# Until when this thread's request may go on, on the monotonic clock.
deadline: ContextVar[float] = ContextVar("deadline")

_CONNECT_SECONDS = 5.0
_TRIED_ADDRESSES = 4
_CONNECTIONS = 128
_KEPT = 32
_KEPT_SECONDS = 4.0  # below the 5 s after which Node's servers hang up
# A resolver cannot be interrupted, so a name whose servers are silent holds one of these until the resolver gives up.
_lookups = BoundedSemaphore(32)


@lru_cache(maxsize=1)
def connections() -> httpcore.ConnectionPool:
    """Return the process's connections, each for one scheme, host and port, so no certificate serves another host."""
    context = ssl.create_default_context()  # the system's authorities, and SSL_CERT_FILE's
    context.load_verify_locations(certifi.where())
    return httpcore.ConnectionPool(
        ssl_context=context,
        max_connections=_CONNECTIONS,
        max_keepalive_connections=_KEPT,
        keepalive_expiry=_KEPT_SECONDS,
        network_backend=_Checked(),
    )


def remaining() -> float:
    """Return the seconds that are left; raises Failed when there are none."""
    left = deadline.get() - time.monotonic()
    if left <= 0:
        raise _too_late()
    return left


def _too_late() -> Failed:
    return Failed("There was no whole answer in time.", Failure.TIMEOUT)


class _Checked(httpcore.NetworkBackend):
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        for address in _addresses(host, port)[:_TRIED_ADDRESSES]:
            try:
                connected = socket.create_connection((address, port), min(_CONNECT_SECONDS, remaining()))
            except OSError:
                continue
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return _Stream(connected, address)
        remaining()
        raise Failed("The host could not be reached.", Failure.CONNECT)


class _Stream(httpcore.NetworkStream):
    """A socket whose every wait ends with the request's deadline, however little comes at a time."""

    def __init__(self, connected: socket.socket, address: str) -> None:
        self._socket, self._address = connected, address

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._socket.settimeout(remaining())
        try:
            return self._socket.recv(max_bytes)
        except TimeoutError:
            raise _too_late() from None
        except OSError as error:
            raise httpcore.ReadError from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        unsent = memoryview(buffer)
        while unsent:
            self._socket.settimeout(remaining())
            try:
                unsent = unsent[self._socket.send(unsent) :]
            except TimeoutError:
                raise _too_late() from None
            except OSError as error:
                raise httpcore.WriteError from error

    def close(self) -> None:
        self._socket.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        try:
            self._socket.settimeout(min(_CONNECT_SECONDS, remaining()))
            return _Stream(ssl_context.wrap_socket(self._socket, server_hostname=server_hostname), self._address)
        except BaseException as error:
            self.close()
            raise _tls_failure(error) from None

    def get_extra_info(self, info: str) -> Any:
        if info == "server_addr":  # which the socket forgets once the other side has reset it
            return self._address
        if info == "is_readable":
            return _has_input(self._socket)
        return None


def _has_input(connected: socket.socket) -> bool:
    """True for an idle connection that the other side closed or talks on; the socket itself stays as it is."""
    poll = select.poll()
    try:
        poll.register(connected, select.POLLIN)
    except (OSError, ValueError):  # closed here
        return True
    return bool(poll.poll(0))


def _tls_failure(error: BaseException) -> BaseException:
    if isinstance(error, ssl.SSLCertVerificationError):
        return Failed("The host's certificate is not valid for it.", Failure.TLS)
    if isinstance(error, TimeoutError):
        return _too_late()
    if isinstance(error, OSError):  # SSLError is one
        return Failed("The host does not speak TLS as it should.", Failure.TLS)
    return error


def _addresses(host: str, port: int) -> list[str]:
    """Return where the host is, having looked at every address; raises Forbidden and Failed.

    One private address among public ones refuses the name: whoever owns it has no honest use for that, and a
    list that is taken in part is a list whose order somebody else chooses.
    """
    known = listed()
    if as_address(host) is not None:
        return [host]  # `read_url` looked at it
    found = _look_up(host, port)
    if host in known.names:
        return found
    for text in found:
        address = as_address(text)  # none for a link-local one with its zone
        if address is None or not (is_public(behind(address)) or known.has(address)):
            raise Forbidden("must name a public host; this name leads to an address that is not public")
    return found


def _look_up(host: str, port: int) -> list[str]:
    slow = Failed("The host's name could not be looked up in time.", Failure.DNS)
    seconds = min(_CONNECT_SECONDS, remaining())
    if not _lookups.acquire(timeout=seconds):
        raise slow
    answers: queue.SimpleQueue[list[str] | Failed] = queue.SimpleQueue()
    Thread(target=_resolve, args=(host, port, answers), name="resolver", daemon=True).start()
    try:
        found = answers.get(timeout=min(seconds, remaining()))
    except queue.Empty:
        raise slow from None
    if isinstance(found, Failed):
        raise found
    return found


def _resolve(host: str, port: int, answers: queue.SimpleQueue[list[str] | Failed]) -> None:
    try:
        # As bytes, since Python would read other letters into a text (IDNA).
        found = socket.getaddrinfo(host.encode("ascii"), port, type=socket.SOCK_STREAM)
        answers.put([str(entry[4][0]) for entry in found])
    except (OSError, UnicodeError):
        answers.put(Failed("The host's name is not known.", Failure.DNS))
    finally:
        _lookups.release()
