"""Phone numbers in one form, E.164. By syntax, unless an account asks for the strict check."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import phonenumbers

from messaging.errors import Refusal, Refused

_INTERNATIONAL = re.compile(r"\+?([1-9][0-9]{6,14})")  # [0-9] and not \d, which takes every script's digits
_NATIONAL = re.compile(r"[0-9]{1,18}")  # with a prefix for abroad
_MOST_DIGITS = 15
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
    if region and _NATIONAL.fullmatch(digits) and _plan_of(region).may_mean_another(digits):
        number = _given_out(digits, region)
        if number:
            return number
    found = _INTERNATIONAL.fullmatch(digits)
    return f"+{found[1]}" if found else ""


@dataclass(frozen=True, slots=True)
class _Plan:
    """How numbers are dialled in a region: its country code, what they look like, what may stand before them."""

    code: str
    national: re.Pattern[str]
    before: re.Pattern[str]

    def may_mean_another(self, digits: str) -> bool:
        """Whether digits with a country code could mean something else here: only then is a slow look worth it."""
        if len(digits) > _MOST_DIGITS or self.national.fullmatch(digits) or self.before.match(digits):
            return True
        rest = digits.removeprefix(self.code)
        return rest != digits and bool(self.before.match(rest))


@cache
def _plan_of(region: str) -> _Plan:
    code = phonenumbers.country_code_for_region(region)
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(code, ())
    known = [found for each in regions if (found := phonenumbers.PhoneMetadata.metadata_for_region(each))]
    national = {found.general_desc.national_number_pattern for found in known if found.general_desc}
    before = {each for found in known for each in (found.national_prefix_for_parsing, found.international_prefix)}
    return _Plan(str(code), _any_of(national), _any_of({"0", *before}))


def _any_of(patterns: Iterable[str | None]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{each})" for each in sorted(filter(None, patterns))) or "$^")


def _given_out(digits: str, region: str | None = None) -> str:
    """Return the number in E.164 if it lies in a known range, else an empty text."""
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
