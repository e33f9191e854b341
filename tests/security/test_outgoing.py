"""What a server at the other end may do to a request: hold it, flood it, lead it astray, pass for another."""

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pytest_django import Settings

from messaging import outgoing
from messaging.outgoing import Failed, Failure, Forbidden, wire
from tests.far_end import HOST, FarEnd, Say, always, answer, far_end

Resolve = Callable[..., list[str]]
HTTP = ("http", "https")


@pytest.fixture(autouse=True)
def allowed(settings: Settings) -> Iterator[None]:
    settings.GATEWAY_WEBHOOK_ALLOW = [HOST]
    yield
    wire.connections().close()


def ask(end: FarEnd | str, *, timeout: float = 5, most_bytes: int = 1000, redirects: int = 0) -> outgoing.Answer:
    url = end if isinstance(end, str) else end.url()
    return outgoing.request("GET", url, timeout=timeout, most_bytes=most_bytes, redirects=redirects, schemes=HTTP)


def failure(end: FarEnd | str, **how: float) -> Failure:
    with pytest.raises(Failed) as no:
        ask(end, **how)  # type: ignore[arg-type]  # whole numbers where they must be
    assert no.value.reason.endswith(".")
    return no.value.kind


def test_an_answer_is_what_the_server_said() -> None:
    with far_end(always(answer(b"made", status="201 Created", headers="X-Id: 7\r\nX-Id: 8\r\n"))) as end:
        got = outgoing.request(
            "post", end.url("/a?b=c"), headers={"X-Key": "k"}, content=b"{}", timeout=5, most_bytes=9
        )
    assert (got.status, got.body, got.is_cut, got.address) == (201, b"made", False, HOST)
    assert got.headers["x-id"] == "7, 8"
    assert 0 < got.seconds < 5
    head, _, body = end.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /a?b=c HTTP/1.1\r\n")
    assert f"host: {HOST}:{end.port}".encode() in head.lower()
    assert b"x-key: k" in head.lower()
    assert body == b"{}"


def test_an_answer_stays_one_where_its_server_hung_up_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The socket is connected to nobody then, and says so when it is asked to whom."""

    def refuse(self: socket.socket) -> None:
        raise OSError(107, "Transport endpoint is not connected")

    monkeypatch.setattr(socket.socket, "getpeername", refuse)
    with far_end(always(answer(b"made"))) as end:
        assert ask(end).address == HOST


def test_an_answer_without_a_body_ends_at_once() -> None:
    with far_end(always(b"HTTP/1.1 204 No Content\r\n\r\n")) as end:
        assert ask(end).status == 204


# Where it goes


def test_a_name_is_resolved_once_and_its_address_is_the_one_that_is_asked(resolve: Resolve) -> None:
    """The second answer of a rebinding name would be this machine."""
    with far_end(always(answer(b"checked"))) as end, far_end(always(answer(b"private")), host="127.0.0.1"):
        asked = resolve([HOST], ["127.0.0.1"])
        got = ask(end.url(host="rebind.example"))
    assert (got.body, got.address, asked) == (b"checked", HOST, ["rebind.example"])
    assert f"host: rebind.example:{end.port}".encode() in end.requests[0].lower()


def test_a_name_that_turns_private_is_refused_on_its_next_connection(resolve: Resolve) -> None:
    with far_end(always(answer(headers="Connection: close\r\n"))) as end:
        resolve([HOST], ["127.0.0.1"])
        assert ask(end.url(host="rebind.example")).status == 200
        with pytest.raises(Forbidden):
            ask(end.url(host="rebind.example"))
    assert end.connections == 1


def test_a_name_on_the_operators_list_may_lead_anywhere(resolve: Resolve, settings: Settings) -> None:
    settings.GATEWAY_WEBHOOK_ALLOW = ["hooks"]
    resolve(["127.0.0.1"])
    with far_end(always(answer()), host="127.0.0.1") as end:
        assert outgoing.request("GET", end.url(host="hooks"), timeout=5, most_bytes=9).status == 200


def test_the_next_address_is_tried_when_one_does_not_answer(resolve: Resolve, settings: Settings) -> None:
    settings.GATEWAY_WEBHOOK_ALLOW = [HOST, "127.0.0.3"]
    with far_end(always(answer())) as end:
        resolve(["127.0.0.3", HOST])
        assert ask(end.url(host="two.example")).address == HOST


def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with far_end(always(answer(b"proxy")), host="127.0.0.1") as proxy, far_end(always(answer(b"host"))) as end:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url())
        assert ask(end).body == b"host"
    assert proxy.connections == 0


def test_a_host_that_is_not_there_cannot_be_reached() -> None:
    with far_end(always(answer())) as end:
        pass
    assert failure(end) is Failure.CONNECT


def test_an_unknown_name_is_said_to_be_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*args: object, **more: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME)

    monkeypatch.setattr("messaging.outgoing.wire.socket.getaddrinfo", unknown)
    assert failure("https://unknown.example/") is Failure.DNS


def test_a_silent_resolver_holds_a_request_no_longer_than_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    monkeypatch.setattr("messaging.outgoing.wire.socket.getaddrinfo", lambda *args, **more: over.wait(20) and [])
    begun = time.monotonic()
    assert failure("https://slow.example/", timeout=0.3) is Failure.DNS
    assert time.monotonic() - begun < 2
    over.set()


# Redirects


def redirect(to: str, status: str = "302 Found") -> bytes:
    return answer(b"", status=status, headers=f"Location: {to}\r\n")


def by_path(**said: bytes) -> Say:
    """Answer by the path's last word, "ok" for any other."""

    def say(stream: socket.socket, request: bytes) -> None:
        path = request.split(b" ")[1].decode()
        stream.sendall(said.get(path.rpartition("/")[2], answer()))

    return say


