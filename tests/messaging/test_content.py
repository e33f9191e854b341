import copy
import json
import math
import timeit
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.content import KINDS, check, read_media, summary
from messaging.errors import Refusal, Refused
from tests.messaging.contents import (
    ELSEWHERE,
    GOOD,
    LINK,
    Body,
    buttons,
    checked,
    contact,
    cta,
    kind_of,
    listing,
    refusal,
    section,
    template,
    with_part,
)


@pytest.mark.parametrize("body", [*GOOD, *ELSEWHERE])
def test_keeps_good_content_as_it_is(body: Body) -> None:
    given = copy.deepcopy(body)
    assert checked(body) == body == given


def test_has_an_example_of_every_kind() -> None:
    assert {kind_of(body) for body in [*GOOD, *ELSEWHERE]} == KINDS.keys()


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        (
            {"text": {"body": "Hi", "preview_url": None, "other": {"a": "\0"}}, "to": "1"},
            {"text": {"body": "Hi"}},
        ),
        ({"image": {"link": LINK, "id": "", "caption": ""}}, {"image": {"link": LINK}}),
        ({"audio": {"link": LINK, "caption": "none here"}}, {"audio": {"link": LINK}}),
        (
            {"image": {"data": "data:image/PNG;charset=x;base64,AA\r\nAA"}},
            {"image": {"data": "AAAA", "mime": "image/png"}},
        ),
        ({"image": {"data": "data:;base64,AAAA"}}, {"image": {"data": "AAAA"}}),
        (
            {"audio": {"link": LINK, "mime": "audio/ogg; codecs=opus"}},
            {"audio": {"link": LINK, "mime": "audio/ogg"}},
        ),
        (
            {"location": {"latitude": "41.01", "longitude": "-28"}},
            {"location": {"latitude": 41.01, "longitude": -28.0}},
        ),
        (
            template(type="button", sub_type="url", index=3),
            template(type="button", sub_type="url", index="3"),
        ),
        (
            {"template": {"name": "a", "language": {"code": "en", "policy": "deterministic"}}},
            {"template": {"name": "a", "language": {"code": "en"}}},
        ),
    ],
)
def test_brings_content_into_one_form(body: Body, kept: Body) -> None:
    assert checked(body) == kept


def test_writes_coordinates_as_floats() -> None:
    place = check("location", {"latitude": 41, "longitude": "28"})
    assert [type(value) for value in place.values()] == [float, float]


DEEP: Any = "x"
for _ in range(5000):
    DEEP = {"text": DEEP, "interactive": [DEEP]}


def each(code: Refusal, field: str, make: Callable[[Any], Body], *values: Any) -> list[tuple[Refusal, str, Body]]:
    return [(code, field, make(value)) for value in values]


