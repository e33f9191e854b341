import re
import time
from contextlib import suppress

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messaging.errors import Refusal, Refused
from messaging.numbers import msisdn


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("987654321", "+987654321"),
        ("+1234567890", "+1234567890"),
        ("905321234567", "+905321234567"),
        ("+90 (532) 123-45.67", "+905321234567"),
        ("1234567", "+1234567"),
        ("123456789012345", "+123456789012345"),
    ],
)
def test_reads_a_number_by_its_syntax(written: str, number: str) -> None:
    assert msisdn(written) == number


NOT_NUMBERS: list[object] = [
    *("", "+", "123456", "1234567890123456", "0000000000", "++905321234567", "90532+1234567", "90532123456x"),
    *("٩٠٥٣٢١٢٣٤٥٦٧", "９０５３２１２３４５６７", "905321234567\n", "90532\x001234567", "90532\ud8001234567"),
    *("alice@example.org", None, 905321234567, True, 9.5, [], {}, ["905321234567"]),
]


@pytest.mark.parametrize("written", NOT_NUMBERS)
@pytest.mark.parametrize("region", ["", "TR"])
@pytest.mark.parametrize("strict", [False, True])
def test_refuses_what_is_not_a_number(written: object, region: str, strict: bool) -> None:
    with pytest.raises(Refused) as refused:
        msisdn(written, region=region, strict=strict)
    assert refused.value.refusal is Refusal.RECIPIENT


def test_refuses_ten_thousand_digits_at_once() -> None:
    started = time.perf_counter()
    for written in ("9" * 10_000, "+" + "9" * 10_000, "(" * 10_000, " " * 10_000):
        for region in ("", "TR"):
            with pytest.raises(Refused):
                msisdn(written, region=region)
    assert time.perf_counter() - started < 0.5


def test_does_not_repeat_the_number_in_its_words() -> None:
    with pytest.raises(Refused) as refused:
        msisdn("12345")
    assert "12345" not in refused.value.detail


@pytest.mark.parametrize(
    ("written", "region", "number"),
    [
        ("0532 123 45 67", "TR", "+905321234567"),
        ("5321234567", "tr", "+905321234567"),
        ("905321234567", "TR", "+905321234567"),
        ("00 44 20 7946 0958", "TR", "+442079460958"),
        ("442079460958", "TR", "+442079460958"),
        ("+442079460958", "TR", "+442079460958"),
        ("987654321", "XX", "+987654321"),
    ],
)
def test_reads_national_numbers_of_the_default_region(written: str, region: str, number: str) -> None:
    assert msisdn(written, region=region) == number


@pytest.mark.parametrize("written", ["+905321234567", "905321234567", "+44 20 7946 0958"])
def test_takes_a_given_out_number_when_strict(written: str) -> None:
    assert msisdn(written, strict=True) == msisdn(written)


@pytest.mark.parametrize("written", ["+1234567890", "987654321", "+999123456789"])
def test_refuses_a_number_of_no_range_when_strict(written: str) -> None:
    with pytest.raises(Refused):
        msisdn(written, strict=True)


@given(st.text(max_size=60), st.sampled_from(["", "TR", "US", "ZZ"]), st.booleans())
def test_returns_e164_or_refuses_whatever_is_written(written: str, region: str, strict: bool) -> None:
    try:
        number = msisdn(written, region=region, strict=strict)
    except Refused:
        return
    assert re.fullmatch(r"\+[1-9][0-9]{6,14}", number)


@given(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True))
def test_leaves_a_number_in_its_form_alone(number: str) -> None:
    assert msisdn(number) == msisdn(msisdn(number)) == number


def looked_up(digits: str, region: str) -> str:
    """Read digits by asking the numbering plans about every one of them."""
    with suppress(phonenumbers.NumberParseException):
        number = phonenumbers.parse(digits, region)
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"+{digits}" if re.fullmatch("[1-9][0-9]{6,14}", digits) else ""


_DIGITS = st.text("0123456789", min_size=1, max_size=14)
_REGIONS = st.sampled_from(["TR", "US", "DE", "GB", "JE", "BR", "MX", "IT", "RU", "KZ", "IN", "AX", "TA", "BQ", "AR"])


@settings(max_examples=500, deadline=None)
@given(_REGIONS, st.sampled_from(["", "0", "00", "1", "8", "99"]), st.booleans(), st.sampled_from(["", "0"]), _DIGITS)
def test_a_number_that_needs_no_looking_up_is_read_as_if_it_were_looked_up(
    region: str, before: str, has_code: bool, trunk: str, rest: str
) -> None:
    code = str(phonenumbers.country_code_for_region(region)) if has_code else ""
    digits = (before + code + trunk + rest)[:18]
    try:
        found = msisdn(digits, region=region)
    except Refused:
        found = ""
    assert found == looked_up(digits, region)


def test_a_long_list_with_country_codes_is_read_fast_in_a_region_too() -> None:
    numbers = [f"90555{place:07d}" for place in range(20_000)]
    began = time.perf_counter()
    for number in numbers:
        assert msisdn(number, region="TR") == f"+{number}"
    assert time.perf_counter() - began < 1.0