def test_a_redirect_is_the_answer_unless_they_are_followed() -> None:
    with far_end(always(redirect("/next"))) as end:
        got = ask(end)
    assert (got.status, got.headers["location"], len(end.requests)) == (302, "/next", 1)


def test_a_redirect_is_followed_on_the_same_host_with_its_headers() -> None:
    with far_end(by_path(a=redirect("b?x=1", "307 Temporary Redirect"))) as end:
        got = outgoing.request(
            "POST", end.url("/in/a"), headers={"X-Key": "k"}, content=b"{}", timeout=5, most_bytes=9, redirects=1
        )
    assert got.status == 200
    assert end.requests[1].startswith(b"POST /in/b?x=1 ")
    assert b"x-key: k" in end.requests[1].lower()
    assert end.requests[1].endswith(b"{}")


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other"])
def test_a_body_is_not_sent_again_where_the_answer_is_elsewhere(status: str) -> None:
    with far_end(by_path(a=redirect("/b", status))) as end:
        outgoing.request("POST", end.url("/a"), content=b"{}", timeout=5, most_bytes=9, redirects=1)
    assert end.requests[1].startswith(b"GET /b ")
    assert end.requests[1].endswith(b"\r\n\r\n")


def test_keys_do_not_follow_to_another_host(settings: Settings) -> None:
    settings.GATEWAY_WEBHOOK_ALLOW = [HOST, "127.0.0.3"]
    with far_end(always(answer()), host="127.0.0.3") as other, far_end(always(redirect(other.url("/b")))) as end:
        keys = {"Authorization": "Bearer secret", "Cookie": "a=secret", "X-Key": "secret"}
        outgoing.request("GET", end.url(), headers=keys, timeout=5, most_bytes=9, redirects=1)
        assert b"secret" in end.requests[0]
        assert b"secret" not in other.requests[0]


def test_a_body_does_not_follow_to_another_host(settings: Settings) -> None:
    settings.GATEWAY_WEBHOOK_ALLOW = [HOST, "127.0.0.3"]
    with (
        far_end(always(answer()), host="127.0.0.3") as other,
        far_end(always(redirect(other.url(), "308 Permanent Redirect"))) as end,
        pytest.raises(Failed) as no,
    ):
        outgoing.request("POST", end.url(), content=b"{}", timeout=5, most_bytes=9, redirects=1)
    assert (no.value.kind, other.connections) == (Failure.REDIRECT, 0)


@pytest.mark.parametrize("to", ["http://127.0.0.1:{}/", "//127.0.0.1:{}/", "http://2130706433:{}/", "http://[::1]:{}/"])
def test_a_chain_of_redirects_to_this_machine_is_cut(to: str) -> None:
    with (
        far_end(always(answer()), host="127.0.0.1") as private,
        far_end(by_path(a=redirect("/b"), b=redirect("c"), c=redirect(to.format(private.port)))) as end,
        pytest.raises(Forbidden) as no,
    ):
        ask(end.url("/a"), redirects=5)
    assert len(end.requests) == 3
    assert private.connections == 0
    assert no.value.reason == "The address redirects to another, which must name a public host."


@pytest.mark.parametrize("to", ["file:///etc/passwd", "gopher://example.com/", "http://[", "https://u:p@example.com/"])
def test_a_redirect_to_what_is_no_address_is_not_followed(to: str) -> None:
    with far_end(always(redirect(to))) as end, pytest.raises((Forbidden, Failed)):
        ask(end, redirects=5)


