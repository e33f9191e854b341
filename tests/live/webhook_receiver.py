"""A receiver of webhooks in a process of its own that behaves as badly as real ones: it fails, hangs up and hangs.

`python -m tests.live.webhook_receiver PORT FILE SEED TROUBLE` writes a line into FILE for each call before it answers:
the event's id, the time, and the status, 0 where it takes the event and its answer never comes.
TROUBLE is how much of the trouble below it makes, 0 for none.
"""

from __future__ import annotations

import random
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

FAILS, BREAKS_OFF, FORGETS, HANGS = 0.10, 0.04, 0.02, 0.002
_HANGS_FOR = 20.0  # seconds: longer than anybody waits


def serve(port: int, record: Path, seed: int, trouble: float) -> None:
    chance, lock = random.Random(seed), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            drawn = chance.random() / trouble if trouble else 1.0
            if drawn < HANGS:
                time.sleep(_HANGS_FOR)
            if drawn < HANGS + BREAKS_OFF:
                self.close_connection = True
            elif drawn < HANGS + BREAKS_OFF + FORGETS:
                self._note(0)
                self.close_connection = True
            elif drawn < HANGS + BREAKS_OFF + FORGETS + FAILS:
                self._answer(500)
            else:
                self._answer(200)

        def _note(self, status: int) -> None:
            with lock, record.open("a") as file:
                file.write(f"{self.headers['webhook-id']} {time.time()} {status}\n")

        def _answer(self, status: int) -> None:
            self._note(status)
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        allow_reuse_address = True
        request_queue_size = 128

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass  # a worker was killed in the middle of its call

    Server(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    serve(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
