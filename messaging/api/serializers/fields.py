"""DRF's fields, taking JSON at its word: no number where a text belongs, no text where a number does."""

from typing import Any

from django.core.validators import validate_email
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.places import time_zones


class Asked(serializers.Serializer[Any]):
    """What a request may say, and nothing else: a mistyped `expires_at` must not make a token that never ends."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (unknown := sorted(set(data) - set(self.fields))):
            raise serializers.ValidationError({unknown[0]: "There is no such field."})
        return super().to_internal_value(data)


class Text(serializers.CharField):
    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Email(Text):
    """An e-mail address, or an empty text for none."""

    def to_internal_value(self, data: Any) -> str:
        found = super().to_internal_value(data)
        if found:
            validate_email(found)
        return found


class Whole(serializers.IntegerField):
    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


class Moment(serializers.DateTimeField):
    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str) or len(data) > 40:
            self.fail("invalid", format="2026-01-31T10:00:00Z")
        return super().to_internal_value(data)


@extend_schema_field({"type": "string", "maxLength": 64, "examples": ["America/Sao_Paulo"]})
class Zone(Text):
    def to_internal_value(self, data: Any) -> str:
        name = super().to_internal_value(data)
        if name not in time_zones():
            raise serializers.ValidationError("There is no such time zone. Write one such as Europe/Berlin.")
        return name


class Id(serializers.CharField):
    """An id: digits, in a text, since JavaScript's numbers cannot hold 63 bits."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"read_only": True, "help_text": "Digits.", **options})
