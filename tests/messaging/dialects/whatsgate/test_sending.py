"""The six kinds of message, the three forms of a body, several recipients, repeats."""

from base64 import b64encode
from typing import Any
from urllib.parse import urlencode

import pytest

from accounts.models import Account, Plan
from messaging import media
from messaging.models import Device, Media, Message
from messaging.states import State
from tests.messaging.conftest import Deliver
from tests.messaging.dialects.whatsgate.asking import Ask
from tests.messaging.dialects.whatsgate.conftest import Issue
from tokens.authentication import forget

Hello = dict[str, str]
WHO = {"sender_device": "123456789", "phone": "987654321"}
PICTURE = "iVBORw0KGgo="
SOUND = b64encode(b"OggS" + bytes(60)).decode()
PAPER = b64encode(b"%PDF-1.7\n" + bytes(60)).decode()


@pytest.mark.parametrize(
    ("sort", "fields", "kind", "content", "said"),
    [
        ("text", {"message": "Hi"}, "text", {"body": "Hi"}, "Message"),
        ("image", {"media": "https://e.example/a.png"}, "image", {}, "Image"),
        (
            "image",
            {"media": f"data:image/png;base64,{PICTURE}", "caption": "A dot"},
            "image",
            {"caption": "A dot"},
            "Image",
        ),
        ("video", {"media": "http://e.example/a.mp4"}, "video", {}, "Video"),
        ("audio", {"media": SOUND, "caption": "left out"}, "audio", {}, "Audio"),
        ("file", {"media": "https://e.example/a.pdf", "filename": "a.pdf"}, "document", {"filename": "a.pdf"}, "File"),
        ("document", {"media": PAPER}, "document", {}, "File"),
        (
            "location",
            {"latitude": 24.7, "longitude": "46.7", "name": "Riyadh"},
            "location",
            {"latitude": 24.7, "longitude": 46.7, "name": "Riyadh"},
            "Location",
        ),
        ("location", {"lat": 0, "lng": 1}, "location", {"latitude": 0.0, "longitude": 1.0}, "Location"),
        ("location", {"lat": 0, "long": 1}, "location", {"latitude": 0.0, "longitude": 1.0}, "Location"),
    ],
)
def test_each_kind_is_sent(
    ask: Ask, sort: str, fields: dict[str, Any], kind: str, content: dict[str, Any], said: str
) -> None:
    answer = ask(f"send/{sort}", {**WHO, **fields})

    message = Message.objects.get()
    assert (answer.status, answer.body["message"]) == (200, f"{said} sent successfully")
    stored = Media.objects.first()
    assert (message.kind, message.content) == (kind, content | ({"id": str(stored.pk)} if stored else {}))


def test_a_message_reaches_its_recipient(ask: Ask, hello: Hello, deliver: Deliver) -> None:
    ask("send/text/", hello)
    deliver()

    assert Message.objects.get().state == State.DELIVERED


def test_a_form_is_read_like_json(ask: Ask, hello: Hello) -> None:
    answer = ask("send/text", urlencode(hello).encode(), content_type="application/x-www-form-urlencoded")

    assert answer.status == 200
    assert Message.objects.get().content == {"body": hello["message"]}


def test_a_form_lists_recipients_as_php_does(ask: Ask, hello: Hello) -> None:
    form = [("phone[]", "987654321"), ("phone[]", "987654322"), *((k, v) for k, v in hello.items() if k != "phone")]

    answer = ask("send/text", urlencode(form).encode(), content_type="application/x-www-form-urlencoded")

    assert answer.body["message"] == "Message will be sent to 2 phone numbers"


