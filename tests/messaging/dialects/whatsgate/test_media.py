"""Media by base64 and by link: kept once, fetched by us, and handed over only when it is there."""

from base64 import b64encode

import pytest
from pytest_django import Settings

from accounts.audit import COMMAND
from accounts.models import Account
from messaging import media, sending
from messaging.models import Media, Message
from messaging.states import State
from tests.far_end import HOST, always, answer, far_end
from tests.messaging.conftest import Deliver
from tests.messaging.dialects.whatsgate.asking import Ask

WHO = {"sender_device": "123456789", "phone": "987654321"}
MANY = [f"98765{i:04}" for i in range(100)]
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
PNG_SAID = answer(PNG, headers="Content-Type: image/png\r\n")


@pytest.fixture(autouse=True)
def reachable(settings: Settings) -> None:
    settings.GATEWAY_WEBHOOK_ALLOW = [HOST]


def base64(data: bytes) -> str:
    return b64encode(data).decode()


def only_message() -> Message:
    return Message.objects.get()


def test_base64_is_kept_once_and_stands_in_no_row(ask: Ask, acme: Account) -> None:
    picture = PNG + b"\1" * 1_000_000
    got = ask("send/image", {**WHO, "phone": MANY, "media": base64(picture), "caption": "Look"})

    assert got.status == 200
    stored = Media.objects.get()
    assert (stored.mime, stored.size, stored.kind, stored.state) == ("image/png", len(picture), "image", "stored")
    assert media.open(stored).read() == picture
    contents = list(Message.objects.values_list("content", flat=True))
    assert contents == [{"id": str(stored.pk), "caption": "Look"}] * 100


def test_a_link_is_answered_at_once_and_its_file_comes_before_the_message(ask: Ask, deliver: Deliver) -> None:
    with far_end(always(PNG_SAID)) as end:
        got = ask("send/image", {**WHO, "media": end.url("/a.png")})
        assert (got.status, end.requests) == (200, [])
        deliver()
        assert (only_message().state, only_message().recipients.get().attempts) == (State.ACCEPTED, 0)

        assert media.fetch_due() == 1
    deliver()
    assert only_message().state == State.DELIVERED
    stored = Media.objects.get()
    assert (stored.state, stored.mime, media.open(stored).read()) == ("stored", "image/png", PNG)


def test_a_link_to_a_hundred_phones_is_fetched_once(ask: Ask, deliver: Deliver) -> None:
    with far_end(always(PNG_SAID)) as end:
        ask("send/image", {**WHO, "phone": MANY, "media": end.url("/a.png")})
        while media.fetch_due():
            pass
        assert len(end.requests) == 1
    deliver()
    assert set(Message.objects.values_list("state", flat=True)) == {State.DELIVERED}


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (answer(status="404 Not Found"), "The host answered with status 404."),
        (answer(b"<!DOCTYPE html><p>Sign in", headers="Content-Type: image/png\r\n"), "The file must be, by its"),
        (answer(PNG + bytes(5 * 1024 * 1024)), "There is more of it than 5242880 bytes."),
    ],
)
def test_a_file_that_cannot_be_had_fails_the_message_with_its_reason(
    ask: Ask, deliver: Deliver, said: bytes, reason: str
) -> None:
    with far_end(always(said)) as end:
        got = ask("send/image", {**WHO, "media": end.url()})
        while media.fetch_due():
            pass
        deliver()

    assert len(end.requests) == 1
    failed = ask(f"messages/{got.body['id']}").body["data"]
    assert failed["status"] == "failed"
    assert failed["error"].startswith(f"Its file could not be fetched. {reason}")
    entry = only_message().timeline.get()
    assert (entry.event, entry.code) == ("failed", "media_failed")


@pytest.mark.parametrize(
    "link", ["http://169.254.169.254/latest/meta-data", "http://127.0.0.1:8000/", "http://2130706433/"]
)
def test_a_link_into_the_operators_network_is_never_asked(ask: Ask, deliver: Deliver, link: str) -> None:
    assert ask("send/image", {**WHO, "media": link}).status == 200
    media.fetch_due()
    deliver()

    assert only_message().state == State.FAILED
    assert "must name a public host" in only_message().recipients.get().error_detail


def test_a_host_that_is_down_is_tried_again(ask: Ask, deliver: Deliver, at_once: None) -> None:
    said = [answer(status="503 Busy"), answer(status="503 Busy"), PNG_SAID]
    with far_end(lambda stream, request: stream.sendall(said.pop(0))) as end:
        ask("send/image", {**WHO, "media": end.url()})
        while media.fetch_due():
            deliver()
    deliver()

    assert (only_message().state, len(end.requests)) == (State.DELIVERED, 3)


def test_a_host_that_stays_down_fails_the_message_in_the_end(ask: Ask, deliver: Deliver, at_once: None) -> None:
    with far_end(always(answer(status="500 Broken"))) as end:
        ask("send/image", {**WHO, "media": end.url()})
        while media.fetch_due():
            pass
    deliver()

    assert len(end.requests) == 4
    assert only_message().recipients.get().error_detail.endswith("The host answered with status 500.")


@pytest.mark.parametrize(
    ("sort", "given"),
    [
        ("image", base64(b"<!DOCTYPE html><script>")),
        ("image", f"data:image/png;base64,{base64(b'<svg onload=x>')}"),
        ("image", f"data:image/jpeg;base64,{base64(PNG)}"),
        ("video", base64(PNG)),
        ("file", base64(b"MZ" + bytes(100))),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_refused(ask: Ask, sort: str, given: str) -> None:
    got = ask(f"send/{sort}", {**WHO, "media": given})

    assert got.status == 422
    assert got.body["message"].startswith("The media must be a file of type: ")
    assert list(got.body["errors"]) == ["media"]
    assert not Media.objects.exists()


def test_a_request_that_is_refused_stores_nothing(ask: Ask) -> None:
    assert ask("send/image", {**WHO, "phone": "12", "media": base64(PNG)}).status == 422
    assert ask("send/image", {**WHO, "phone": "12", "media": "https://example.com/"}).status == 422
    assert not Media.objects.exists()


def test_a_repeat_stores_and_fetches_nothing_more(ask: Ask) -> None:
    for given in (base64(PNG), "https://example.com/a.png"):
        first, again = (ask("send/image", {**WHO, "media": given}, **{"Idempotency-Key": given[:20]}) for _ in range(2))
        assert first.body == again.body
    assert Media.objects.count() == 2


def test_an_account_without_room_is_told_so(ask: Ask, settings: Settings) -> None:
    settings.GATEWAY_MEDIA_MEGABYTES = 1
    large = base64(PNG + bytes(600_000))

    assert ask("send/image", {**WHO, "media": large}).status == 200
    assert ask("send/image", {**WHO, "media": large}).status == 422


def test_a_cancelled_message_does_not_wait_for_its_file(ask: Ask, deliver: Deliver) -> None:
    with far_end(always(PNG_SAID)) as end:
        ask("send/image", {**WHO, "media": end.url()})
        sending.cancel(only_message(), by=COMMAND)
        media.fetch_due()
    deliver()
    assert only_message().state == State.CANCELLED
