"""Tokens that look leaked: used from bad networks, suddenly busy, reported; paused, and resumed with one click."""

import json
import logging
import socket
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.audit import COMMAND
from accounts.models import Account, AuditEntry, JournalEntry, User
from messaging.alerting import signatures
from messaging.models import Alert
from tests.conftest import SignedIn
from tests.far_end import FarEnd, answer, far_end
from tests.messaging.alerting.conftest import AWAY, HOME, Issue, Letters, Look, Use, Wait, choose, only_rule, told
from tests.messaging.alerting.test_rules import history
from tokens import crypto, issuing, usage
from tokens.authentication import authenticate_token, forget
from tokens.models import Token

pytestmark = pytest.mark.django_db
PLACE = "https://github.com/octocat/Hello-World/blob/12345600b9cbe38a219f39a9941c9319b600c002/foo/bar.txt"


def report(body: object, **headers: str) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return Client().post("/api/v1/leaks", raw, content_type="application/json", headers=given)


def found(*secrets: str, **more: Any) -> list[dict[str, Any]]:
    return [
        {"token": each, "type": "gatehouse_api_token", "url": PLACE, "source": "content", **more} for each in secrets
    ]


# Reports
def test_a_reported_secret_is_answered_for_as_github_asks_and_warns_its_account(
    acme: Account, other: Account, issue: Issue, letters: Letters
) -> None:
    token, secret = issue()
    stranger = crypto.new_secret("production")
    said = report(found(secret, stranger, "no token at all"))
    assert said.status_code == 200
    assert said.json() == [
        {"token_hash": sha256(each.encode()).hexdigest(), "token_type": "gatehouse_api_token", "label": label}
        for each, label in (
            (secret, "true_positive"),
            (stranger, "false_positive"),
            ("no token at all", "false_positive"),
        )
    ]
    assert told(acme) == ["The secret of the token ERP was found where others can read it."]
    assert told(other) == []
    alert = Alert.objects.get()
    assert (alert.place, alert.subject_id, alert.has_paused) == (PLACE, token.pk, False)
    [letter] = letters()
    assert PLACE in letter.body
    entry = AuditEntry.objects.get(action="token.leaked")
    assert entry.changes == {"place": PLACE, "source": "content"}


def test_the_secret_is_kept_nowhere(
    acme: Account, issue: Issue, letters: Letters, caplog: pytest.LogCaptureFixture
) -> None:
    _, secret = issue()
    with caplog.at_level(logging.DEBUG):
        report(found(secret, url=f"https://example.com/?leaked={secret}"))
    alert = Alert.objects.get()
    assert alert.place.startswith("https://example.com/?leaked=gw_live_••••")
    kept = [str(row) for model in (Alert, AuditEntry, JournalEntry) for row in model.objects.values()]
    assert not [row for row in [*kept, caplog.text, letters()[0].body, repr(alert)] if secret in row]


def test_a_second_report_of_the_same_secret_is_no_second_alert(acme: Account, issue: Issue, letters: Letters) -> None:
    _, secret = issue()
    for _ in range(3):
        report(found(secret, secret))
    assert Alert.objects.count() == 1
    assert AuditEntry.objects.filter(action="token.leaked").count() == 1
    assert len(letters()) == 1


def test_it_is_over_once_the_secret_is_made_anew(acme: Account, issue: Issue, look: Look) -> None:
    token, secret = issue()
    report(found(secret))
    look()
    assert len(told(acme)) == 1
    issuing.regenerate_token(token, by=COMMAND, grantor=None)
    look()
    assert told(acme) == []
    assert report(found(secret)).json()[0]["label"] == "true_positive"
    assert told(acme) == [], "what was replaced opens nothing"


def test_it_is_not_over_while_the_old_secret_works(acme: Account, issue: Issue, look: Look, wait: Wait) -> None:
    token, secret = issue()
    report(found(secret))
    issuing.regenerate_token(token, overlap=timedelta(days=1), by=COMMAND, grantor=None)
    look()
    assert len(told(acme)) == 1
    wait(hours=25)
    look()
    assert told(acme) == []


