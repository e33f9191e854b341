"""Message templates as our own API takes and shows them. `messaging.templating` has the rules."""

from typing import Any

from django.core.validators import RegexValidator
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from messaging.api.serializers.fields import Asked, Id, Text
from messaging.api.serializers.lists import Paging
from messaging.models import Template

_TEXT = {"type": "string", "minLength": 1}
_GAPS = {**_TEXT, "description": "With gaps such as {{1}} and {{2}}, or {{first_name}}."}


def _of(field: str, word: str, required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "type": "object",
        "required": [field, *required],
        "properties": {field: {"type": "string", "enum": [word]}, **required, **(optional or {})},
    }


_BUTTON = {
    "oneOf": [
        _of("type", "quick_reply", {"text": _TEXT}),
        _of("type", "url", {"text": _TEXT, "url": {**_TEXT, "description": "May end with a gap."}}),
        _of("type", "phone_number", {"text": _TEXT, "phone_number": _TEXT}),
        _of("type", "copy_code", {}, {"text": _TEXT, "example": _TEXT}),
    ]
}
COMPONENT = {
    "oneOf": [
        {
            "type": "object",
            "required": ["type", "format"],
            "properties": {
                "type": {"type": "string", "enum": ["header"]},
                "format": {"type": "string", "enum": ["text", "image", "video", "document"]},
                "text": {**_GAPS, "description": "Where the format is text; with one gap at most."},
            },
        },
        _of("type", "body", {"text": _GAPS}),
        _of("type", "footer", {"text": _TEXT}),
        _of("type", "buttons", {"buttons": {"type": "array", "items": _BUTTON, "minItems": 1, "maxItems": 10}}),
    ]
}


@extend_schema_field({"type": "array", "items": COMPONENT, "minItems": 1, "maxItems": 4})
class Components(serializers.ListField):
    """A header, a body, a footer and buttons; only the body must be there."""

    child = serializers.DictField()


class TemplateIn(Asked):
    """A new template."""

    name = Text(max_length=512, validators=[RegexValidator("^[a-z0-9_]+$")])
    language = Text(max_length=16, help_text="Such as en or en_US.")
    category = serializers.ChoiceField(Template.Category.choices)
    components = Components()


class TemplateOut(serializers.ModelSerializer[Template]):
    """A template and whether messages may be made from it."""

    id = Id()
    components = Components()
    created_at = serializers.DateTimeField()

    class Meta:
        model = Template
        fields = (
            "id", "name", "language", "category", "status", "reason", "components", "created_at", "updated_at",
        )  # fmt: skip


class TemplatePage(serializers.Serializer[Any]):
    items = TemplateOut(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class TemplateFilter(Paging):
    """Which templates to list."""

    status = serializers.ChoiceField(Template.Status.choices, required=False)
    name = serializers.CharField(required=False, max_length=512, help_text="The whole name.")
    language = serializers.CharField(required=False, max_length=16)


class PauseIn(Asked):
    """Why it is paused, for those who find it so."""

    reason = Text(max_length=255, required=False, allow_blank=True, default="")
