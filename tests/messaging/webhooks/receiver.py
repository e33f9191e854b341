"""A receiver of webhooks: a real server on a loopback address that says what it is told to say."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HOST = "127.0.0.3"


@dataclass(frozen=True)
class Got:
    """A call as it arrived."""

    path: str
    headers: dict[str, str]  # by names in lower case
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Receiver:
    url: str
    status: int = 200
    answer_headers: dict[str, str] = field(default_factory=dict)
    text: bytes = b"thank you"
    got: list[Got] = field(default_factory=list)
    meanwhile: Callable[[Got], object] = lambda got: None  # before it answers

    @property
    def words(self) -> list[str]:
        """The events that arrived, as the default format calls them."""
        return [got.json["type"] for got in self.got]


@contextmanager
def receiving() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            got = Got(self.path, {n.lower(): v for n, v in self.headers.items()}, self.rfile.read(length))
            receiver.got.append(got)
            receiver.meanwhile(got)
            self.send_response(receiver.status)
            for name, value in receiver.answer_headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(receiver.text)))
            self.end_headers()
            self.wfile.write(receiver.text)

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

    server = Server((HOST, 0), Handler)
    receiver = Receiver(f"http://{HOST}:{server.server_address[1]}/hook")
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