def test_what_no_longer_works_warns_nobody(acme: Account, issue: Issue) -> None:
    token, secret = issue()
    issuing.revoke_token(token, by=COMMAND, grantor=None)
    assert report(found(secret)).json()[0]["label"] == "true_positive"
    assert not Alert.objects.exists()


def test_an_account_that_wants_no_such_alerts_has_a_line_in_its_journal_alone(acme: Account, issue: Issue) -> None:
    from accounts import journal

    _, secret = issue()
    choose(acme, "leaked", is_on=False)
    report(found(secret))
    journal.flush()
    assert not Alert.objects.exists()
    assert JournalEntry.objects.filter(account=acme, message="A token's secret was found").exists()


@pytest.mark.parametrize(
    "place",
    ["javascript:alert(1)", "https://user:pass@example.com/", "https://[", "nowhere", "https://e.x/\u202e", "h" * 3000],
)
def test_a_place_that_is_no_address_is_left_out(issue: Issue, place: str) -> None:
    _, secret = issue()
    assert report(found(secret, url=place)).status_code == 200
    assert Alert.objects.get().place == ""


# Bodies
@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "invalid_json"),
        (b"[{", 400, "invalid_json"),
        (b"\xff", 400, "invalid_json"),
        (b"[" * 100_000, 400, "invalid_json"),
        (b'[{"token": "x", "new": ' + b"[" * 100_000, 400, "invalid_json"),
        (b'[{"token": "x", "new": ' + b"[" * 100_000 + b"]" * 100_000 + b"}]", 400, "invalid_json"),
        ({"token": "x"}, 422, "invalid"),
        ("x", 422, "invalid"),
        (None, 422, "invalid"),
        (["x"], 422, "invalid"),
        ([{}], 422, "required"),
        ([{"token": 1}], 422, "invalid"),
        ([{"token": None}], 422, "invalid"),
        ([{"token": ["x"]}], 422, "invalid"),
        ([{"token": "x", "type": "y" * 256}], 422, "invalid"),
        ([{"token": "x", "url": 1}], 422, "invalid"),
        ([{"token": "\u0000"}], 422, "invalid"),
        ([{"token": "x"}] * 10_001, 422, "invalid"),
        (b" " * (1024 * 1024 + 1), 413, "too_large"),
    ],
)
def test_a_body_of_another_form_is_refused(body: object, status: int, code: str) -> None:
    said = report(body)
    assert (said.status_code, said.json()["error"]["code"]) == (status, code)


def test_unknown_fields_odd_texts_and_an_empty_list_are_taken(db: None) -> None:
    assert report([]).json() == []
    said = report([{"token": "\U0001f600 ؀", "type": "t", "url": None, "source": None, "new": {"deep": [1]}}])
    assert said.json()[0]["label"] == "false_positive"
    assert report([{"token": "x"}]).json()[0]["token_type"] == ""


def test_other_methods_and_forms_are_refused(db: None) -> None:
    assert Client().get("/api/v1/leaks").status_code == 405
    said = Client().post("/api/v1/leaks", {"token": "x"})
    assert (said.status_code, said.json()["error"]["code"]) == (415, "unsupported_media_type")


def test_thousands_at_once_cost_few_queries(issue: Issue, django_assert_max_num_queries: Any) -> None:
    _, secret = issue()
    many = [crypto.new_secret("production") for _ in range(2000)]
    with django_assert_max_num_queries(45):
        said = report(found(*many, secret))
    assert [each["label"] for each in said.json()].count("true_positive") == 1


def test_an_address_may_send_thirty_unsigned_reports_a_minute(issue: Issue) -> None:
    said = [report([]).status_code for _ in range(31)]
    assert said == [200] * 30 + [429]
    assert int(report([]).headers["Retry-After"]) >= 1


def test_all_addresses_of_one_home_are_one(db: None) -> None:
    def said(address: str) -> int:
        return Client(REMOTE_ADDR=address).post("/api/v1/leaks", b"[]", "application/json").status_code

    assert [said(f"2001:db8::{number:x}") for number in range(31)] == [200] * 30 + [429]
    assert said("2001:db8:0:1::1") == 200
    assert [said("") for _ in range(31)] == [200] * 30 + [429]


