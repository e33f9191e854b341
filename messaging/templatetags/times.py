"""Times as the dashboard says them."""

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()
_UNITS = ((3600, "h"), (60, "min"), (1, "s"))
_DAY = 24 * 3600


@register.simple_tag
def when(moment: datetime) -> SafeString:
    """Write a time: relative under a day, else its date; the full time is the element's title."""
    local = timezone.localtime(moment)
    full = f"{local.day} {local:%B %Y, %H:%M:%S}"
    return format_html('<time datetime="{}" title="{}">{}</time>', local.isoformat(), full, in_words(local))


def in_words(moment: datetime) -> str:
    now = timezone.now()
    seconds = int((now - moment).total_seconds())
    if abs(seconds) < _DAY:
        return _relative(seconds)
    year = "" if moment.year == now.year else f" {moment.year}"
    return f"{moment.day} {moment:%B}{year}"


def _relative(seconds: int) -> str:
    if seconds == 0:
        return "now"
    size, unit = next(pair for pair in _UNITS if abs(seconds) >= pair[0])
    number = f"{abs(seconds) // size} {unit}"
    return f"{number} ago" if seconds > 0 else f"in {number}"
