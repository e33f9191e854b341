"""Where an account is: time zones and telephone regions that really exist."""

from functools import cache
from itertools import groupby
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.utils import timezone
from phonenumbers import SUPPORTED_REGIONS, country_code_for_region

# Parts of the world that zones are named after; the other names are old ones and offsets.
_AREAS = frozenset(
    ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
)


@cache
def time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def validate_time_zone(name: str) -> None:
    if name not in time_zones():
        raise ValidationError("No such time zone. Write one such as Europe/Berlin, Asia/Riyadh or UTC.")


def validate_region(code: str) -> None:
    if code not in SUPPORTED_REGIONS:
        raise ValidationError("No such region. Write two capital letters such as DE or SA.")


def zone_choices(current: str) -> list[tuple[str, str | list[tuple[str, str]]]]:
    """Return the zones to choose from by part of the world, each with what the clocks there show now."""
    now = timezone.now()

    def shown(zone: ZoneInfo) -> tuple[str, str]:
        place = zone.key.partition("/")[2] or zone.key
        return zone.key, f"{place.replace('_', ' ')} ({now.astimezone(zone):%H:%M})"

    parts = [(area, [shown(zone) for zone in zones]) for area, zones in groupby(_zones(), key=_area)]
    others = {"UTC", current} - {zone.key for zone in _zones()}
    return [*(shown(ZoneInfo(name)) for name in sorted(others)), *parts]


@cache
def _zones() -> tuple[ZoneInfo, ...]:
    return tuple(zone for zone in map(ZoneInfo, sorted(time_zones())) if _area(zone) in _AREAS)


def _area(zone: ZoneInfo) -> str:
    return zone.key.partition("/")[0]


def region_choices() -> list[tuple[str, str]]:
    """Return the regions to choose from, each with how its numbers begin."""
    return [(code, f"{code} (+{country_code_for_region(code)})") for code in sorted(SUPPORTED_REGIONS)]