BAD: list[tuple[Refusal, str, Body]] = [
    (Refusal.REQUIRED, "text", {"text": None}),
    (Refusal.REQUIRED, "text.body", {"text": {}}),
    (Refusal.REQUIRED, "text.body", {"text": {"body": ""}}),
    *each(
        Refusal.INVALID, "text.body", lambda body: {"text": {"body": body}}, 1, True, ["a"], {"a": 1}, "a\0b", "\ud800"
    ),
    *each(Refusal.INVALID, "text", lambda text: {"text": text}, "Hi", 1, True, ["Hi"]),
    *each(
        Refusal.INVALID,
        "text.preview_url",
        lambda flag: {"text": {"body": "Hi", "preview_url": flag}},
        1,
        "true",
        0,
        [],
    ),
    (Refusal.INVALID, "text.body", {"text": {"body": DEEP}}),
    (Refusal.INVALID, "interactive.header.type", with_part(buttons(), "header", {"type": DEEP})),
    (Refusal.REQUIRED, "image.link", {"image": {}}),
    (Refusal.REQUIRED, "image.link", {"image": {"link": "", "caption": "c"}}),
    (Refusal.INVALID, "image", {"image": {"link": LINK, "id": "1"}}),
    (Refusal.INVALID, "image", {"image": LINK}),
    *each(
        Refusal.INVALID,
        "video.link",
        lambda link: {"video": {"link": link}},
        "ftp://example.org/a",
        "javascript:alert(1)",
        "example.org",
        "https://",
        "https:///a",
        "https://a b/",
        "https://a:x/",
        "https://[::1",
        "https://a/\n",
        "https://a/\0",
        "https://a/\udfff",
        "//example.org",
        7,
        [],
        "https://:80/",
    ),
    *each(
        Refusal.INVALID,
        "image.data",
        lambda data: {"image": {"data": data}},
        "A",
        "AAA",
        "AA=A",
        "AAAA=",
        "AAAAé",
        "A*AA",
        "\ud800",
        "AA\0A",
        5,
        {},
        "data:image/png,AAAA",
        "data:image/png;base64",
    ),
    (Refusal.REQUIRED, "image.data", {"image": {"data": "data:image/png;base64,"}}),
    (Refusal.MEDIA_FORMAT, "image.mime", {"image": {"data": "data:image/gif;base64,AAAA"}}),
    (Refusal.MEDIA_FORMAT, "sticker.mime", {"sticker": {"data": "AAAA", "mime": "image/png"}}),
    (Refusal.MEDIA_FORMAT, "document.mime", {"document": {"link": LINK, "mime": "application/x-msdownload"}}),
    (Refusal.INVALID, "audio.mime", {"audio": {"data": "AAAA", "mime": 1}}),
    (Refusal.INVALID, "document.filename", {"document": {"link": LINK, "filename": "a\0"}}),
    (Refusal.REQUIRED, "location.latitude", {"location": {"longitude": 1}}),
    *each(
        Refusal.INVALID,
        "location.latitude",
        lambda value: {"location": {"latitude": value, "longitude": 1}},
        90.01,
        -91,
        10**400,
        True,
        math.nan,
        math.inf,
        -math.inf,
        "nan",
        "1e1",
        "",
        "٤١",
        "9" * 10_000,
        "0x10",
        " 1",
        [],
        {},
    ),
    (Refusal.INVALID, "location.longitude", {"location": {"latitude": 1, "longitude": 180.5}}),
    (Refusal.REQUIRED, "contacts", {"contacts": []}),
    (Refusal.REQUIRED, "contacts", {"contacts": {"name": 1}}),
    (Refusal.INVALID, "contacts", {"contacts": "Bob"}),
    (Refusal.REQUIRED, "contacts.1.name", {"contacts": [contact(), {}]}),
    (Refusal.REQUIRED, "contacts.0.name.formatted_name", {"contacts": [{"name": {"first_name": "B"}}]}),
    (Refusal.REQUIRED, "contacts.0.name.first_name", {"contacts": [{"name": {"formatted_name": "B"}}]}),
    (Refusal.INVALID, "contacts.0.phones.0.phone", {"contacts": [contact(phones=[{"phone": 555}])]}),
    (Refusal.INVALID, "contacts.0.org.company", {"contacts": [contact(org={"company": "\udc00"})]}),
    *each(
        Refusal.INVALID,
        "contacts.0.birthday",
        lambda day: {"contacts": [contact(birthday=day)]},
        "19901231",
        "1990-02-30",
        "0000-01-01",
        "1990-W01-1",
        "١٩٩٠-١٢-٣١",
        1990,
        "1990-12-31\n",
    ),
    (Refusal.REQUIRED, "reaction.emoji", {"reaction": {"message_id": "m"}}),
    (Refusal.REQUIRED, "reaction.message_id", {"reaction": {"message_id": "", "emoji": "👍"}}),
    (Refusal.REQUIRED, "interactive.type", {"interactive": {}}),
    (Refusal.INVALID, "interactive.type", {"interactive": {"type": "flow"}}),
    (Refusal.REQUIRED, "interactive.body", {"interactive": {"type": "button"}}),
    (Refusal.REQUIRED, "interactive.action.buttons", buttons(0)),
    (Refusal.INVALID, "interactive.action.buttons", buttons(2, id="same")),
    (Refusal.INVALID, "interactive.action.buttons", buttons(2, title="same")),
    (
        Refusal.INVALID,
        "interactive.header.type",
        with_part(listing(), "header", {"type": "image", "image": {"link": LINK}}),
    ),
    (
        Refusal.REQUIRED,
        "interactive.action.sections.1.title",
        listing(section("A"), {"rows": [{"id": "1", "title": "1"}]}),
    ),
    (Refusal.REQUIRED, "interactive.action.sections.0.rows", listing(section("A", 0))),
    (Refusal.INVALID, "interactive.action.sections", listing(section("A"), section("A"))),
    (Refusal.INVALID, "interactive.action.parameters.url", cta(url="tel:1")),
    *each(Refusal.INVALID, "template.name", lambda name: template(name=name), "Hello", "a b", "a\n", "é"),
    *each(
        Refusal.INVALID,
        "template.language.code",
        lambda code: {"template": {"name": "a", "language": {"code": code}}},
        "e",
        "english",
        "en_",
        "en US",
        "en_US\n",
    ),
    (
        Refusal.INVALID,
        "template.components",
        {"template": {"name": "a", "language": {"code": "en"}, "components": {"a": 1}}},
    ),
    (Refusal.INVALID, "template.components.0.type", template(type="footer")),
    (Refusal.REQUIRED, "template.components.0.sub_type", template(type="button", index=0)),
    *each(
        Refusal.INVALID,
        "template.components.0.index",
        lambda index: template(type="button", sub_type="url", index=index),
        10,
        -1,
        True,
        1.0,
        "01",
        10**5000,
        [],
    ),
    (Refusal.INVALID, "template.components.0.parameters.0.type", template({"type": "action"})),
    *each(
        Refusal.INVALID,
        "template.components.0.parameters.0.currency.amount_1000",
        lambda amount: template(
            {"type": "currency", "currency": {"fallback_value": "1", "code": "EUR", "amount_1000": amount}}
        ),
        1.5,
        True,
        "1",
        2**63,
        -(10**5000),
    ),
]


