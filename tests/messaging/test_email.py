"""E-mail as a channel: by a real mail server, which may refuse, and beside everything else that waits."""

import base64
import email
import email.policy
import socket
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from pytest_django import Settings

from accounts.models import Account
from messaging import beside, delivery, sending, timeline
from messaging.drafting import Draft, Sender
from messaging.errors import Refused
from messaging.models import Channel, Media, Message, Recipient
from tests.messaging.conftest import Deliver

pytestmark = pytest.mark.django_db
ANN = "ann@example.com"


class Inbox:
    """What an SMTP server took; the reply to each recipient and to each mail can be chosen."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.to_recipient = ["250 OK"]
        self.to_mail = ["250 OK"]

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802  aiosmtpd's name
        reply = self.to_recipient.pop(0) if len(self.to_recipient) > 1 else self.to_recipient[0]
        if reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        reply = self.to_mail.pop(0) if len(self.to_mail) > 1 else self.to_mail[0]
        if reply.startswith("250"):
            made = email.message_from_bytes(envelope.content, policy=email.policy.default)
            assert isinstance(made, EmailMessage)
            self.mails.append(made)
        return reply


@pytest.fixture
def inbox(settings: Settings) -> Iterator[Inbox]:
    inbox = Inbox()
    with socket.socket() as spare:
        spare.bind(("127.0.0.1", 0))
        port = spare.getsockname()[1]
    server = Controller(inbox, hostname="127.0.0.1", port=port)
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    yield inbox
    server.stop()


def write(sender: Sender, to: str = ANN, **body: Any) -> Message:
    draft = Draft(to=[to], kind="email", channel=Channel.EMAIL, body={"subject": "Hello", "body": "Text"} | body)
    return Message.objects.get(pk=sending.accept(sender, draft).first_id)


def events(message: Message) -> list[str]:
    return [moment.event for moment in timeline.of(Message.objects.get(pk=message.pk))]


def test_an_email_is_taken_by_the_mail_server(sender: Sender, deliver: Deliver, inbox: Inbox) -> None:
    message = write(sender, footer="Bye")
    deliver()
    (taken,) = inbox.mails
    assert (taken["To"], taken["Subject"], taken.get_content().split()) == (ANN, "Hello", ["Text", "Bye"])
    assert taken["From"].startswith(sender.account.name)
    assert Message.objects.get(pk=message.pk).state == "sent"
    assert Recipient.objects.get().reference == taken["Message-ID"]
    assert events(message) == ["accepted", "sent"]


def test_html_goes_beside_a_plain_text(sender: Sender, deliver: Deliver, inbox: Inbox) -> None:
    write(sender, body="<p>Dear <b>Ann</b></p>", type="text/html")
    deliver()
    (taken,) = inbox.mails
    plain, html = taken.get_body(("plain",)), taken.get_body(("html",))
    assert plain is not None
    assert plain.get_content().strip() == "Dear Ann"
    assert html is not None
    assert html.get_content().strip() == "<p>Dear <b>Ann</b></p>"


def test_files_of_any_sort_are_attached(sender: Sender, deliver: Deliver, inbox: Inbox) -> None:
    data = base64.b64encode(b"\x00\x01 anything").decode()
    message = write(sender, attachments=[{"data": data, "filename": "a.bin"}])
    assert set(message.content["attachments"][0]) == {"id", "filename"}
    deliver()
    (attached,) = inbox.mails[0].iter_attachments()
    assert attached.get_filename() == "a.bin"
    assert attached.get_content() == b"\x00\x01 anything"


@pytest.mark.parametrize(
    ("name", "shown"), [("a.txt\r\nBcc: eve@example.com", "a.txtBcc: eve@example.com"), ("../../b.txt", "b.txt")]
)
def test_a_files_name_adds_nothing_to_a_mail(
    sender: Sender, deliver: Deliver, inbox: Inbox, name: str, shown: str
) -> None:
    write(sender, attachments=[{"data": base64.b64encode(b"x").decode(), "filename": name}])
    deliver()
    (attached,) = inbox.mails[0].iter_attachments()
    assert attached.get_filename() == shown
    assert (attached["Bcc"], inbox.mails[0]["Bcc"]) == (None, None)


def test_another_accounts_file_is_not_attached(sender: Sender, other: Account) -> None:
    from messaging import media

    theirs = media.store(other, b"secret", kind="attachment")
    with pytest.raises(Refused, match="no media of this account"):
        write(sender, attachments=[{"id": str(theirs.pk)}])
    assert Media.objects.count() == 1


def test_what_the_server_refuses_for_good_has_failed(sender: Sender, deliver: Deliver, inbox: Inbox) -> None:
    inbox.to_recipient = ["550 No such person"]
    message = write(sender)
    deliver()
    row = Recipient.objects.get()
    assert (row.state, row.error) == ("failed", "smtp_550")
    assert "No such person" in row.error_detail
    assert events(message) == ["accepted", "failed"]


def test_what_the_server_puts_off_is_tried_again(sender: Sender, deliver: Deliver, inbox: Inbox) -> None:
    inbox.to_mail = ["451 Later", "250 OK"]
    message = write(sender)
    deliver()
    assert events(message) == ["accepted", "retry", "sent"]
    assert len(inbox.mails) == 1


def test_a_server_that_is_gone_is_asked_again_until_the_tries_are_over(
    sender: Sender, deliver: Deliver, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    message = write(sender)
    deliver()
    assert events(message) == ["accepted", *["retry"] * len(delivery.RETRY_AFTER), "failed"]


@pytest.mark.parametrize(
    ("channel", "kind"), [("voice", "voice"), ("web", "post"), ("social", "post"), ("rcs", "post")]
)
def test_what_nothing_here_sends_is_taken_and_says_so(
    sender: Sender, deliver: Deliver, channel: str, kind: str
) -> None:
    draft = Draft(to=["+905321234567"], kind=kind, channel=channel, body={"body": "Hello"})
    message = Message.objects.get(pk=sending.accept(sender, draft).first_id)
    deliver()
    row = Recipient.objects.get()
    assert (row.state, row.error) == ("failed", "no_route")
    assert events(message) == ["accepted", "failed"]


def test_work_beside_a_lane_has_room_for_so_many_and_no_more(settings: Settings) -> None:
    settings.GATEWAY_COMMIT_INLINE = False
    go_on = threading.Event()

    def wait() -> None:
        go_on.wait(10)

    taken = [beside.run(wait) for _ in range(beside.MOST + 1)]
    assert taken == [*[True] * beside.MOST, False]
    go_on.set()
    beside.close()
    assert beside.run(lambda: None)
    beside.close()


@pytest.mark.parametrize("end", ["\n", "\r", "\v", "\f", "\x1c", "\x85", "\u2028"])
def test_a_subject_is_one_line_as_mail_counts_lines(sender: Sender, end: str) -> None:
    with pytest.raises(Refused, match="one line"):
        write(sender, subject=f"Hello{end}Bcc: eve@example.com")