def multipart(fields: dict[str, str], file: bytes = b"") -> bytes:
    parts = [f'--X\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in fields.items()]
    head = b'--X\r\nContent-Disposition: form-data; name="media"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
    return b"".join(parts) + (head + file + b"\r\n" if file else b"") + b"--X--\r\n"


def test_a_multipart_form_is_read_like_json(ask: Ask, hello: Hello) -> None:
    answer = ask("send/text", multipart(hello), content_type="multipart/form-data; boundary=X")

    assert answer.status == 200
    assert Message.objects.get().content == {"body": hello["message"]}


def test_a_multipart_form_may_carry_the_file_itself(ask: Ask, acme: Account) -> None:
    answer = ask("send/image", multipart(WHO, b"\x89PNG\r\n\x1a\n"), content_type="multipart/form-data; boundary=X")

    assert answer.status == 200
    stored = media.find(acme, int(Message.objects.get().content["id"]))
    assert (stored.mime, media.open(stored).read()) == ("image/png", b"\x89PNG\r\n\x1a\n")


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"--X--"),
        ("multipart/form-data; boundary=X", b"--X\r\nnonsense"),
        ("multipart/form-data; boundary=X; charset=nowhere", b"\xff\xfe"),
        ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % i for i in range(1001))),
        ("application/x-www-form-urlencoded; charset=nowhere", b"%ff=%00&phone=%ED%A0%80"),
        ("application/json", b'["a list"]'),
        ("application/json", b""),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(ask: Ask, content_type: str, body: bytes) -> None:
    answer = ask("send/text", body, content_type=content_type)

    assert 400 <= answer.status < 500
    assert answer.body["success"] is False
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    "phone", ["987654321,987654322", ["987654321", "+98 765-43(22)"], "987654321, 987654321,987654322"]
)
def test_several_recipients_get_a_message_each(ask: Ask, hello: Hello, phone: Any) -> None:
    answer = ask("send/text", {**hello, "phone": phone})

    messages = Message.objects.order_by("pk")
    assert len(messages) == 2
    assert answer.body == {
        "success": True,
        "message": "Message will be sent to 2 phone numbers",
        "ids": [str(message.pk) for message in messages],
    }


def test_one_bad_number_stops_the_whole_request(ask: Ask, hello: Hello) -> None:
    answer = ask("send/text", {**hello, "phone": "987654321,nobody"})

    assert (answer.status, answer.body["message"]) == (422, "Invalid phone number format")
    assert answer.body["errors"] == {"phone": ["Invalid phone number format"]}
    assert not Message.objects.exists()


def test_at_most_a_hundred_recipients(ask: Ask, hello: Hello) -> None:
    phones = [f"98765{i:04}" for i in range(101)]

    assert ask("send/text", {**hello, "phone": phones}).body["message"] == "The phone may not have more than 100 items."
    assert ask("send/text", {**hello, "phone": phones[:100]}).status == 200


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sender_device": None}, "The sender device field is required."),
        ({"sender_device": "555"}, "The selected sender device is invalid."),
        ({"sender_device": 123456789}, "The selected sender device is invalid."),
        ({"sender_device": "no1no2no3no456789"}, "The selected sender device is invalid."),
        ({"phone": None}, "The phone field is required."),
        ({"phone": ""}, "The phone field is required."),
        ({"phone": []}, "The phone field is required."),
        ({"phone": 987654321}, "The phone must be a string or a list of strings."),
        ({"phone": [987654321]}, "Invalid phone number format"),
        ({"phone": "12"}, "Invalid phone number format"),
        ({"message": None}, "The message field is required."),
        ({"message": ""}, "The message field is required."),
        ({"message": 5}, "The message must be a text."),
        ({"message": "a" * 4001}, "The message may not be greater than 4000 characters."),
    ],
)
def test_a_wrong_field_is_named(ask: Ask, hello: Hello, change: dict[str, Any], message: str) -> None:
    answer = ask("send/text", {**hello, **change})

    assert (answer.status, answer.body["message"]) == (422, message)
    assert list(answer.body["errors"].values()) == [[message]]
    assert set(answer.body["errors"]) == set(change)
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("sort", "fields", "message"),
    [
        ("image", {}, "The media field is required."),
        ("image", {"media": "ftp://e.example/a.png"}, "The media must be an http or https address."),
        ("image", {"media": "not base64!"}, "The media must be base64 text."),
        (
            "image",
            {"media": "https://e.example/a", "caption": "a" * 4001},
            "The caption may not be greater than 4000 characters.",
        ),
        (
            "image",
            {"media": f"data:text/html;base64,{PICTURE}"},
            "The media must be a file of type: image/jpeg, image/jpg, image/png.",
        ),
        ("location", {"lat": 91, "lng": 0}, "The latitude must be a number from -90 to 90."),
        ("location", {"lat": 1}, "The longitude field is required."),
    ],
)
def test_wrong_media_and_places_are_refused(ask: Ask, sort: str, fields: dict[str, Any], message: str) -> None:
    answer = ask(f"send/{sort}", {**WHO, **fields})

    assert (answer.status, answer.body["message"]) == (422, message)


