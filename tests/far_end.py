"""The other end of a wire: a real server on a loopback address, told in bytes what to say."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

HOST = "127.0.0.2"  # so that a list may hold it and 127.0.0.1 stays forbidden


@dataclass
class FarEnd:
    host: str
    port: int
    scheme: str
    requests: list[bytes] = field(default_factory=list)  # what came, headers and body
    connections: int = 0
    ends: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str = "/", *, host: str = "") -> str:
        return f"{self.scheme}://{host or self.host}:{self.port}{path}"


Say = Callable[[socket.socket, bytes], None]


@contextmanager
def far_end(say: Say, *, host: str = HOST, tls: ssl.SSLContext | None = None) -> Iterator[FarEnd]:
    """Serve until the block ends; `say` answers each request, given the connection and the request's head and body."""
    with socket.create_server((host, 0)) as listening:
        end = FarEnd(host, listening.getsockname()[1], "https" if tls else "http")

        def serve() -> None:
            while not end.ends.is_set():
                try:
                    connected, _ = listening.accept()
                except OSError:
                    return
                end.connections += 1
                threading.Thread(target=_converse, args=(end, connected, say, tls), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        try:
            yield end
        finally:
            end.ends.set()
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)


def _converse(end: FarEnd, connected: socket.socket, say: Say, tls: ssl.SSLContext | None) -> None:
    with suppress(OSError), connected, tls.wrap_socket(connected, server_side=True) if tls else connected as stream:
        while request := _read(stream):
            end.requests.append(request)
            say(stream, request)


def _read(stream: socket.socket) -> bytes:
    held = b""
    while b"\r\n\r\n" not in held:
        if not (more := stream.recv(65536)):
            return b""
        held += more
    head, _, body = held.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    while len(body) < length:
        body += stream.recv(65536)
    return head + b"\r\n\r\n" + body


def answer(body: bytes = b"ok", *, status: str = "200 OK", headers: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body


def always(said: bytes) -> Say:
    return lambda stream, request: stream.sendall(said)
