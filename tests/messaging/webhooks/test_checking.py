"""A call that a receiver refuses: which part of it is wrong."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.audit import COMMAND
from accounts.models import Account
from messaging.models import WebhookAttempt, WebhookEndpoint
from messaging.webhooks import checking, endpoints, examples, format, keyring
from messaging.webhooks.checking import Verdict
from tests.messaging.webhooks.conftest import Listen, Listening
from tests.messaging.webhooks.receiver import Got, Receiver

pytestmark = pytest.mark.django_db
Post = Callable[[], None]
FORMATS = ["standard", "startmessaging", "smsgate", "connexease", "whispir"]
SIGNATURES = {"standard": "webhook-signature", "startmessaging": "x-signature-256", "smsgate": "x-signature"}
SIGNED = [name for name in FORMATS if name in SIGNATURES]


@dataclass
class Case:
    """A call that arrived, and the endpoint it came from."""

    listening: Listening
    got: Got
    account: Account

    def check(self, **changed: Any) -> Verdict:
        asked = {"headers": self.got.headers, "body": self.got.body, "secrets": [self.listening.secret]} | changed
        return checking.check(format.found()[self.listening.endpoint.format], account=self.account, **asked)


@pytest.fixture
def case(listen: Listen, acme: Account, post: Post, receiver: Receiver) -> Callable[[str], Case]:
    def make(name: str) -> Case:
        listening = listen(format=name, **({"secret": "a-secret-of-ours"} if name == "connexease" else {}))
        examples.send_example(listening.endpoint)
        post()
        return Case(listening, receiver.got[-1], acme)

    return make


def said(verdict: Verdict) -> str:
    return " ".join(finding.text for finding in verdict.findings if not finding.is_good)


@pytest.mark.parametrize("name", FORMATS)
def test_a_call_as_it_was_sent_is_right(case: Callable[[str], Case], name: str) -> None:
    verdict = case(name).check()
    assert verdict.is_good
    assert all(finding.is_good for finding in verdict.findings)


@pytest.mark.parametrize("name", FORMATS)
def test_a_missing_header_is_named(case: Callable[[str], Case], name: str) -> None:
    made = case(name)
    verdict = made.check(headers={"content-type": "application/json"})
    assert not verdict.is_good
    assert "is missing" in said(verdict)


@pytest.mark.parametrize("name", FORMATS)
def test_another_secret_is_told_from_a_changed_body(case: Callable[[str], Case], name: str) -> None:
    made = case(name)
    other = "whsec_" + "A" * 43 + "=" if name == "standard" else "another-secret"
    verdict = made.check(secrets=[other])
    assert not verdict.is_good
    assert "It was signed with the secret of" in said(verdict)
    assert f"“{made.listening.endpoint}”" in said(verdict)
    assert "not what we sent" not in said(verdict)


@pytest.mark.parametrize("name", SIGNED)
@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda body: body.replace(b'":', b'": '), "use its bytes before parsing it"),
        (lambda body: body[:-2] + b"x}", "is not what we sent for this event"),
        (lambda body: body + b"[" * 60_000, "is not what we sent for this event"),
        (lambda body: b"[" * 30_000 + body + b"]" * 30_000, "is not what we sent for this event"),
        (lambda body: b"\r\n" + body + b"\n", "Without the white space around it the body is right"),
    ],
)
def test_a_changed_body_is_explained(
    case: Callable[[str], Case], name: str, change: Callable[[bytes], bytes], why: str
) -> None:
    made = case(name)
    verdict = made.check(body=change(made.got.body))
    assert not verdict.is_good
    assert why in said(verdict)


@pytest.mark.parametrize(("name", "off"), [("standard", 7), ("standard", -7), ("smsgate", 7), ("smsgate", -7)])
def test_an_old_call_and_a_wrong_clock_are_told(case: Callable[[str], Case], name: str, off: int) -> None:
    verdict = case(name).check(now=timezone.now() + timedelta(minutes=off))
    assert not verdict.is_good
    assert ("minutes ago" if off > 0 else "minutes ahead") in said(verdict)


def test_an_old_secret_is_recognised(case: Callable[[str], Case]) -> None:
    made = case("standard")
    endpoints.rotate(made.listening.endpoint, by=COMMAND, overlap=timedelta(days=1))
    new = keyring.live(made.listening.fresh)[0].value
    assert "signed with an old secret" in said(made.check(secrets=[new]))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("junk", ["", "x", "v1,", "v1,é", "sha256=", "Bearer", "99999999999999999999", "\x00"])
def test_nothing_that_somebody_pastes_breaks_it(case: Callable[[str], Case], name: str, junk: str) -> None:
    made = case(name)
    for header in made.got.headers:
        made.check(headers={**made.got.headers, header: junk})
    assert not made.check(headers=dict.fromkeys(made.got.headers, junk)).is_good
    made.check(body=b"\xff\xfe")


@pytest.mark.parametrize("name", ["connexease", "whispir"])
def test_a_call_as_our_log_shows_it_lacks_its_secret(case: Callable[[str], Case], name: str) -> None:
    made = case(name)
    attempt = WebhookAttempt.objects.get()
    assert "in place of ••••" in said(made.check(headers=attempt.request_headers))


def test_secrets_that_cannot_be_read_any_more_explain_nothing(case: Callable[[str], Case], listen: Listen) -> None:
    made = case("standard")
    WebhookEndpoint.objects.filter(pk=listen().endpoint.pk).update(sealed_secrets="sealed with another key")
    assert not made.check(headers={**made.got.headers, "webhook-signature": "v1,x"}).is_good


def test_headers_are_read_as_people_paste_them() -> None:
    text = "POST /hook HTTP/1.1\r\nWebhook-Id:  evt_1 \r\nwebhook-signature: v1,a v1,b\n\nnonsense"
    assert checking.parse_headers(text) == {"webhook-id": "evt_1", "webhook-signature": "v1,a v1,b"}
