"""E-mail by our own API."""

from typing import Any

import pytest
from django.core import mail

from messaging.models import Message
from tests.messaging.api.conftest import Call, Issue
from tests.messaging.conftest import Deliver

pytestmark = pytest.mark.django_db
ANN = "ann@example.com"


def test_a_sandbox_tokens_mail_stays_in_the_sandbox(call: Call, issue: Issue, deliver: Deliver) -> None:
    secret = issue(type="sandbox")[1]
    sent = call("POST", "messages", secret, {"to": ANN, "type": "email", "email": {"subject": "Hi"}})
    deliver()
    assert call("GET", f"messages/{sent.json()['id']}", secret).json()["state"] == "delivered"
    assert mail.outbox == []


def test_our_own_api_sends_email(call: Call, issue: Issue, deliver: Deliver) -> None:
    body = {"to": ["ann@example.com", "bo@example.com"], "type": "email", "email": {"subject": "Hi", "body": "There"}}
    sent = call("POST", "messages", issue()[1], body)
    assert sent.status_code == 202
    deliver()
    assert {one.to[0]: one.subject for one in mail.outbox} == {"ann@example.com": "Hi", "bo@example.com": "Hi"}


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"to": "+905321234567"}, "to"),
        ({"to": "ann@@example.com"}, "to"),
        ({"to": "ann@example.com\r\nBcc: eve@example.com"}, "to"),
        ({"email": {}}, "email.subject"),
        ({"email": {"subject": "Hi\r\nBcc: eve@example.com"}}, "email.subject"),
        ({"email": {"subject": "Hi", "type": "text/rtf"}}, "email.type"),
        ({"email": {"subject": "Hi", "attachments": [{"data": "%%%"}]}}, "email.attachments.0.data"),
        ({"channel": "sms"}, "type"),
        ({"channel": "whatsapp"}, "type"),
    ],
)
def test_what_is_wrong_with_an_email_is_said(call: Call, issue: Issue, more: dict[str, Any], field: str) -> None:
    body = {"to": ANN, "type": "email", "email": {"subject": "Hi"}} | more
    answer = call("POST", "messages", issue()[1], body)
    assert answer.status_code == 422
    assert field in str(answer.json())
    assert not Message.objects.exists()
