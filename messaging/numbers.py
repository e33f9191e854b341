"""Phone numbers in one form, E.164. By syntax, unless an account asks for the strict check."""

import re

import phonenumbers

from messaging.errors import Refusal, Refused

_INTERNATIONAL = re.compile(r"\+?([1-9][0-9]{6,14})")  # [0-9] and not \d, which takes every script's digits
_NATIONAL = re.compile(r"[0-9]{1,18}")  # with a prefix for abroad
_LONGEST = 40  # fifteen digits, however they are grouped
_GROUPING = str.maketrans("", "", " -.()")


def msisdn(text: object, *, region: str = "", strict: bool = False) -> str:
    """Return the number as `+` and 7 to 15 digits, or raise `Refused(RECIPIENT)`.

    Spaces, dashes, dots and brackets may group the digits. Digits without a `+` are read as a national
    number of `region` (such as "TR") where they make a valid one there, else as country code and number.
    `strict` asks that the number lies in a range which its country has given out.
    """
    if isinstance(text, str) and len(text) <= _LONGEST:
        number = _read(text.translate(_GROUPING), region.upper())
        if number and (not strict or _given_out(number)):
            return number
    raise Refused(Refusal.RECIPIENT, "This is not a phone number with its country code.", field="to")


def region_of(msisdn: str) -> str:
    """Return the ISO 3166 region that an E.164 number belongs to, "" for one that belongs to none."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(msisdn)) or ""
    except phonenumbers.NumberParseException:
        return ""


def _read(digits: str, region: str) -> str:
    if region and _NATIONAL.fullmatch(digits) and (number := _given_out(digits, region)):
        return number
    found = _INTERNATIONAL.fullmatch(digits)
    return f"+{found[1]}" if found else ""


def _given_out(digits: str, region: str | None = None) -> str:
    """Return the number in E.164 if it lies in a known range, else an empty text."""
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
