"""Every way in which a message is accepted, over HTTP to the real server, until the worker has delivered it."""

import re
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from uuid import uuid4

import httpx
import pytest

from messaging.transports.sandbox import ANSWERS
from tests.live.gateways import NUMBER, OWNER, PASSWORD, Gateway, accepted_id, until

pytestmark = pytest.mark.live
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/"
    "iZk9HQAAAABJRU5ErkJggg=="
)


@pytest.fixture
def api(gateway: Gateway) -> Iterator[httpx.Client]:
    """Our own API, with the production token."""
    headers = {"Authorization": f"Bearer {gateway.token}"}
    with httpx.Client(base_url=f"{gateway.url}/api/v1", headers=headers, timeout=30) as client:
        yield client


@pytest.fixture
def whatsgate(gateway: Gateway) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{gateway.url}/api/send", headers={"Access-Token": gateway.token}, timeout=30) as c:
        yield c


@pytest.fixture
def page(gateway: Gateway) -> Iterator[httpx.Client]:
    """The dashboard, signed in."""
    with httpx.Client(base_url=gateway.url, timeout=30, follow_redirects=True) as client:
        form = hidden(client.get("/accounts/login/"))
        answer = client.post("/accounts/login/", data=form | {"login": OWNER, "password": PASSWORD})
        assert answer.status_code == 200
        assert answer.url.path == "/"
        yield client


def hidden(page: httpx.Response) -> dict[str, str]:
    """Return the hidden fields of a page's forms."""
    inputs = re.findall(r'<input type="hidden"[^>]*>', page.text)
    named = [(re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)) for tag in inputs]
    return {name[1]: value[1] for name, value in named if name and value}


def test_startmessaging_takes_a_message_and_follows_it(gateway: Gateway) -> None:
    answer = gateway.send()
    assert answer.status_code == 200, answer.text
    gateway.wait_until_all_are("delivered", {accepted_id(answer)})
    headers = {"Authorization": f"Bearer {gateway.token}"}
    read = httpx.get(f"{gateway.url}/v1/messages/{answer.json()['message_id']}", headers=headers).json()
    assert (read["status"], read["to"]) == ("delivered", NUMBER)


def test_whatsgate_takes_a_text(gateway: Gateway, whatsgate: httpx.Client) -> None:
    device = gateway.made["devices"]["sandbox"]
    answer = whatsgate.post("/text", json={"sender_device": device, "phone": NUMBER, "message": "Hello"})
    assert answer.status_code == 200, answer.text
    gateway.wait_until_all_are("delivered", {int(answer.json()["id"])})


def test_whatsgate_takes_a_picture(gateway: Gateway, whatsgate: httpx.Client) -> None:
    device = gateway.made["devices"]["sandbox"]
    answer = whatsgate.post("/image", json={"sender_device": device, "phone": NUMBER, "media": PIXEL})
    assert answer.status_code == 200, answer.text
    gateway.wait_until_all_are("delivered", {int(answer.json()["id"])})


def test_whatsgate_takes_several_phones(gateway: Gateway, whatsgate: httpx.Client) -> None:
    phones = [f"96650000{number}" for number in range(1000, 1005)]
    fields = {"sender_device": gateway.made["devices"]["sandbox"], "phone": ",".join(phones), "message": "Hello"}
    answer = whatsgate.post("/text", data=fields)
    assert answer.status_code == 200, answer.text
    ids = {int(id) for id in answer.json()["ids"]}
    assert len(ids) == 5
    gateway.wait_until_all_are("delivered", ids)


def test_our_api_takes_one_message(gateway: Gateway, api: httpx.Client) -> None:
    answer = api.post("/messages", json={"to": NUMBER, "text": "Hello"})
    assert answer.status_code == 202, answer.text
    gateway.wait_until_all_are("delivered", {int(answer.json()["id"])})
    timeline = api.get(f"/messages/{answer.json()['id']}/timeline").json()["items"]
    assert [step["event"] for step in timeline][-2:] == ["sent", "delivered"]


def test_our_api_takes_many_messages(gateway: Gateway, api: httpx.Client) -> None:
    messages = [{"to": f"+96650000{number}", "text": "Hello"} for number in range(1000, 1100)]
    answer = api.post("/messages/bulk", json={"messages": messages})
    assert answer.status_code == 202, answer.text
    ids = {int(id) for id in answer.json()["ids"]}
    assert len(ids) == 100
    gateway.wait_until_all_are("delivered", ids)


def test_a_scheduled_message_waits_for_its_time(gateway: Gateway, api: httpx.Client) -> None:
    at = datetime.now(UTC) + timedelta(seconds=3)
    answer = api.post("/messages", json={"to": NUMBER, "text": "Later", "scheduled_at": at.isoformat()})
    assert answer.status_code == 202, answer.text
    id = int(answer.json()["id"])
    gateway.wait_until_all_are("delivered", {id})
    steps = api.get(f"/messages/{id}/timeline").json()["items"]
    assert all(datetime.fromisoformat(step["at"]) >= at for step in steps if step["event"] in ("sent", "delivered"))