def test_4000_characters_are_taken(ask: Ask, hello: Hello) -> None:
    assert ask("send/text", {**hello, "message": "ä" * 4000}).status == 200
    assert ask("send/image", {**WHO, "media": "https://e.example/a", "caption": "ä" * 4000}).status == 200


def test_media_inside_a_request_may_be_larger_than_other_bodies(ask: Ask, hello: Hello) -> None:
    large = PAPER + "A" * 4 * 1024 * 1024

    assert ask("send/file", {**WHO, "media": large}).status == 200
    assert ask("send/text", {**hello, "more": large}).status == 413


def test_a_sandbox_token_never_leaves_the_sandbox(
    ask: Ask, hello: Hello, issue: Issue, acme: Account, sandbox: Device
) -> None:
    Device.objects.create(account=acme, name="Office", number="+4915112345678", transport="sandbox")

    answer = ask("send/text", {**hello, "sender_device": "+49 151 12345678"}, token=issue(type="sandbox"))

    assert answer.status == 200
    assert Message.objects.get().device == sandbox


def test_another_accounts_device_is_as_good_as_none(ask: Ask, hello: Hello, other: Account) -> None:
    Device.objects.create(account=other, name="Theirs", number="+4915112345678", transport="sandbox")

    answer = ask("send/text", {**hello, "sender_device": "4915112345678"})

    assert (answer.status, answer.body["message"]) == (422, "The selected sender device is invalid.")


def test_a_device_that_was_never_linked_cannot_send(ask: Ask, hello: Hello, acme: Account) -> None:
    Device.objects.create(
        account=acme, name="New", number="+4915112345678", transport="sandbox", status=Device.Status.NOT_CONNECTED
    )

    answer = ask("send/text", {**hello, "sender_device": "4915112345678"})

    assert (answer.status, answer.body["message"]) == (400, "device is not connected")


def test_a_used_up_day_is_an_insufficient_balance(ask: Ask, hello: Hello, acme: Account) -> None:
    acme.plan = Plan.objects.create(code="tiny", name="Tiny", requests_per_second=100, messages_per_day=1)
    acme.save(update_fields=["plan"])
    forget()

    assert ask("send/text", hello).status == 200
    answer = ask("send/text", hello)
    assert (answer.status, answer.body["message"]) == (400, "insufficient balance")


def test_a_key_makes_a_repeat_harmless(ask: Ask, hello: Hello) -> None:
    first, again = (ask("send/text", hello, **{"Idempotency-Key": "order 7"}) for _ in range(2))

    assert first.body == again.body
    assert Message.objects.count() == 1
    other = ask("send/text", {**hello, "message": "Something else"}, **{"Idempotency-Key": "order 7"})
    assert (other.status, other.body["success"]) == (422, False)


def test_the_same_text_twice_is_two_messages(ask: Ask, hello: Hello) -> None:
    ask("send/text", hello)
    ask("send/text", hello)

    assert Message.objects.count() == 2