# Signatures
class Signer:
    """Keys as GitHub publishes them, and bodies signed with the present one."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = "90a421169f0a406205f1563a953312f0be898d3c7b6c06b681aa86a874555f4a"

    def published(self) -> bytes:
        pem = self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        return json.dumps({"public_keys": [{"key_identifier": self.name, "key": pem, "is_current": True}]}).encode()

    def headers(self, body: bytes) -> dict[str, str]:
        signature = b64encode(self.key.sign(body, ec.ECDSA(SHA256()))).decode()
        return {"Github_Public_Key_Identifier": self.name, "Github_Public_Key_Signature": signature}


@pytest.fixture
def signer() -> Signer:
    return Signer()


@pytest.fixture
def publisher(signer: Signer, settings: Settings) -> Iterator[FarEnd]:
    """A real server that publishes the signer's key, as it is when it is asked."""
    with far_end(lambda stream, request: stream.sendall(answer(signer.published()))) as end:
        settings.GATEWAY_WEBHOOK_ALLOW = [end.host]
        settings.GATEWAY_LEAK_KEYS_URL = end.url("/keys")
        yield end


def test_a_signed_report_is_taken_however_many_come(
    acme: Account, issue: Issue, signer: Signer, publisher: FarEnd
) -> None:
    _, secret = issue()
    body = json.dumps(found(secret)).encode()
    for _ in range(40):
        said = report(body, **signer.headers(body))
        assert (said.status_code, said.json()[0]["label"]) == (200, "true_positive")
    assert AuditEntry.objects.get(action="token.leaked").actor_label == "GitHub secret scanning"
    assert len(publisher.requests) == 1, "keys are kept"


# The request and the two keys that GitHub's documentation and API publish.
GITHUBS_REQUEST = (
    b'[{"source":"commit","token":"some_token","type":"some_type","url":"https://example.com/base-repo-url/"}]'
)
GITHUBS_HEADERS = {
    "Github_Public_Key_Identifier": "bcb53661c06b4728e59d897fb6165d5c9cda0fd9cdf9d09ead458168deb7518c",
    "Github_Public_Key_Signature": (
        "MEQCIQDaMKqrGnE27S0kgMrEK0eYBmyG0LeZismAEz/BgZyt7AIfXt9fErtRS4XaeSt/AO1RtBY66YcAdjxji410VQV4xg=="
    ),
}
GITHUBS_KEYS = {
    "public_keys": [
        {
            "key_identifier": "90a421169f0a406205f1563a953312f0be898d3c7b6c06b681aa86a874555f4a",
            "key": "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE9MJJHnMfn2+H4xL4YaPDA4RpJqUq\n"
            "kCmRCBnYERxZanmcpzQSXs1X/AljlKkbJ8qpVIW4clayyef9gWhFbNHWAA==\n-----END PUBLIC KEY-----\n",
            "is_current": False,
        },
        {
            "key_identifier": "bcb53661c06b4728e59d897fb6165d5c9cda0fd9cdf9d09ead458168deb7518c",
            "key": "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEYAGMWO8XgCamYKMJS6jc/qgvSlAd\n"
            "AjPuDPRcXU22YxgBrz+zoN19MzuRyW87qEt9/AmtoNP5GrobzUvQSyJFVw==\n-----END PUBLIC KEY-----\n",
            "is_current": True,
        },
    ]
}


def test_a_request_that_github_signed_itself_is_taken(db: None, settings: Settings) -> None:
    with far_end(lambda stream, request: stream.sendall(answer(json.dumps(GITHUBS_KEYS).encode()))) as end:
        settings.GATEWAY_WEBHOOK_ALLOW = [end.host]
        settings.GATEWAY_LEAK_KEYS_URL = end.url("/meta/public_keys/secret_scanning")
        said = report(GITHUBS_REQUEST, **GITHUBS_HEADERS)
        assert (said.status_code, said.json()[0]["label"]) == (200, "false_positive")
        assert report(GITHUBS_REQUEST.replace(b"some_type", b"some_typo"), **GITHUBS_HEADERS).status_code == 401


