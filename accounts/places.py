"""Where an account is: time zones and telephone regions that really exist."""

from functools import cache
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from phonenumbers import SUPPORTED_REGIONS


@cache
def time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def validate_time_zone(name: str) -> None:
    if name not in time_zones():
        raise ValidationError("No such time zone. Write one such as Europe/Berlin, Asia/Riyadh or UTC.")


def validate_region(code: str) -> None:
    if code not in SUPPORTED_REGIONS:
        raise ValidationError("No such region. Write two capital letters such as DE or SA.")
