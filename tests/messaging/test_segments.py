import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.segments import Segments, count

EXTENSION = "\f^{}\\[~]|€"
GSM_LETTERS = "abc XYZ 019 @£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà"


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("", Segments("GSM-7", 0, 1, 160)),
        ("Hello", Segments("GSM-7", 5, 1, 155)),
        ("a" * 160, Segments("GSM-7", 160, 1, 0)),
        ("a" * 161, Segments("GSM-7", 161, 2, 145)),
        ("a" * 306, Segments("GSM-7", 306, 2, 0)),
        ("a" * 307, Segments("GSM-7", 307, 3, 152)),
        ("€" * 80, Segments("GSM-7", 160, 1, 0)),
        ("€" * 81, Segments("GSM-7", 162, 2, 143)),  # 76 pairs fill 152 of 153
        (
            "a" * 152 + "€" + "a" * 152,
            Segments("GSM-7", 306, 3, 152),
        ),  # the escape moves on with its character
        ("ж" * 70, Segments("UCS-2", 70, 1, 0)),
        ("ж" * 71, Segments("UCS-2", 71, 2, 63)),
        ("ж" * 134, Segments("UCS-2", 134, 2, 0)),
        ("😀" * 35, Segments("UCS-2", 70, 1, 0)),
        ("😀" * 36, Segments("UCS-2", 72, 2, 61)),  # 33 pairs fill 66 of 67
        ("`", Segments("UCS-2", 1, 1, 69)),
        ("ç", Segments("UCS-2", 1, 1, 69)),  # the small one is not in GSM 03.38
        ("\x1b", Segments("UCS-2", 1, 1, 69)),  # the escape itself is no character
    ],
)
def test_counts_parts_as_a_carrier_does(text: str, counted: Segments) -> None:
    assert count(text) == counted


def naive_parts(widths: list[int], alone: int, joined: int) -> list[int]:
    """Put characters one by one into the last part, opening another when one does not fit."""
    if sum(widths) <= alone:
        return [sum(widths)]
    parts = [0]
    for width in widths:
        if parts[-1] + width > joined:
            parts.append(0)
        parts[-1] += width
    return parts


@given(st.text(GSM_LETTERS + EXTENSION * 3, max_size=1000))
def test_agrees_with_a_naive_splitter_in_gsm(text: str) -> None:
    widths = [2 if character in EXTENSION else 1 for character in text]
    parts = naive_parts(widths, 160, 153)
    room = 160 if len(parts) == 1 else 153
    assert count(text) == Segments("GSM-7", sum(widths), len(parts), room - parts[-1])


@given(st.text(st.sampled_from("ab€жш日😀𝒳👩‍🚀"), max_size=500))
def test_agrees_with_a_naive_splitter_in_ucs2(text: str) -> None:
    text += "ж"
    widths = [len(character.encode("utf-16-be")) // 2 for character in text]
    parts = naive_parts(widths, 70, 67)
    room = 70 if len(parts) == 1 else 67
    assert count(text) == Segments("UCS-2", sum(widths), len(parts), room - parts[-1])


@given(st.text(st.characters(), max_size=500))
def test_counts_anything(text: str) -> None:
    counted = count(text)
    assert counted.parts >= 1
    assert counted.left >= 0
    assert counted.characters >= len(text)


def test_counts_the_longest_text_quickly() -> None:
    started = time.perf_counter()
    assert count("😀€" * 32_767).parts > 1000
    assert time.perf_counter() - started < 0.5
