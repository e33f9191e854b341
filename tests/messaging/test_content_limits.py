from collections.abc import Callable

import pytest

from messaging.content import LIMITS
from messaging.errors import Refusal
from tests.messaging.contents import (
    LINK,
    Body,
    buttons,
    checked,
    contact,
    cta,
    encoded,
    kind_of,
    listing,
    refusal,
    section,
    template,
    with_part,
)

AT: dict[str, Callable[[int], Body]] = {
    "text.body": lambda n: {"text": {"body": "ж" * n}},
    "caption": lambda n: {"image": {"link": LINK, "caption": "😀" * n}},
    "filename": lambda n: {"document": {"link": LINK, "filename": "f" * n}},
    "link": lambda n: {"image": {"link": LINK.ljust(n, "x")}},
    "id": lambda n: {"reaction": {"message_id": "m" * n, "emoji": "👍"}},
    "line": lambda n: {"location": {"latitude": 1, "longitude": 2, "name": "n" * n}},
    "image.data": lambda n: {"image": {"data": encoded(n)}},
    "video.data": lambda n: {"video": {"data": encoded(n), "mime": "video/mp4"}},
    "audio.data": lambda n: {"audio": {"data": encoded(n)}},
    "document.data": lambda n: {"document": {"data": encoded(n), "filename": "a.pdf"}},
    "sticker.data": lambda n: {"sticker": {"data": encoded(n), "mime": "image/webp"}},
    "attachment.data": lambda n: {"email": {"subject": "s", "attachments": [{"data": encoded(n)}]}},
    "email.subject": lambda n: {"email": {"subject": "s" * n}},
    "email.body": lambda n: {"email": {"subject": "s", "body": "b" * n}},
    "email.attachments": lambda n: {"email": {"subject": "s", "attachments": [{"id": "1"}] * n}},
    "voice.body": lambda n: {"voice": {"body": "b" * n}},
    "data_sms": lambda n: {"data": {"data": "A" * (n // 4 * 4), "port": 1}},
    "contacts": lambda n: {"contacts": [contact()] * n},
    "reaction.emoji": lambda n: {"reaction": {"message_id": "m", "emoji": "👍" * n}},
    "interactive.header": lambda n: with_part(buttons(), "header", {"type": "text", "text": "h" * n}),
    "interactive.body": lambda n: with_part(buttons(), "body", {"text": "b" * n}),
    "interactive.footer": lambda n: with_part(buttons(), "footer", {"text": "f" * n}),
    "buttons": buttons,
    "button.id": lambda n: buttons(id="i" * n),
    "button.title": lambda n: buttons(title="t" * n),
    "list.body": lambda n: listing(body="b" * n),
    "list.button": lambda n: listing(button="b" * n),
    "list.sections": lambda n: listing(*(section(f"S{i}") for i in range(n))),
    "list.rows": lambda n: listing(section("A", 4), section("B", n - 4)),
    "section.title": lambda n: listing(section("s" * n)),
    "row.id": lambda n: listing(section("A", id="i" * n)),
    "row.title": lambda n: listing(section("A", title="t" * n)),
    "row.description": lambda n: listing(section("A", description="d" * n)),
    "cta_url.display_text": lambda n: cta("d" * n),
    "template.name": lambda n: template(name="n" * n),
    "template.text": lambda n: template({"type": "text", "text": "t" * n}),
    "template.payload": lambda n: template({"type": "payload", "payload": "p" * n}),
    "template.coupon_code": lambda n: template({"type": "coupon_code", "coupon_code": "c" * n}),
}


# Those of files that are stored apart are held in the tests of media.
HERE = [name for name in LIMITS if not name.endswith(".file")]


def test_every_limit_has_its_example_here() -> None:
    assert AT.keys() == set(HERE)


@pytest.mark.parametrize("name", HERE)
def test_takes_what_is_at_its_limit(name: str) -> None:
    body = AT[name](LIMITS[name])
    assert checked(body) == body


@pytest.mark.parametrize("name", HERE)
def test_refuses_one_more_than_the_limit_and_says_the_limit(name: str) -> None:
    body = AT[name](LIMITS[name] + 1)
    refused = refusal(kind_of(body), body[kind_of(body)])
    assert refused.refusal in {Refusal.TOO_LONG, Refusal.INVALID, Refusal.MEDIA_TOO_LARGE}
    assert refused.params == {"limit": LIMITS[name]}
    assert refused.field is not None
    assert refused.field.split(".")[0] == kind_of(body)


@pytest.mark.parametrize(
    ("name", "argument", "limit", "code"),
    [
        ("text.body", "text_limit", 65_535, Refusal.TOO_LONG),
        ("text.body", "text_limit", 5, Refusal.TOO_LONG),
        ("caption", "caption_limit", 4000, Refusal.TOO_LONG),
        ("image.data", "data_limit", 6_000_000, Refusal.MEDIA_TOO_LARGE),
    ],
)
def test_an_edge_may_bring_a_limit_of_its_own(name: str, argument: str, limit: int, code: Refusal) -> None:
    body = AT[name](limit)
    assert checked(body, **{argument: limit}) == body
    refused = refusal(kind_of(body), AT[name](limit + 1)[kind_of(body)], **{argument: limit})
    assert (refused.refusal, refused.params) == (code, {"limit": limit})