def test_a_person_sends_a_test_message(gateway: Gateway, page: httpx.Client) -> None:
    form = hidden(page.get("/messages/new/"))
    answer = page.post("/messages/new/", data=form | {"to": f"+{NUMBER}", "text": "By hand", "sandbox": "on"})
    assert answer.status_code == 200, answer.text
    id = int(answer.url.path.strip("/").rpartition("/")[2])
    gateway.wait_until_all_are("delivered", {id})
    assert "By hand" in page.get(f"/messages/{id}/").text


def test_an_answer_comes_back_as_a_message(gateway: Gateway, api: httpx.Client) -> None:
    api.post("/messages", json={"to": ANSWERS, "text": "Are you there?"}).raise_for_status()
    asked = {"direction": "in", "to": ANSWERS}
    until(lambda: api.get("/messages", params=asked).json()["items"], what="the answer")
    [answer] = api.get("/messages", params=asked).json()["items"]
    assert (answer["content"]["body"], answer["state"]) == ("Echo: Are you there?", "received")


def test_a_repeated_request_is_one_message(gateway: Gateway) -> None:
    key, before = str(uuid4()), len(gateway.states())
    first, second = gateway.send(key=key), gateway.send(key=key)
    assert first.json() == second.json()
    assert second.headers["X-Idempotent-Replay"] == "true"
    assert len(gateway.states()) == before + 1
    other = gateway.send(key=key, text={"body": "Something else."})
    assert other.status_code == 409


def test_one_request_on_32_connections_at_once_is_one_message(gateway: Gateway) -> None:
    key, before = str(uuid4()), len(gateway.states())
    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(lambda _: gateway.send(key=key), range(32)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({accepted_id(answer) for answer in answers}) == 1
    assert sum("X-Idempotent-Replay" in answer.headers for answer in answers) == 31
    assert len(gateway.states()) == before + 1


def test_a_revoked_token_is_refused_by_the_next_request(gateway: Gateway, api: httpx.Client) -> None:
    made = api.post("/tokens", json={"name": "short-lived"})
    assert made.status_code == 201, made.text
    bearer = {"Authorization": f"Bearer {made.json()['secret']}"}
    path = f"{gateway.url}/api/v1/me"
    assert [httpx.get(path, headers=bearer).status_code for _ in range(3)] == [200] * 3
    assert api.post(f"/tokens/{made.json()['id']}/revoke").is_success
    refused = httpx.get(path, headers=bearer)
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "revoked_token")


def test_the_console_shows_no_secret_number_or_text(gateway: Gateway, page: httpx.Client) -> None:
    words = ["a very private text", "447700900123", PASSWORD]
    gateway.send(to=words[1], text={"body": words[0]})
    gateway.send(to="no number", text={"body": words[0]})
    httpx.post(f"{gateway.url}/v1/messages", headers={"Authorization": f"Bearer {gateway.token}"}, content=b"{")
    httpx.get(f"{gateway.url}/v1/messages?token={gateway.token}")
    httpx.get(f"{gateway.url}/messages/?q={gateway.token}")
    secrets = [*gateway.made["tokens"].values(), gateway.made["private_token"], gateway.made["api_login"]["password"]]
    said = gateway.said()
    assert not [secret for secret in [*secrets, *words] if secret in said]
    assert "Traceback" not in said


@pytest.mark.parametrize("coding", ["Content-Length", "Transfer-Encoding"])
@pytest.mark.parametrize("path", ["/v1/messages", "/api/send/text", "/3rdparty/v1/auth/token/refresh", "/api/v1/none"])
def test_a_refusal_that_is_quicker_than_its_body_ends_no_connection(path: str, coding: str, gateway: Gateway) -> None:
    body = b"[1, 2, 3]"
    with closing(HTTPConnection("localhost", gateway.port, timeout=10)) as client:
        for _ in range(3):
            client.putrequest("POST", path)
            client.putheader("Authorization", "Bearer of bad news")
            client.putheader("Content-Type", "application/json")
            client.putheader(coding, str(len(body)) if coding == "Content-Length" else "chunked")
            client.endheaders()
            time.sleep(0.05)  # what lies between a request's head and its body on a network
            client.send(body if coding == "Content-Length" else b"9\r\n%s\r\n0\r\n\r\n" % body)
            answer = client.getresponse()
            answer.read()
            assert 400 <= answer.status < 500


@pytest.mark.parametrize("megabytes", [2, 7])
def test_who_sends_too_much_is_told_so(megabytes: int, api: httpx.Client) -> None:
    answer = api.post("/messages", content=b" " * megabytes * 1024 * 1024, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


@pytest.mark.parametrize("path", ["/api/v1/messages", "/api/v1/leaks"])
def test_bodies_that_never_come_leave_the_other_requests_alone(path: str, gateway: Gateway, api: httpx.Client) -> None:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {gateway.token}\r\n"
        "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n["
    )
    with ExitStack() as held:
        for _ in range(3 * 16):
            held.enter_context(socket.create_connection(("localhost", gateway.port))).sendall(head.encode())
        for _ in range(3):
            assert api.get("/me", timeout=10).status_code == 200
    until(lambda: api.post("/messages", json={"to": NUMBER, "text": "Still here?"}).status_code == 202)