@pytest.mark.parametrize(("code", "field", "body"), BAD, ids=[f"{code}-{field}" for code, field, _ in BAD])
def test_refuses_bad_content_and_names_the_field(code: Refusal, field: str, body: Body) -> None:
    refused = refusal(kind_of(body), body[kind_of(body)])
    assert (refused.refusal, refused.field) == (code, field)
    assert len(refused.detail) < 600


@pytest.mark.parametrize("kind", ["", "fax", "Text", "t" * 10_000, "\ud800", None, 1, ["text"], {}])
def test_refuses_a_kind_that_does_not_exist(kind: object) -> None:
    assert refusal(kind, {"fax": {}}).refusal is Refusal.KIND


@pytest.mark.parametrize("kind", KINDS)
def test_misses_the_object_named_after_the_kind(kind: str) -> None:
    refused = refusal(kind, None)
    assert (refused.refusal, refused.field) == (Refusal.REQUIRED, kind)


def test_holds_contacts_as_an_object_like_the_other_kinds() -> None:
    assert check("contacts", [contact()]) == check("contacts", {"contacts": [contact()]}) == {"contacts": [contact()]}


def test_does_not_repeat_what_was_written() -> None:
    for body in (
        {"text": {"body": "secret\0"}},
        {"image": {"link": "secret"}},
        {"interactive": {"type": "secret"}},
    ):
        refused = refusal(kind_of(body), body[kind_of(body)])
        assert "secret" not in refused.detail + str(refused.params)


def test_checks_a_plain_text_in_microseconds() -> None:
    assert min(timeit.repeat(lambda: check("text", {"body": "Your code is 123456."}), number=1000, repeat=5)) < 0.05


