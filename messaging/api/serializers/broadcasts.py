"""Broadcasts as our own API takes and shows them. `messaging.broadcasts` has the rules."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from messaging.api.serializers.fields import Asked, Id, Moment, Text, Zone
from messaging.api.serializers.lists import Paging
from messaging.broadcasts import Analytics, Progress
from messaging.models import DEVICE_CHANNELS, Broadcast, Channel

STATUSES = [choice for choice in Broadcast.Status.choices if choice[0] not in Broadcast.UNSEEN]
BEGINNINGS = [choice for choice in STATUSES if choice[0] in Broadcast.NOT_BEGUN]
CHANNELS = [(channel.value, channel.label) for channel in DEVICE_CHANNELS]
KINDS = [("template", "Template"), ("text", "Text")]
_AN_ID = r"^[0-9]{1,19}$"


@extend_schema_field({"type": "object", "additionalProperties": True})
class TemplateMessage(serializers.DictField):
    """A template's name, its language and what goes into its gaps, as in Meta's Cloud API."""


class BroadcastIn(Asked):
    """One message to many people: `to` or `segment_id` says to whom, `template` or `text` what."""

    name = Text(max_length=150)
    to = serializers.ListField(
        child=Text(max_length=40),
        required=False,
        help_text="Numbers with their country code. The body may be as long as they need.",
    )
    segment_id = serializers.RegexField(_AN_ID, required=False, help_text="All contacts of this segment.")
    template = TemplateMessage(required=False, help_text="With its `name`, `language` and `components`.")
    text = Text(required=False, max_length=4096, trim_whitespace=False)
    channel = serializers.ChoiceField(
        CHANNELS,
        required=False,
        help_text="`whatsapp` for a template, else `sms`, if not said.",
    )
    device_id = serializers.RegexField(_AN_ID, required=False, help_text="The device it leaves by.")
    scheduled_at = Moment(required=False, help_text="When to begin; at most 366 days ahead.")
    time_zone = Zone(required=False, help_text="The zone that the time was chosen in, to be shown.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Each of the two alternatives is settled, and the channel carries what is sent."""
        _exactly_one(attrs, "to", "segment_id")
        _exactly_one(attrs, "template", "text")
        attrs.setdefault("channel", Channel.WHATSAPP if "template" in attrs else Channel.SMS)
        if "template" in attrs and attrs["channel"] == Channel.SMS:
            raise serializers.ValidationError({"channel": "An SMS has no template; say channel whatsapp."})
        return attrs


def _exactly_one(attrs: dict[str, Any], one: str, other: str) -> None:
    if one in attrs and other in attrs:
        raise serializers.ValidationError({other: f"Say {one} or {other}, not both."})
    if one not in attrs and other not in attrs:
        raise serializers.ValidationError({one: serializers.ErrorDetail("This field is required.", code="required")})


class BroadcastAccepted(serializers.Serializer[Any]):
    """A broadcast that was committed; the same for each repeat of its request."""

    id = Id()
    status = serializers.ChoiceField(BEGINNINGS)
    total = serializers.IntegerField(help_text="People, each number once.")
    created_at = serializers.DateTimeField()
    expected_end = serializers.DateTimeField(help_text="A guess.")


class BroadcastOut(serializers.ModelSerializer[Broadcast]):
    """A broadcast and whom it is for."""

    id = Id()
    status = serializers.ChoiceField(STATUSES)
    type = serializers.ChoiceField(KINDS, source="kind")
    content = serializers.DictField(help_text="The template, or `{body}` of a text, with contacts' gaps still in it.")
    segment_id = serializers.CharField(allow_null=True)
    device_id = serializers.CharField(allow_null=True)
    token_id = serializers.CharField(allow_null=True, help_text="The token that made it.")
    created_at = serializers.DateTimeField()

    class Meta:
        model = Broadcast
        fields = (
            "id", "name", "status", "channel", "type", "content", "segment_id", "device_id", "token_id", "dialect",
            "total", "scheduled_at", "time_zone", "created_at", "started_at", "finished_at",
        )  # fmt: skip


class ProgressOut(serializers.Serializer[Progress]):
    """People. Whoever read it counts as delivered to as well, and as sent to."""

    total = serializers.IntegerField()
    waiting = serializers.IntegerField()
    sent = serializers.IntegerField()
    delivered = serializers.IntegerField()
    read = serializers.IntegerField()
    failed = serializers.IntegerField()
    skipped = serializers.IntegerField(help_text="They had written STOP.")
    percent = serializers.FloatField()


class BroadcastWithProgress(BroadcastOut):
    """A broadcast and how far it is."""

    progress = ProgressOut()

    class Meta(BroadcastOut.Meta):
        fields = (*BroadcastOut.Meta.fields, "progress")  # type: ignore[assignment]  # the stubs want as many


class AnalyticsOut(serializers.Serializer[Analytics]):
    """What became of a broadcast. Rates are in percent of those it was sent to."""

    progress = ProgressOut()
    replied = serializers.IntegerField()
    delivery_rate = serializers.FloatField()
    read_rate = serializers.FloatField()
    reply_rate = serializers.FloatField()
    average_delivery_ms = serializers.IntegerField(allow_null=True)
    failed_reasons = serializers.DictField(
        child=serializers.IntegerField(), source="progress.reasons", help_text="How many failed, by code."
    )


class BroadcastPage(serializers.Serializer[Any]):
    items = BroadcastOut(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class BroadcastFilter(Paging):
    """Which broadcasts to list."""

    status = serializers.ChoiceField(STATUSES, required=False)
