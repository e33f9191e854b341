"""Work that waits for somebody's server, beside a lane."""

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.mail import EmailMessage

from messaging import beside, delivery, sending
from messaging.drafting import Draft, Sender
from messaging.models import Channel
from tests.messaging.conftest import Deliver

pytestmark = pytest.mark.django_db


def test_what_waited_too_long_is_left_to_its_lease(
    sender: Sender, deliver: Deliver, mailoutbox: list[EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another worker may have it by then, and it would be sent twice."""
    body = {"subject": "Hello", "body": "Text"}
    sending.accept(sender, Draft(to=["ann@example.com"], kind="email", channel=Channel.EMAIL, body=body))
    waiting: list[Callable[[], None]] = []

    def wait(work: Callable[[], None]) -> bool:
        waiting.append(work)
        return True

    with monkeypatch.context() as slow:
        slow.setattr(beside, "run", wait)
        slow.setattr(delivery, "LEASE", timedelta(seconds=0.4))
        assert delivery.deliver_due() == 1
    time.sleep(0.45)
    waiting.pop()()
    assert mailoutbox == []
    deliver()
    assert len(mailoutbox) == 1
