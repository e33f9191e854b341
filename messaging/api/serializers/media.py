"""Files as our own API takes and shows them."""

from typing import Any

from rest_framework import serializers

from messaging.api.serializers.fields import Id
from messaging.content import FORMATS
from messaging.models import Media

_MIMES = list(dict.fromkeys(mime for mimes in FORMATS.values() for mime in mimes))


class MediaIn(serializers.Serializer[Any]):
    """A form with a file."""

    file = serializers.FileField()
    type = serializers.ChoiceField(_MIMES, required=False, help_text="Without it the file itself says what it is.")


class MediaOut(serializers.ModelSerializer[Media]):
    """A file that messages can name by its id until it expires."""

    id = Id()
    kind = serializers.ChoiceField(list(FORMATS), help_text="The type of message it goes into.")
    type = serializers.CharField(source="mime", help_text="Empty while it is still to be fetched.")
    filename = serializers.CharField(help_text="Empty if it has none.")
    sha256 = serializers.CharField(help_text="In hex digits; empty while it is still to be fetched.")
    error = serializers.CharField(help_text="Why it could not be fetched, so far or at all.")
    created_at = serializers.DateTimeField()

    class Meta:
        model = Media
        fields = (
            "id", "state", "source", "kind", "type", "size", "filename", "sha256", "error", "created_at", "expires_at",
        )  # fmt: skip
