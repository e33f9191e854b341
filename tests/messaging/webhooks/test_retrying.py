"""Calls that fail are tried again by their format's schedule, and nothing that waits is lost."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from pytest_django import Settings
from time_machine import TimeMachineFixture

from accounts.audit import COMMAND
from accounts.models import Account, AuditEntry
from messaging.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from messaging.webhooks import calling, endpoints, format, posting, raising, recording, replaying
from messaging.webhooks.notices import send_notices
from messaging.webhooks.pruning import prune_webhooks
from tests.messaging.webhooks.conftest import Listen, Listening
from tests.messaging.webhooks.receiver import Receiver

pytestmark = pytest.mark.django_db
Post = Callable[[], None]
Later = Callable[[timedelta], None]


@pytest.fixture
def happen(acme: Account) -> Callable[[], None]:
    return lambda: raising.raise_event(acme.pk, "device.status", data={"status": "connected"})


@pytest.fixture
def failing(listen: Listen, receiver: Receiver) -> Listening:
    receiver.status = 500
    return listen()


def only_delivery() -> WebhookDelivery:
    return WebhookDelivery.objects.get()


def test_a_failed_call_is_tried_again_after_the_first_delay(
    failing: Listening, happen: Post, post: Post, receiver: Receiver
) -> None:
    happen()
    post()
    delivery = only_delivery()
    assert delivery.due_at
    assert timedelta(seconds=3) < delivery.due_at - timezone.now() <= timedelta(seconds=5.5)
    [attempt] = delivery.tried.all()
    assert (attempt.status, attempt.reason, attempt.next_at) == (500, "It answered 500.", delivery.due_at)
    post()
    assert len(receiver.got) == 1


@pytest.mark.parametrize(
    ("end", "state"),
    [
        (lambda endpoint, pk: endpoints.drop_waiting(endpoint, by=COMMAND), "dropped"),
        (lambda endpoint, pk: replaying.settle(endpoint, [pk], by=COMMAND), "delivered"),
    ],
)
def test_what_is_ended_during_a_call_is_not_tried_again(
    failing: Listening, happen: Post, end: Callable[[WebhookEndpoint, int], object], state: str
) -> None:
    happen()
    delivery = only_delivery()
    end(failing.endpoint, delivery.pk)
    recording.record([recording.Outcome(delivery, failing.fresh, calling.unmade("It broke."))])
    delivery = only_delivery()
    assert (delivery.state, delivery.due_at, delivery.attempts) == (state, None, 1)
    assert delivery.tried.get().next_at is None


@pytest.mark.parametrize(
    ("name", "hours"), [("standard", 75), ("startmessaging", 7), ("connexease", 8), ("smsgate", 45), ("whispir", 24)]
)
def test_each_format_gives_up_after_its_own_time(name: str, hours: int) -> None:
    assert sum(format.found()[name].retry_after, timedelta()) // timedelta(hours=1) == hours


def test_every_try_carries_the_same_id_and_body(
    failing: Listening, happen: Post, post: Post, later: Later, receiver: Receiver
) -> None:
    happen()
    for _ in range(3):
        post()
        later(timedelta(hours=25))
    assert len({got.headers["webhook-id"] for got in receiver.got}) == 1
    assert len({got.body for got in receiver.got}) == 1
    assert len(receiver.got) == 3


def test_gives_up_when_the_schedule_is_used_up(
    listen: Listen, happen: Post, post: Post, later: Later, receiver: Receiver
) -> None:
    receiver.status = 500
    listen(retry_schedule=[1, 1])
    happen()
    for _ in range(4):
        post()
        later(timedelta(hours=1))
    delivery = only_delivery()
    assert (delivery.state, delivery.attempts, delivery.due_at) == ("failed", 3, None)
    assert len(receiver.got) == 3


def test_a_receiver_that_recovers_gets_everything(
    failing: Listening, happen: Post, post: Post, later: Later, receiver: Receiver
) -> None:
    for _ in range(20):
        happen()
    for _ in range(3):
        post()
        later(timedelta(hours=25))
    assert failing.fresh.state == "failing"
    receiver.status = 200
    for _ in range(3):
        post()
        later(timedelta(hours=25))
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"delivered"}
    assert failing.fresh.state == "active"
    assert failing.fresh.failures == 0


def test_a_dead_endpoint_is_asked_one_call_at_a_time(failing: Listening, happen: Post, post: Post) -> None:
    for _ in range(100):
        happen()
    post()
    assert WebhookAttempt.objects.count() < 20
    opens_at = failing.fresh.opens_at
    assert opens_at
    assert opens_at > timezone.now()
    assert WebhookDelivery.objects.filter(due_at__isnull=False).count() == 100


def test_waits_as_long_as_the_receiver_asks(failing: Listening, happen: Post, post: Post, receiver: Receiver) -> None:
    receiver.status, receiver.answer_headers = 503, {"Retry-After": "120"}
    happen()
    post()
    due_at, opens_at = only_delivery().due_at, failing.fresh.opens_at
    assert due_at
    assert opens_at
    for moment in (due_at, opens_at):
        assert timedelta(seconds=110) < moment - timezone.now() <= timedelta(seconds=120)


@pytest.mark.parametrize("asked", ["999999999", "Fri, 31 Dec 2199 23:59:59 GMT"])
def test_a_receiver_cannot_ask_for_longer_than_a_day(
    failing: Listening, happen: Post, post: Post, receiver: Receiver, asked: str
) -> None:
    receiver.status, receiver.answer_headers = 503, {"Retry-After": asked}
    happen()
    post()
    due_at, opens_at = only_delivery().due_at, failing.fresh.opens_at
    assert due_at
    assert opens_at
    assert due_at - timezone.now() <= timedelta(days=1)
    assert opens_at - timezone.now() <= timedelta(hours=1)


NO_TIMES = [
    "soon",
    "-5",
    "",
    "Fri, 99 Dec 2199",
    "1e9",
    "٣",
    f"1 Jan {'9' * 20} 00:00:00 GMT",
    f"1 Jan 2026 0:0 +{'9' * 20}",
]


@pytest.mark.parametrize("asked", NO_TIMES)
def test_a_retry_after_that_cannot_be_read_is_ignored(
    failing: Listening, happen: Post, post: Post, receiver: Receiver, asked: str
) -> None:
    receiver.status, receiver.answer_headers = 500, {"Retry-After": asked.encode().decode("latin-1")}
    happen()
    post()
    assert WebhookAttempt.objects.get().status == 500


def test_gone_switches_off(listen: Listen, happen: Post, post: Post, receiver: Receiver, acme: Account) -> None:
    receiver.status = 410
    listening = listen()
    happen()
    post()
    endpoint = listening.fresh
    assert (endpoint.state, endpoint.reason) == ("off", "It answered 410 Gone: its owner wants no more calls.")
    assert only_delivery().state == "failed"
    entry = AuditEntry.objects.get(account=acme, action="webhook.switched_off")
    assert (entry.proof, entry.changes["status"]) == ("rule", ["active", "off"])
    happen()
    post()
    assert len(receiver.got) == 1
    assert send_notices() == 1
    [letter] = mail.outbox
    assert "was switched off" in letter.subject
    assert "410 Gone" in letter.body
    assert letter.to == ["alice@acme.example"]


def test_what_happens_while_it_is_off_is_posted_once_it_is_on_again(
    listen: Listen, happen: Post, post: Post, receiver: Receiver
) -> None:
    receiver.status = 410
    listening = listen()
    happen()
    post()
    receiver.status = 200
    happen()
    endpoints.resume(listening.fresh, by=COMMAND)
    post()
    assert [got.json["type"] for got in receiver.got] == ["device.status"] * 2
    assert listening.fresh.state == "active"


def test_owners_are_told_after_a_day_and_it_is_switched_off_after_five(
    failing: Listening, happen: Post, post: Post, later: Later
) -> None:
    for _ in range(6):
        happen()
    post()
    assert send_notices() == 0
    _age(failing, timedelta(days=1))
    later(timedelta(hours=1))
    post()
    assert send_notices() == 1
    assert send_notices() == 0
    assert "fails" in mail.outbox[0].subject
    assert "switched off on" in mail.outbox[0].body
    _age(failing, timedelta(days=4))
    later(timedelta(hours=1))
    post()
    assert failing.fresh.state == "off"
    assert "5 days" in failing.fresh.reason
    assert send_notices() == 1
    assert "was switched off" in mail.outbox[1].subject
    assert WebhookDelivery.objects.filter(state="waiting").count() == 6


def test_one_that_is_seldom_called_is_not_switched_off_before_its_owners_had_a_letter(
    listen: Listen, happen: Post, post: Post, receiver: Receiver
) -> None:
    receiver.status = 500
    failing = listen(retry_schedule=[])
    happen()
    post()
    _age(failing, timedelta(days=6))
    happen()
    post()
    assert (failing.fresh.state, send_notices()) == ("active", 1)
    assert "fails" in mail.outbox[0].subject
    _age(failing, timedelta(days=1))
    happen()
    post()
    assert (failing.fresh.state, send_notices()) == ("off", 1)


def _age(listening: Listening, time: timedelta) -> None:
    endpoint = listening.fresh
    assert endpoint.failing_since
    endpoint.failing_since -= time
    endpoint.warned_at = endpoint.warned_at and endpoint.warned_at - time
    endpoint.save(update_fields=["failing_since", "warned_at"])


def test_a_letter_that_the_mail_server_does_not_take_is_sent_later(
    failing: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    WebhookEndpoint.objects.filter(pk=failing.endpoint.pk).update(notice="failing", failing_since=timezone.now())

    def refuse(letter: mail.EmailMessage) -> int:
        raise OSError("421 Come back later")

    with monkeypatch.context() as patched:
        patched.setattr(mail.EmailMessage, "send", refuse)
        assert send_notices() == 0
    assert send_notices() == 1


def test_a_letter_is_sent_again_where_a_worker_died_while_it_sent_it(
    failing: Listening, monkeypatch: pytest.MonkeyPatch, time_machine: TimeMachineFixture
) -> None:
    mine = WebhookEndpoint.objects.filter(pk=failing.endpoint.pk)
    mine.update(notice="failing", failing_since=timezone.now())

    def die(letter: mail.EmailMessage) -> int:
        raise SystemExit

    with monkeypatch.context() as killed:
        killed.setattr(mail.EmailMessage, "send", die)
        with pytest.raises(SystemExit):
            send_notices()
    assert send_notices() == 0
    time_machine.move_to(timezone.now() + timedelta(minutes=3))
    assert (send_notices(), send_notices()) == (1, 0)
    assert mine.get().notice == ""


def test_a_webhook_that_is_switched_off_while_its_letter_is_sent_is_told_too(
    failing: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = WebhookEndpoint.objects.filter(pk=failing.endpoint.pk)
    mine.update(notice="failing", failing_since=timezone.now())
    with monkeypatch.context() as slow:
        slow.setattr(mail.EmailMessage, "send", lambda letter: mine.update(notice="off"))
        assert send_notices() == 1
    assert send_notices() == 1
    assert "off" in mail.outbox[-1].subject


def test_a_letter_about_single_calls_takes_the_place_of_none_that_says_worse(
    failing: Listening, happen: Post, post: Post
) -> None:
    """A day after the first failure both are due at once where calls are tried for a day."""
    mine = WebhookEndpoint.objects.filter(pk=failing.endpoint.pk)
    mine.update(notice="failing", warned_at=timezone.now(), failing_since=timezone.now(), email="ops@example.com")
    mine.update(retry_after=[])
    happen()
    post()
    assert only_delivery().state == "failed"
    assert send_notices() == 1
    [letter] = mail.outbox
    assert "fails" in letter.subject
    assert letter.to == ["alice@acme.example", "ops@example.com"]


def test_a_redirect_is_a_failure_that_says_what_to_do(
    failing: Listening, happen: Post, post: Post, receiver: Receiver
) -> None:
    receiver.status, receiver.answer_headers = 302, {"Location": "http://169.254.169.254/"}
    happen()
    post()
    assert WebhookAttempt.objects.get().reason == (
        "It answered 302: it redirects, which is not followed. Enter the address it redirects to."
    )
    assert len(receiver.got) == 1


def test_an_address_that_became_private_is_not_called(
    listen: Listen, happen: Post, post: Post, receiver: Receiver, settings: Settings
) -> None:
    listen()
    settings.GATEWAY_WEBHOOK_ALLOW = []
    happen()
    post()
    assert not receiver.got
    attempt = WebhookAttempt.objects.get()
    assert (attempt.status, attempt.reason) == (None, "The address must name a public host.")


def test_one_that_is_paused_gets_what_happened_meanwhile(
    listen: Listen, happen: Post, post: Post, receiver: Receiver
) -> None:
    listening = listen()
    endpoints.pause(listening.endpoint, by=COMMAND)
    happen()
    post()
    assert not receiver.got
    endpoints.resume(listening.endpoint, by=COMMAND)
    post()
    assert len(receiver.got) == 1


def test_a_removed_one_gets_nothing(listen: Listen, happen: Post, post: Post, receiver: Receiver) -> None:
    listening = listen()
    happen()
    endpoints.remove(listening.endpoint, by=COMMAND)
    happen()
    post()
    assert not receiver.got
    assert WebhookDelivery.objects.count() == 1


def test_an_answer_of_any_size_and_kind_is_kept_in_part(
    failing: Listening, happen: Post, post: Post, receiver: Receiver
) -> None:
    receiver.text = b"\x00\xff" + b"x" * 100_000
    receiver.answer_headers = {"Set-Cookie": "session=secret", "X-Long": "y" * 5000}
    happen()
    post()
    attempt = WebhookAttempt.objects.get()
    assert attempt.answer.startswith("��xxx")
    assert len(attempt.answer) == 4096
    assert attempt.answer_headers["set-cookie"] == "••••"
    assert len(attempt.answer_headers["x-long"]) == 1000


def test_an_endpoint_that_is_forgotten_during_a_call_keeps_nobody_waiting(
    listen: Listen, happen: Post, post: Post, receiver: Receiver
) -> None:
    answer = threading.Event()
    receiver.meanwhile = lambda got: answer.wait(10)
    forgotten, other = listen().endpoint, listen().endpoint
    happen()
    posting.post_due()
    endpoints.remove(forgotten, by=COMMAND)
    while prune_webhooks():
        pass
    answer.set()
    post()
    assert not WebhookEndpoint.objects.filter(pk=forgotten.pk).exists()
    assert only_delivery().endpoint_id == other.pk
    assert [attempt.delivery.state for attempt in WebhookAttempt.objects.all()] == ["delivered"]
