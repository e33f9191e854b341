"""Work that takes long, beside a lane."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging import beside, delivery, sending
from messaging.drafting import Draft, Sender
from messaging.models import Channel, Message, Recipient
from tests.messaging.conftest import Deliver, Send

pytestmark = pytest.mark.django_db


def put_off(patch: pytest.MonkeyPatch) -> list[Callable[[], None]]:
    """Have nothing run beside lanes; returns what is to be run there."""
    waiting: list[Callable[[], None]] = []

    def wait(work: Callable[[], None]) -> bool:
        waiting.append(work)
        return True

    patch.setattr(beside, "run", wait)
    return waiting


def test_what_waited_too_long_is_left_to_its_lease(
    sender: Sender, deliver: Deliver, mailoutbox: list[EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another worker may have it by then, and it would be sent twice."""
    body = {"subject": "Hello", "body": "Text"}
    sending.accept(sender, Draft(to=["ann@example.com"], kind="email", channel=Channel.EMAIL, body=body))

    with monkeypatch.context() as slow:
        waiting = put_off(slow)
        slow.setattr(delivery, "LEASE", timedelta(seconds=0.4))
        assert delivery.deliver_due() == 1
    time.sleep(0.45)
    waiting.pop()()
    assert mailoutbox == []
    deliver()
    assert len(mailoutbox) == 1


def test_messages_that_are_made_of_another_one_keep_no_lane(
    sender: Sender, send: Send, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list may have ten thousand people."""
    draft = Draft(to=["+4915112345678"], kind="text", channel=Channel.SMS, body={"body": "Hi"}, is_made_later=True)
    sending.accept(sender, draft)
    message = send()
    with monkeypatch.context() as slow:
        waiting = put_off(slow)
        deliver()
    assert Message.objects.get(pk=message.pk).state == "delivered"
    assert len(waiting) == 1
    waiting.pop()()
    assert Recipient.objects.get(message__context__made_later=True).state == "failed"  # no such API is here


def test_messages_without_a_device_cost_no_query_each(sender: Sender) -> None:
    costs = []
    for people in (1, 20):
        to: list[Any] = [f"+49151123456{number:02}" for number in range(people)]
        sending.accept(sender, Draft(to=to, kind="voice", channel=Channel.VOICE, body={"body": "Hi"}))
        with CaptureQueriesContext(connection) as queries:
            assert delivery.deliver_due() == people
        costs.append(len(queries))
    assert costs[0] == costs[1]
