"""Messages from an approved template: its name, its language and what goes into its gaps."""

from messaging.content.fields import (
    Limits,
    choice,
    invalid,
    line,
    many,
    pattern,
    record,
    text,
    variant,
    whole,
)
from messaging.content.location import LOCATION
from messaging.content.media import media

_INDEXES = {str(index): str(index) for index in range(10)} | {index: str(index) for index in range(10)}


def _index(value: object, path: str, limits: Limits) -> str:
    """Read the place of a button, which Meta writes as a text and many callers as a number."""
    if isinstance(value, bool) or not isinstance(value, int | str) or value not in _INDEXES:
        raise invalid(path, "be the place of a button, 0 to 9")
    return _INDEXES[value]


_CODE = pattern("line", "[A-Z]{3}", "be a currency such as EUR")
LANGUAGE = pattern("line", "[A-Za-z]{2,3}([_-][A-Za-z]{2,4})?", "be a language such as en or en_US")
NAME = pattern("template.name", "[a-z0-9_]+", "be lower-case letters, digits and underscores")
_CURRENCY = record({"fallback_value": line, "code": _CODE, "amount_1000": whole})
_FIELDS = {
    "text": text("template.text"),
    "currency": _CURRENCY,
    "date_time": record({"fallback_value": line}),
    "image": media("image"),
    "video": media("video"),
    "document": media("document"),
    "location": LOCATION,
    "payload": text("template.payload"),
    "coupon_code": text("template.coupon_code"),
}
_PARAMETER = variant("type", {name: record({name: read}, {"parameter_name": line}) for name, read in _FIELDS.items()})
_PARAMETERS = {"parameters": many(_PARAMETER, least=0)}
_BUTTON = record({"sub_type": choice("quick_reply", "url", "copy_code"), "index": _index}, _PARAMETERS)
_COMPONENT = variant("type", {"header": record({}, _PARAMETERS), "body": record({}, _PARAMETERS), "button": _BUTTON})

TEMPLATE = record({"name": NAME, "language": record({"code": LANGUAGE})}, {"components": many(_COMPONENT, least=0)})