@pytest.mark.parametrize(
    "wrong", ["body", "signature", "no base64", "no signature", "no key", "unknown key", "other curve"]
)
def test_a_wrong_signature_is_refused(issue: Issue, signer: Signer, publisher: FarEnd, wrong: str) -> None:
    _, secret = issue()
    body = json.dumps(found(secret)).encode()
    headers = signer.headers(body)
    if wrong == "body":
        headers = signer.headers(body + b" ")
    elif wrong == "signature":
        headers["Github_Public_Key_Signature"] = Signer().headers(body)["Github_Public_Key_Signature"]
    elif wrong == "no base64":
        headers["Github_Public_Key_Signature"] = "%%%"
    elif wrong == "no signature":
        del headers["Github_Public_Key_Signature"]
    elif wrong == "no key":
        del headers["Github_Public_Key_Identifier"]
    elif wrong == "unknown key":
        headers["Github_Public_Key_Identifier"] = "f" * 64
    else:
        headers["Github_Public_Key_Signature"] = b64encode(b"\x30\x06\x02\x01\x00\x02\x01\x00").decode()
    said = report(body, **headers)
    assert (said.status_code, said.json()["error"]["code"]) == (401, "bad_signature")
    assert not Alert.objects.exists()


def test_a_new_key_is_found_and_invented_ones_ask_its_publisher_once(signer: Signer, publisher: FarEnd) -> None:
    assert report(b"[]", **signer.headers(b"[]")).status_code == 200
    for place in range(5):
        headers = {**signer.headers(b"[]"), "Github_Public_Key_Identifier": f"{place:064}"}
        assert report(b"[]", **headers).status_code == 401
    assert len(publisher.requests) == 1
    signatures._published.asked_at -= 61
    signer.__init__()  # type: ignore[misc]  # another key
    signer.name = "a" * 64
    assert report(b"[]", **signer.headers(b"[]")).status_code == 200
    assert len(publisher.requests) == 2


@pytest.mark.parametrize("said", [b"no JSON", b"{}", b'{"public_keys": [{"key_identifier": "a", "key": "b"}]}', b"[1]"])
def test_a_signature_that_cannot_be_checked_is_refused_until_it_can_be(
    signer: Signer, settings: Settings, said: bytes
) -> None:
    with far_end(lambda stream, request: stream.sendall(answer(said))) as end:
        settings.GATEWAY_WEBHOOK_ALLOW = [end.host]
        settings.GATEWAY_LEAK_KEYS_URL = end.url("/keys")
        for _ in range(2):
            refused = report(b"[]", **signer.headers(b"[]"))
            assert (refused.status_code, refused.json()["error"]["code"]) == (503, "busy")
        assert len(end.requests) == 1


def test_nobody_waits_while_another_request_reads_the_keys(signer: Signer, settings: Settings) -> None:
    """Otherwise a publisher that does not answer would hold every thread that a name is invented for."""
    goes_on = threading.Event()

    def think(stream: socket.socket, asked: bytes) -> None:
        goes_on.wait(5)
        stream.sendall(answer(signer.published()))

    headers = signer.headers(b"[]")
    with far_end(think) as end, ThreadPoolExecutor(1) as another:
        settings.GATEWAY_WEBHOOK_ALLOW = [end.host]
        settings.GATEWAY_LEAK_KEYS_URL = end.url("/keys")
        signed = {"key": signer.name, "signature": headers["Github_Public_Key_Signature"]}
        first = another.submit(signatures.is_good, b"[]", **signed)
        while not end.requests:
            time.sleep(0.01)
        began = time.monotonic()
        assert report(b"[]", **headers).status_code == 503
        assert time.monotonic() - began < 2
        goes_on.set()
        assert first.result()
        assert report(b"[]", **headers).status_code == 200
        assert len(end.requests) == 1


def test_where_signatures_are_switched_off_a_signed_report_is_one_like_others(
    signer: Signer, settings: Settings
) -> None:
    settings.GATEWAY_LEAK_KEYS_URL = ""
    said = [report(b"[]", **signer.headers(b"[ ]")).status_code for _ in range(31)]
    assert said == [200] * 30 + [429]


