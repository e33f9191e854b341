"""What a contact may hold. The numbers are ours."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import CharField

from accounts.models import Account
from messaging import numbers
from messaging.errors import Refusal, Refused
from messaging.models import Contact

ATTRIBUTES = ("address", "email", "first_name", "last_name")
MOST_FIELDS = 100
LONGEST_VALUE = 1024
# What databases refuse (NUL, lone surrogates), what bytes that are no UTF-8 become (U+FFFD), and control characters.
_UNFIT = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffd]")
_FIELD_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")


def clean(account: Account, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values as they are stored: the number in E.164, texts without blanks around them.

    Raises Refused: RECIPIENT, INVALID or TOO_LONG, with the value's name as its field.
    """
    found: dict[str, Any] = {name: _text(given[name], name) for name in ATTRIBUTES if name in given}
    if address := found.get("address"):
        found["address"] = _number(account, address)
    if email := found.get("email"):
        _must_be_email(email)
    if "fields" in given:
        found["fields"] = _fields(given["fields"])
    return found


def must_be_reachable(address: str, email: str) -> None:
    """Raise Refused(REQUIRED) for a contact that nothing can be sent to."""
    if not address and not email:
        raise Refused(Refusal.REQUIRED, "A contact needs a number or an e-mail address.", field="address")


def text(value: object, field: str, longest: int) -> str:
    """Return the text without blanks around it; raises Refused (INVALID or TOO_LONG)."""
    if not isinstance(value, str) or _UNFIT.search(value):
        raise Refused(Refusal.INVALID, f"{field} must be a Unicode text without control characters.", field=field)
    if len(value := value.strip()) > longest:
        detail = f"{field} must have at most {longest} characters."
        raise Refused(Refusal.TOO_LONG, detail, field=field, params={"limit": longest})
    return value


def _text(value: object, name: str) -> str:
    column = cast("CharField[str, str]", Contact._meta.get_field(name))
    return text(value, name, column.max_length or 0)


def _number(account: Account, address: str) -> str:
    try:
        return numbers.msisdn(address, region=account.default_region, strict=account.strict_numbers)
    except Refused as refused:
        refused.field = "address"
        raise


def _must_be_email(email: str) -> None:
    try:
        validate_email(email)
    except ValidationError:
        raise Refused(Refusal.INVALID, "This is not an e-mail address.", field="email") from None


def _fields(given: object) -> dict[str, str]:
    """Return the account's own values by name; an empty one is left out."""
    if not isinstance(given, Mapping):
        raise Refused(Refusal.INVALID, "fields must be an object of texts.", field="fields")
    if len(given) > MOST_FIELDS:
        detail = f"A contact has at most {MOST_FIELDS} fields of its own."
        raise Refused(Refusal.INVALID, detail, field="fields", params={"limit": MOST_FIELDS})
    found = {}
    for name, value in given.items():
        if not _FIELD_NAME.fullmatch(name) or name in ATTRIBUTES:
            detail = f"A field's name has 1 to 64 letters, digits, _, . or -, and is none of {', '.join(ATTRIBUTES)}."
            raise Refused(Refusal.INVALID, detail, field="fields")
        found[name] = text(value, f"fields.{name}", LONGEST_VALUE)
    return {name: value for name, value in found.items() if value}