@pytest.mark.parametrize(
    ("written", "media"),
    [
        (LINK, {"link": LINK}),
        ("ftp://example.org", {"link": "ftp://example.org"}),
        ("AAAA", {"data": "AAAA"}),
        ("data:image/png;base64,AAAA", {"data": "AAAA", "mime": "image/png"}),
        ("DATA:audio/ogg;codecs=opus;BASE64,AAAA", {"data": "AAAA", "mime": "audio/ogg"}),
        ("data:;base64,AAAA", {"data": "AAAA"}),
    ],
)
def test_tells_an_address_from_base64(written: str, media: dict[str, str]) -> None:
    assert read_media(written) == media


@pytest.mark.parametrize(
    ("written", "code"),
    [
        (None, Refusal.REQUIRED),
        ("", Refusal.REQUIRED),
        (5, Refusal.INVALID),
        (["a"], Refusal.INVALID),
        ("data:image/png,AAAA", Refusal.INVALID),
        ("data:" + "a" * 300 + ";base64,AAAA", Refusal.INVALID),
    ],
)
def test_refuses_media_that_is_neither(written: object, code: Refusal) -> None:
    with pytest.raises(Refused) as refused:
        read_media(written, "media")
    assert (refused.value.refusal, refused.value.field) == (code, "media")


@pytest.mark.parametrize(
    ("kind", "content", "words"),
    [
        ("text", {"body": "Hi"}, "Hi"),
        ("image", {"link": LINK, "caption": "Us"}, "Us"),
        ("image", {"link": LINK}, "Image"),
        ("document", {"id": "1", "filename": "a.pdf"}, "a.pdf"),
        ("location", {"latitude": 1, "longitude": 2, "address": "1 Way"}, "1 Way"),
        ("contacts", {"contacts": [contact()]}, "Bob B"),
        ("reaction", {"message_id": "m", "emoji": "👍"}, "👍"),
        ("reaction", {"message_id": "m", "emoji": ""}, "Reaction"),
        ("interactive", buttons()["interactive"], "Well?"),
        ("template", template()["template"], "order_update"),
        ("text", {}, "Text"),
    ],
)
def test_says_what_a_list_shows(kind: str, content: Body, words: str) -> None:
    assert summary(kind, content) == words


def mangled(value: Any, part: Any, seed: int) -> Any:
    """Put `part` somewhere into a copy of `value`, the seed says where."""
    if not isinstance(value, dict | list) or not value or seed % 5 == 0:
        return part
    keys = sorted(value) if isinstance(value, dict) else range(len(value))
    key = keys[seed % len(keys)]
    whole = copy.copy(value)
    whole[key] = mangled(value[key], part, seed // 7)
    return whole


TEXTS = st.text(st.characters(), max_size=30) | st.sampled_from(["\ud800", "a\0", "button", "text", "9" * 10_000, LINK])
LEAVES = st.none() | st.booleans() | st.integers() | st.just(10**4000) | st.floats() | TEXTS
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=15,
)


def is_sound(kind: str, body: Any) -> None:
    try:
        content = check(kind, body)
    except Refused as refused:
        json.dumps([refused.detail, refused.field, refused.params], ensure_ascii=False).encode()
        return
    written = json.dumps(content, ensure_ascii=False, allow_nan=False)
    assert "\\u0000" not in written
    assert json.loads(written.encode()) == content
    assert check(kind, content) == content
    assert summary(kind, content)


@given(st.sampled_from(list(KINDS)), JSON)
def test_takes_or_refuses_any_json_whatever(kind: str, value: Any) -> None:
    is_sound(kind, value)


@given(st.sampled_from([*GOOD, *ELSEWHERE]), JSON, st.integers(min_value=1, max_value=10**9))
def test_takes_or_refuses_good_content_with_a_bad_part(body: Body, part: Any, seed: int) -> None:
    is_sound(kind_of(body), mangled(body[kind_of(body)], part, seed))