# Use
def test_use_from_a_bad_network_looks_leaked_for_a_day(
    acme: Account, issue: Issue, use: Use, look: Look, wait: Wait, settings: Settings, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.txt"
    bad.write_text("; a list\n203.0.113.0/28 ; SBL1\n2001:db8::/32 # six\nrubbish\n")
    settings.GATEWAY_BAD_NETWORKS = ["192.0.2.0/24", str(bad)]
    _, secret = issue()
    use(secret, HOME)
    use(secret, "203.0.113.99")  # beside it
    assert look() == 0
    use(secret, AWAY)
    look()
    assert told(acme) == ["The token ERP is used from 203.0.113.0/24, where addresses are that this gateway calls bad."]
    use(secret, "2001:db8::1")
    use(secret, "192.0.2.9")
    assert look() == 0, "one alert for one token"
    wait(hours=25)
    look()
    assert told(acme) == []


def test_a_token_that_looks_leaked_pauses_itself_and_one_click_undoes_it(
    acme: Account,
    alice: User,
    signed_in: SignedIn,
    issue: Issue,
    use: Use,
    look: Look,
    letters: Letters,
    settings: Settings,
) -> None:
    settings.GATEWAY_BAD_NETWORKS = ["203.0.113.0/24"]
    choose(acme, "leaked", pauses_token=True)
    token, secret = issue()
    assert use(secret, AWAY).status_code == 200
    look()
    refused = use(secret, HOME)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "paused_token")
    assert "The token was paused" in letters()[0].body
    pause = AuditEntry.objects.get(action="token.paused")
    assert (pause.actor_label, pause.proof) == ("Alert rule", "alert")

    client = signed_in(alice)
    for page in ("/alerts/", f"/tokens/{token.pk}/"):
        shown = client.get(page).content.decode()
        assert "Resume this token" in shown
        assert f'action="/tokens/{token.pk}/resume/"' in shown
    assert "where addresses are that this gateway calls bad" in client.get(f"/tokens/{token.pk}/").content.decode()

    assert client.post(f"/tokens/{token.pk}/resume/").status_code == 302
    assert use(secret, HOME).status_code == 200
    assert use(secret, AWAY).status_code == 200
    look()
    assert use(secret, HOME).status_code == 200, "it pauses once, not whoever undoes it"
    assert "Resume this token" not in client.get("/alerts/").content.decode()
    token.refresh_from_db()
    assert token.paused_because == ""


def test_a_reported_token_is_paused_at_once(acme: Account, issue: Issue, use: Use) -> None:
    choose(acme, "leaked", pauses_token=True)
    _, secret = issue()
    report(found(secret))
    assert use(secret).status_code == 403
    token = Token.objects.get()
    assert token.paused_because == "The secret of the token ERP was found where others can read it."


def test_a_token_that_somebody_paused_keeps_their_pause(acme: Account, issue: Issue) -> None:
    choose(acme, "leaked", pauses_token=True)
    token, secret = issue()
    issuing.pause_token(token, by=COMMAND, grantor=None)
    report(found(secret))
    alert = Alert.objects.get()
    assert not alert.has_paused
    token.refresh_from_db()
    assert token.paused_because == ""


def test_a_sudden_volume_of_one_token_looks_leaked(
    acme: Account, issue: Issue, look: Look, submit: Callable[..., Any]
) -> None:
    only_rule(acme, "leaked", pauses_token=True)
    submit("+966500000001")
    busy = Token.objects.get(name="shop")
    calm, _ = issue("calm")
    history(acme, 20, token=busy)
    history(acme, 200, token=calm)
    submit([f"+9665000{place:05}" for place in range(98)])
    assert look() == 0
    submit("+966500000002")
    look()
    assert told(acme) == ["The token shop sent 100 messages in one hour, where 20 are usual at this time of the day."]
    busy.refresh_from_db()
    assert busy.state == "paused"


def test_the_newest_two_hundred_networks_of_a_token_are_kept(issue: Issue) -> None:
    token, secret = issue()
    caller = authenticate_token(secret, dialect="gateway", address=HOME)
    begun = timezone.now()
    for place in range(250):
        usage.note_request(
            caller, method="GET", path="/", dialect="gateway", status=200, address=f"10.{place // 256}.{place % 256}.1"
        )
        if place % 10 == 9:
            usage.flush()
    forget()
    assert token.seen_networks.count() == 200
    assert not token.seen_networks.filter(network="10.0.0.0/24").exists()
    assert token.seen_networks.filter(network="10.0.249.0/24", first_at__gte=begun).exists()
