"""Receivers as people have them accept our calls as they are, and refuse those of others."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import standardwebhooks
import svix

from accounts.audit import COMMAND
from accounts.models import Account
from messaging.models import WebhookAttempt, WebhookEndpoint
from messaging.webhooks import endpoints, examples, format
from tests.messaging.webhooks.conftest import Listen
from tests.messaging.webhooks.receiver import HOST, Receiver
from tests.node import serving_node

pytestmark = pytest.mark.django_db
Post = Callable[[], None]

STANDARD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="
TEXT = "a-secret-of-the-shop"
PATHS = {
    "/standardwebhooks": ("standard", STANDARD),
    "/svix": ("standard", STANDARD),
    "/startmessaging": ("startmessaging", TEXT),
    "/startmessaging-prefixed": ("startmessaging", TEXT),
    "/connexease": ("connexease", TEXT),
    "/connexease-open": ("connexease", ""),
    "/smsgate": ("smsgate", TEXT),
    "/whispir": ("whispir", TEXT),
}


@pytest.fixture(scope="module")
def node() -> Iterator[str]:
    """The address of receivers written in JavaScript."""
    secrets = json.dumps({path: secret for path, (_, secret) in PATHS.items()})
    with serving_node("webhook_receivers.mjs", HOST=HOST, SECRETS=secrets) as port:
        yield f"http://{HOST}:{port}"


def call_all(endpoint: WebhookEndpoint, post: Post) -> list[int | None]:
    """Send an example of each event of the endpoint's format; return what was answered."""
    for word in format.found()[endpoint.format].words:
        examples.send_example(endpoint, word)
    post()
    return list(WebhookAttempt.objects.values_list("status", flat=True))


@pytest.mark.parametrize("path", PATHS)
def test_receivers_in_javascript_accept_every_call(acme: Account, node: str, post: Post, path: str) -> None:
    name, secret = PATHS[path]
    endpoint, _ = endpoints.create(acme, by=COMMAND, url=node + path, format=name, secret=secret)
    assert set(call_all(endpoint, post)) == {200}


@pytest.mark.parametrize("path", [path for path in PATHS if path != "/connexease-open"])
def test_and_refuse_those_signed_by_others(acme: Account, node: str, post: Post, path: str) -> None:
    name, secret = PATHS[path]
    other = "whsec_" + "A" * 43 + "=" if name == "standard" else f"not {secret}".replace(" ", "-")
    endpoint, _ = endpoints.create(acme, by=COMMAND, url=node + path, format=name, secret=other)
    assert set(call_all(endpoint, post)) == {401}


@pytest.mark.parametrize("library", [standardwebhooks, svix])
def test_receivers_in_python_accept_every_call_and_refuse_a_changed_one(
    listen: Listen, post: Post, receiver: Receiver, library: Any
) -> None:
    listening = listen()
    call_all(listening.endpoint, post)
    webhook = library.Webhook(listening.secret)
    for got in receiver.got:
        webhook.verify(got.body, got.headers)
        with pytest.raises(library.WebhookVerificationError):
            webhook.verify(got.body + b" ", got.headers)


@pytest.mark.parametrize("name", ["startmessaging", "connexease", "whispir"])
def test_while_a_secret_is_replaced_a_receiver_with_the_old_one_still_gets_every_call(
    acme: Account, node: str, post: Post, name: str
) -> None:
    """These forms have room for one secret: a call that is refused is tried again with the other one."""
    from datetime import timedelta

    endpoint, _ = endpoints.create(
        acme, by=COMMAND, url=f"{node}/{name}", format=name, secret=TEXT, retry_schedule=[0, 0]
    )
    endpoints.rotate(endpoint, by=COMMAND, overlap=timedelta(days=1), secret="another-secret-of-the-shop")
    examples.send_example(endpoint)
    for _ in range(2):
        post()
    assert list(WebhookAttempt.objects.values_list("status", flat=True)) == [401, 200]
