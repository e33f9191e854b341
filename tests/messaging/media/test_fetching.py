"""Fetching from links: by lease, tried again, given up, and never a lost recipient."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Account
from messaging import media
from messaging.drafting import Draft, Sender
from messaging.media import fetching
from messaging.models import Media, Message, Recipient
from messaging.sending import accept
from messaging.states import State
from tests.far_end import HOST, FarEnd, always, answer, far_end
from tests.messaging.conftest import Deliver
from tests.messaging.media import files

Picture = Callable[..., Message]
PNG_SAID = answer(files.PNG, headers="Content-Type: image/png\r\n")


@pytest.fixture(autouse=True)
def reachable(settings: Settings) -> None:
    settings.GATEWAY_WEBHOOK_ALLOW = [HOST]


@pytest.fixture
def picture(sender: Sender) -> Picture:
    """Accept a picture at a link and return its row."""

    def send(end: FarEnd, **more: object) -> Message:
        body = {"link": end.url("/a.png")}
        fields = {"to": ["+966500000142"], "kind": "image", "body": body, "fetches_links": True, **more}
        return Message.objects.get(pk=accept(sender, Draft(**fields)).first_id)  # type: ignore[arg-type]

    return send


def state_of(message: Message) -> str:
    return Message.objects.get(pk=message.pk).state


def test_a_planned_fetch_is_there_afterwards(acme: Account) -> None:
    with far_end(always(PNG_SAID)) as end:
        planned = media.plan_fetch(acme, end.url("/häuser/a b.png?x=%20ä"), "image", filename="a.png")
        assert (planned.state, planned.is_there) == ("waiting", False)
        assert (media.fetch_due(), media.fetch_due()) == (1, 0)
    stored = media.find(acme, planned.pk)
    assert (stored.state, stored.mime, stored.filename, stored.due_at) == ("stored", "image/png", "a.png", None)
    assert media.open(stored).read() == files.PNG
    assert end.requests[0].startswith(b"GET /h%C3%A4user/a%20b.png?x=%20%C3%A4 HTTP/1.1\r\n")


@pytest.mark.parametrize(
    ("kind", "data", "said", "mime"),
    [
        ("image", files.PNG, "application/octet-stream", "image/png"),
        ("image", files.PNG, "image/jpeg", "image/png"),
        ("audio", files.MP4, "audio/mp4; codecs=mp4a", "audio/mp4"),
        ("document", files.DOC, "application/vnd.ms-powerpoint", "application/vnd.ms-powerpoint"),
        ("document", files.PDF, "", "application/pdf"),
    ],
)
def test_the_hosts_word_only_chooses_among_what_the_file_may_be(
    acme: Account, kind: str, data: bytes, said: str, mime: str
) -> None:
    with far_end(always(answer(data, headers=f"Content-Type: {said}\r\n" if said else ""))) as end:
        planned = media.plan_fetch(acme, end.url(), kind)
        media.fetch_due()
    assert media.find(acme, planned.pk).mime == mime


def test_one_row_is_fetched_by_one_worker(acme: Account) -> None:
    planned = media.plan_fetch(acme, "https://example.com/", "image")

    assert Media.objects.claim(limit=5, lease=fetching.LEASE) == [planned.pk]
    assert Media.objects.claim(limit=5, lease=fetching.LEASE) == []


def test_what_a_worker_that_died_had_taken_comes_back(acme: Account, picture: Picture, deliver: Deliver) -> None:
    with far_end(always(PNG_SAID)) as end:
        message = picture(end)
        Media.objects.claim(limit=1, lease=fetching.LEASE)
        assert media.fetch_due() == 0
        with time_machine.travel(timezone.now() + fetching.LEASE + timedelta(seconds=1)):
            assert media.fetch_due() == 1
            deliver()
    assert state_of(message) == State.DELIVERED


def test_an_account_with_slow_hosts_leaves_room_for_others(acme: Account, other: Account) -> None:
    for _ in range(5):
        media.plan_fetch(acme, "https://slow.example/", "image")
    theirs = media.plan_fetch(other, "https://fast.example/", "image")

    taken = [Media.objects.claim(limit=1, lease=fetching.LEASE) for _ in range(4)]
    assert theirs.pk in [id for ids in taken for id in ids]
    assert taken[3] == []


def test_recipients_wait_for_the_file_and_are_woken_by_it(picture: Picture, deliver: Deliver) -> None:
    with far_end(always(PNG_SAID)) as end:
        message = picture(end)
        row = message.recipients.get()
        assert row.due_at == Media.objects.get().parked_until
        media.fetch_due()
    row.refresh_from_db()
    assert row.due_at is not None
    assert row.due_at <= timezone.now()
    deliver()
    assert state_of(message) == State.DELIVERED
    assert [entry.event for entry in message.timeline.all()] == ["sent", "delivered"]


def test_a_message_that_is_due_before_its_file_is_put_off_without_a_try(picture: Picture, deliver: Deliver) -> None:
    at = timezone.now() + timedelta(minutes=2)
    with far_end(always(PNG_SAID)) as end:
        message = picture(end, scheduled_at=at)
        with time_machine.travel(at + timedelta(seconds=1)):
            deliver()
            row = message.recipients.get()
            assert (row.state, row.attempts, message.timeline.count()) == (State.ACCEPTED, 0, 0)
            assert row.due_at is not None
            assert timedelta() < row.due_at - timezone.now() <= timedelta(seconds=15)
            media.fetch_due()
        with time_machine.travel(at + timedelta(seconds=20)):
            deliver()
    assert state_of(message) == State.DELIVERED


def test_waiting_for_a_file_does_not_outlive_the_message(picture: Picture, deliver: Deliver) -> None:
    with far_end(always(PNG_SAID)) as end:
        message = picture(end, expires_at=timezone.now() + timedelta(seconds=30))
        with time_machine.travel(timezone.now() + timedelta(minutes=1)):
            media.fetch_due()
            deliver()
    assert state_of(message) == State.EXPIRED


def test_a_template_waits_for_all_its_files(sender: Sender, deliver: Deliver) -> None:
    with far_end(always(PNG_SAID)) as end:
        images = [{"type": "image", "image": {"link": end.url(f"/{n}.png")}} for n in range(2)]
        components = [{"type": "header", "parameters": images}]
        body = {"name": "offer", "language": {"code": "en"}, "components": components}
        id = accept(sender, Draft(to=["+966500000142"], kind="template", body=body, fetches_links=True)).first_id
        media.fetch_due()
        deliver()
        message = Message.objects.get(pk=id)
        assert state_of(message) == State.ACCEPTED
        media.fetch_due()
    with time_machine.travel(timezone.now() + timedelta(seconds=20)):
        deliver()
    assert state_of(message) == State.DELIVERED
    assert len(end.requests) == 2


def test_a_second_worker_that_comes_late_changes_nothing(acme: Account) -> None:
    with far_end(always(PNG_SAID)) as end:
        planned = media.plan_fetch(acme, end.url(), "image")
        late = Media.objects.get(pk=planned.pk)
        media.fetch_due()
    fetching._note(late, fetching._Missed("It broke off.", is_passing=True))
    fetching._note(late, fetching._Missed("It is not there.", is_passing=False))
    assert media.find(acme, planned.pk).state == "stored"


def test_tries_are_spaced_and_their_reason_is_kept(acme: Account) -> None:
    with far_end(always(answer(status="503 Busy"))) as end:
        planned = media.plan_fetch(acme, end.url(), "image")
        media.fetch_due()
        assert media.fetch_due() == 0
    waiting = media.find(acme, planned.pk)
    assert (waiting.state, waiting.attempts, waiting.error) == ("waiting", 1, "The host answered with status 503.")
    assert waiting.due_at is not None
    assert timedelta(seconds=3) < waiting.due_at - timezone.now() <= timedelta(seconds=5)


def test_a_full_account_gets_no_file_by_link_either(acme: Account, settings: Settings) -> None:
    settings.GATEWAY_MEDIA_MEGABYTES = 1
    media.store(acme, files.PNG + bytes(1_000_000))
    with far_end(always(answer(files.PNG + bytes(100_000)))) as end:
        planned = media.plan_fetch(acme, end.url(), "image")
        media.fetch_due()
    assert media.find(acme, planned.pk).error == "The account has no room for more files until older ones are over."


def test_all_recipients_of_a_message_learn_that_its_file_cannot_be_had(picture: Picture, deliver: Deliver) -> None:
    with far_end(always(answer(status="410 Gone"))) as end:
        message = picture(end, to=["+966500000142", "+966500000143"])
        media.fetch_due()
    deliver()
    reasons = {row.error_detail for row in Recipient.objects.filter(message=message)}
    assert reasons == {"Its file could not be fetched. The host answered with status 410."}
    assert state_of(message) == State.FAILED