def test_redirects_without_end_are_given_up() -> None:
    with far_end(always(redirect("/again"))) as end:
        assert failure(end, redirects=3) is Failure.REDIRECT
    assert len(end.requests) == 4


# How long


def drip(head: bytes, each: bytes) -> Say:
    def say(stream: socket.socket, request: bytes) -> None:
        stream.sendall(head)
        for _ in range(200):
            stream.sendall(each)
            time.sleep(0.05)

    return say


@pytest.mark.parametrize(
    "say",
    [
        drip(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"x"),
        drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        drip(b"HTTP/1.1 200 OK\r\nX-Long: ", b"x"),
        drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        drip(b"", b""),
    ],
    ids=["body", "chunks", "head", "interim answers", "silence"],
)
def test_a_server_that_drips_is_left_when_the_time_is_over(say: Say) -> None:
    with far_end(say) as end:
        begun = time.monotonic()
        assert failure(end, timeout=0.4) is Failure.TIMEOUT
    assert time.monotonic() - begun < 2


def test_a_server_that_does_not_read_is_left_when_the_time_is_over() -> None:
    deaf = socket.create_server((HOST, 0))
    url = f"http://{HOST}:{deaf.getsockname()[1]}/"
    with deaf, pytest.raises(Failed) as no:
        outgoing.request("POST", url, content=b"x" * 30_000_000, timeout=0.4, most_bytes=9)
    assert no.value.kind is Failure.TIMEOUT


def test_the_time_is_for_all_redirects_together() -> None:
    def say(stream: socket.socket, request: bytes) -> None:
        time.sleep(0.2)
        stream.sendall(redirect("/again"))

    with far_end(say) as end:
        assert failure(end, timeout=0.5, redirects=50) is Failure.TIMEOUT
    assert len(end.requests) < 5


# How much


def endless(stream: socket.socket, request: bytes) -> None:
    stream.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        stream.sendall(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")


def test_a_body_without_end_is_cut() -> None:
    with far_end(endless) as end:
        got = ask(end, most_bytes=100_000)
    assert (len(got.body), got.is_cut) == (100_000, True)


def test_a_body_of_just_the_most_is_whole() -> None:
    with far_end(always(answer(b"x" * 1000))) as end:
        got = ask(end, most_bytes=1000)
        assert (len(got.body), got.is_cut) == (1000, False)
        got = ask(end, most_bytes=999)
        assert (len(got.body), got.is_cut) == (999, True)


def test_a_download_is_written_to_a_file_and_refused_when_too_large() -> None:
    into = BytesIO()
    with far_end(always(answer(b"x" * 200_000))) as end:
        got = outgoing.download(end.url(), into, timeout=5, most_bytes=200_000)
        assert (got.status, got.body, len(into.getvalue())) == (200, b"", 200_000)
        with pytest.raises(Failed) as no:
            outgoing.download(end.url(), BytesIO(), timeout=5, most_bytes=199_999)
    assert no.value.kind is Failure.TOO_LARGE


def test_nothing_is_inflated() -> None:
    bomb = gzip.compress(b"\0" * 10_000_000)
    with far_end(always(answer(bomb, headers="Content-Encoding: gzip\r\n"))) as end:
        got = outgoing.request("GET", end.url(), headers={"Accept-Encoding": "gzip"}, timeout=5, most_bytes=100_000)
    assert got.body == bomb
    assert b"accept-encoding: identity" in end.requests[0].lower()
    assert b"gzip" not in end.requests[0]


@pytest.mark.parametrize(
    "said",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-Many: 1\r\n" * 300 + b"Content-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 200_000 + b"\r\n\r\n",
        b"HTTP/1.1 999999 What\r\n\r\n",
        b"\0" * 300_000,
    ],
)
def test_what_is_no_sound_http_is_a_failure(said: bytes) -> None:
    with far_end(always(said)) as end:
        assert failure(end) is Failure.PROTOCOL


def test_a_body_that_breaks_off_is_a_failure() -> None:
    def say(stream: socket.socket, request: bytes) -> None:
        stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
        stream.shutdown(socket.SHUT_RDWR)

    with far_end(say) as end:
        assert failure(end) is Failure.PROTOCOL


# What is sent


def test_a_caller_cannot_bend_the_connection_with_its_headers() -> None:
    bent = {"Host": "127.0.0.1", "Content-Length": "99", "Transfer-Encoding": "chunked", "Connection": "upgrade"}
    with far_end(always(answer())) as end:
        outgoing.request("POST", end.url(), headers=bent, content=b"{}", timeout=5, most_bytes=9)
    head = end.requests[0].lower()
    assert f"host: {HOST}:{end.port}".encode() in head
    assert b"content-length: 2" in head
    assert not any(word in head for word in (b"127.0.0.1", b": 99", b"chunked", b"upgrade"))


