"""Files through the real server and worker: large ones, slow hosts, and a worker that dies over one."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from signal import SIGKILL

import httpx
import pytest

from tests.far_end import HOST, answer, far_end
from tests.live.conftest import Make
from tests.live.gateways import Gateway, accepted_id, until
from tests.messaging.media.files import PNG

pytestmark = pytest.mark.live
MIB = 1024 * 1024
LARGE = 100 * MIB
PDF = b"%PDF-1.7\n"


@pytest.fixture(scope="module")
def gateway(copies: Make) -> Gateway:
    """A running gateway that may ask the far end's address."""
    made = copies(settings={"GATEWAY_WEBHOOK_ALLOW": HOST})
    made.start()
    return made


def send_link(gateway: Gateway, url: str) -> int:
    body = {"sender_device": "123456789", "phone": "987654321", "media": url}
    sent = httpx.post(f"{gateway.url}/api/send/image", json=body, headers={"Access-Token": gateway.token}, timeout=30)
    assert sent.status_code == 200, sent.text
    return int(sent.json()["id"])


def memory(pid: int) -> int:
    """The most memory that the process had so far, in bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def form() -> Iterator[bytes]:
    yield b'--X\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n' + PDF
    for _ in range(LARGE // MIB - 1):
        yield bytes(MIB)
    yield bytes(MIB - len(PDF)) + b"\r\n--X--\r\n"


def test_a_large_file_passes_through_in_pieces(gateway: Gateway) -> None:
    headers = {"Authorization": f"Bearer {gateway.token}"}
    httpx.get(f"{gateway.url}/v1/messages", headers=headers)
    [server] = gateway.server_workers()
    before = memory(server)

    kind = {"Content-Type": "multipart/form-data; boundary=X"}  # and no length, so it comes in chunks
    stored = httpx.post(f"{gateway.url}/v1/media", content=form(), headers=headers | kind, timeout=120)
    assert stored.status_code == 200, stored.text
    size = 0
    with httpx.stream("GET", f"{gateway.url}/v1/media/{stored.json()['media_id']}", headers=headers) as got:
        assert got.headers["Content-Length"] == str(LARGE)
        for piece in got.iter_bytes():
            size += len(piece)
    assert size == LARGE
    assert memory(server) - before < LARGE // 2


def test_slow_hosts_delay_no_delivery(gateway: Gateway) -> None:
    over = threading.Event()

    def silent(stream: socket.socket, request: bytes) -> None:
        over.wait(30)
        stream.shutdown(socket.SHUT_RDWR)

    with far_end(silent) as end:
        for number in range(4):
            send_link(gateway, end.url(f"/{number}"))
        until(lambda: len(end.requests) >= 2, what="fetching")
        begun = time.monotonic()
        gateway.wait_until_all_are("delivered", {accepted_id(gateway.send())})
        assert time.monotonic() - begun < 3
        over.set()


def test_a_worker_that_dies_over_a_file_loses_neither_file_nor_message(gateway: Gateway) -> None:
    held: list[socket.socket] = []

    def say(stream: socket.socket, request: bytes) -> None:
        if not held:
            held.append(stream)
            stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + PNG)
            time.sleep(20)
        stream.sendall(answer(PNG))

    with far_end(say) as end:
        id = send_link(gateway, end.url())
        until(lambda: end.requests, what="fetching")
        [worker] = gateway.children("worker")
        os.kill(worker, SIGKILL)
        until(lambda: gateway.is_whole() and gateway.children("worker") != [worker], what="one of each again")
        # The dead worker's lease is ended for it, to save some minutes.
        gateway.database.change("UPDATE messaging_media SET due_at = '2026-01-01' WHERE state = 'fetching'")
        gateway.wait_until_all_are("delivered", {id})
    assert len(end.requests) == 2
    assert gateway.database.ask(
        "SELECT state FROM messaging_media WHERE id = (SELECT max(id) FROM messaging_media)"
    ) == [("stored",)]


def test_clients_that_take_nothing_leave_the_other_requests_alone(gateway: Gateway) -> None:
    headers = {"Authorization": f"Bearer {gateway.token}"}
    kind = {"Content-Type": "multipart/form-data; boundary=X"}
    stored = httpx.post(f"{gateway.url}/v1/media", content=form(), headers=headers | kind, timeout=120)
    place = f"/v1/media/{stored.json()['media_id']}"
    asking = f"GET {place} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {gateway.token}\r\n\r\n".encode()
    with ExitStack() as held:
        for _ in range(3 * 16):
            held.enter_context(socket.create_connection(("localhost", gateway.port))).sendall(asking)
        for _ in range(3):
            assert httpx.get(f"{gateway.url}/health", timeout=10).status_code == 200
        until(lambda: httpx.get(gateway.url + place, headers=headers, timeout=10).status_code == 503)
    until(lambda: httpx.get(gateway.url + place, headers=headers, timeout=60).status_code == 200)
