"""What happens to messages is posted, signed, once for each event and listener."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from standardwebhooks import Webhook

from messaging import verifying
from messaging.drafting import Sender
from messaging.models import WebhookDelivery
from tests.messaging.conftest import Deliver, Send
from tests.messaging.webhooks.conftest import Listen
from tests.messaging.webhooks.receiver import Receiver

pytestmark = pytest.mark.django_db
Post = Callable[[], None]


def test_posts_what_becomes_of_a_message(
    listen: Listen, send: Send, deliver: Deliver, post: Post, receiver: Receiver
) -> None:
    listen()
    message = send("+966500000142", "Hello")
    deliver()
    post()
    assert sorted(receiver.words) == ["message.delivered", "message.sent"]
    data = receiver.got[0].json["data"]
    assert data["message_id"] == str(message.pk)
    assert data["to"] == "+966500000142"
    assert data["content"] == {"body": "Hello"}


def test_standard_libraries_verify_our_calls_unmodified(
    listen: Listen, send: Send, deliver: Deliver, post: Post, receiver: Receiver
) -> None:
    listening = listen()
    send()
    deliver()
    post()
    got = receiver.got[0]
    assert Webhook(listening.secret).verify(got.body, got.headers)["type"] == got.json["type"]


def test_every_delivery_is_recorded(listen: Listen, send: Send, deliver: Deliver, post: Post) -> None:
    endpoint = listen().endpoint
    send()
    deliver()
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"waiting"}
    post()
    for delivery in WebhookDelivery.objects.filter(endpoint=endpoint):
        assert (delivery.state, delivery.due_at, delivery.last_status) == ("delivered", None, 200)
        [attempt] = delivery.tried.all()
        assert (attempt.status, attempt.answer, attempt.reason) == (200, "thank you", "")
    endpoint.refresh_from_db()
    assert (endpoint.last_status, endpoint.leased_until) == (200, None)


def test_a_one_time_code_is_told_to_nobody(
    listen: Listen, receiver: Receiver, post: Post, sender: Sender, deliver: Deliver
) -> None:
    listen()
    code = verifying.Code(
        to="+966500000142",
        channels=["sms"],
        words="{code} is your code.",
        lifetime=timedelta(minutes=5),
        pace=verifying.Pace(5, timedelta(minutes=10)),
        own="471108",
    )
    verifying.send(sender, code)
    deliver()
    post()
    assert receiver.got
    assert not any(b"471108" in call.body for call in receiver.got)