@pytest.mark.parametrize("value", ["a\r\nX-Other: b", "a\nb", "a\0b"])
def test_a_header_that_would_be_two_is_not_sent(value: str) -> None:
    with far_end(always(answer())) as end, pytest.raises(Failed) as no:
        outgoing.request("GET", end.url(), headers={"X-Key": value}, timeout=5, most_bytes=9)
    assert (no.value.kind, end.requests) == (Failure.PROTOCOL, [])


# Connections


def test_a_connection_is_used_again_and_by_one_request_at_a_time() -> None:
    with far_end(always(answer())) as end:
        for _ in range(5):
            assert ask(end).status == 200
        assert end.connections == 1
        with ThreadPoolExecutor(16) as threads:
            got = list(threads.map(lambda _: ask(end, timeout=20).body, range(200)))
        assert got == [b"ok"] * 200
        assert end.connections <= 17


def test_a_connection_that_the_server_closed_meanwhile_is_made_anew() -> None:
    def say(stream: socket.socket, request: bytes) -> None:
        stream.sendall(answer())
        stream.shutdown(socket.SHUT_RDWR)

    with far_end(say) as end:
        assert ask(end).status == 200
        time.sleep(0.05)
        assert ask(end).status == 200


# Certificates


def certificate(folder: Path, *names: str, days: int = 1) -> ssl.SSLContext:
    """Return what a server for these names shows; its file is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Far end")])
    made = datetime.now(UTC) - timedelta(days=3)
    signed = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(made)
        .not_valid_after(made + timedelta(days=3 + days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    both = key.private_bytes(serialization.Encoding.PEM, form, plain) + signed.public_bytes(serialization.Encoding.PEM)
    (folder / "certificate.pem").write_bytes(both)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem")
    return context


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """The folder whose certificate is believed, as an operator's own authority is."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    wire.connections.cache_clear()
    yield tmp_path
    wire.connections.cache_clear()


def test_the_certificate_of_the_named_host_is_asked_for(trusted: Path, resolve: Resolve) -> None:
    names: list[str | None] = []
    context = certificate(trusted, "hooks.example", "other.example")
    context.sni_callback = lambda connected, name, _: names.append(name)
    resolve([HOST])
    with far_end(always(answer()), tls=context) as end:
        for name in ("hooks.example", "other.example", "hooks.example"):
            got = outgoing.request("GET", end.url(host=name), timeout=5, most_bytes=9)
            assert (got.body, got.address) == (b"ok", HOST)
    assert names == ["hooks.example", "other.example"]  # at one address, and yet not one connection


def test_a_certificate_of_another_name_is_refused(trusted: Path, resolve: Resolve) -> None:
    resolve([HOST])
    with far_end(always(answer()), tls=certificate(trusted, "other.example")) as end:
        assert failure(end.url(host="hooks.example")) is Failure.TLS
        assert failure(end) is Failure.TLS
    assert end.requests == []


def test_a_certificate_that_is_over_is_refused(trusted: Path, resolve: Resolve) -> None:
    resolve([HOST])
    with far_end(always(answer()), tls=certificate(trusted, "hooks.example", days=-1)) as end:
        assert failure(end.url(host="hooks.example")) is Failure.TLS


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path, resolve: Resolve) -> None:
    resolve([HOST])
    with far_end(always(answer()), tls=certificate(tmp_path, "hooks.example")) as end:
        assert failure(end.url(host="hooks.example")) is Failure.TLS


def test_a_server_without_tls_is_not_asked_without(resolve: Resolve) -> None:
    resolve([HOST])
    with far_end(always(answer())) as end:
        failure(f"https://hooks.example:{end.port}/", timeout=0.3)
    assert end.requests == []


def test_a_redirect_from_https_to_http_is_not_followed(trusted: Path, resolve: Resolve) -> None:
    resolve([HOST])
    context = certificate(trusted, "hooks.example")
    with (
        far_end(always(answer())) as plain,
        far_end(always(redirect(plain.url())), tls=context) as end,
        pytest.raises(Forbidden) as no,
    ):
        ask(end.url(host="hooks.example"), redirects=3)
    assert no.value.reason == "The address redirects from https to http."
    assert plain.connections == 0


def test_a_handshake_that_never_comes_ends_with_the_time() -> None:
    with socket.create_server((HOST, 0)) as silent:
        assert failure(f"https://{HOST}:{silent.getsockname()[1]}/", timeout=0.3) is Failure.TIMEOUT
