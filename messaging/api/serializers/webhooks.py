"""Webhooks as our own API takes and shows them. `messaging.webhooks` has the rules."""

from collections.abc import Mapping
from typing import Any, ClassVar

from rest_framework import serializers

from messaging.api.serializers.fields import Asked, Email, Flag, Id, Moment, Text, Whole
from messaging.api.serializers.lists import Paging
from messaging.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from messaging.models.webhooks import LONGEST_URL
from messaging.webhooks import checking, checks, format, pulling, rendering

ENDPOINT_STATES = ("active", "failing", "paused", "off")
DELIVERY_STATES = WebhookDelivery.State.choices
OVERLAPS = ("now", "24h", "7d")
LOST, ALL = "lost", "all"


class Filters(Asked):
    """Which messages an endpoint is told of."""

    device_id = serializers.RegexField(r"^[0-9]{1,19}$", required=False, allow_null=True, help_text="Of this device.")
    token_id = serializers.RegexField(r"^[0-9]{1,19}$", required=False, allow_null=True, help_text="Of this token.")
    dialect = Text(required=False, allow_blank=True, max_length=32, help_text="Sent by this API; empty: by any.")
    sandbox = Flag(required=False, allow_null=True, help_text="true: sandbox messages, false: real ones, null: both.")


class WebhookChange(Asked):
    """What may be changed of a webhook."""

    name = Text(required=False, allow_blank=True, max_length=checks.LONGEST_NAME)
    url = Text(max_length=LONGEST_URL, help_text="An https address of a public host.")
    events = serializers.ListField(
        child=Text(max_length=64), required=False, max_length=64, help_text="Empty: all that are usual in its format."
    )
    filters = Filters(required=False)
    headers = serializers.DictField(
        child=Text(allow_blank=True, max_length=checks.LONGEST_HEADER), required=False, help_text="Sent with each call."
    )
    retry_schedule = serializers.ListField(
        child=Whole(min_value=0, max_value=checks.LONGEST_DELAY),
        required=False,
        allow_null=True,
        max_length=checks.MOST_TRIES,
        help_text="Seconds before each further try; null: the format's own.",
    )
    concurrency = Whole(required=False, min_value=1, max_value=checks.MOST_CONCURRENCY, help_text="Calls at a time.")
    rate = Whole(
        required=False, allow_null=True, min_value=1, max_value=checks.MOST_RATE, help_text="Calls a second; null: any."
    )
    in_order = Flag(required=False, help_text="One message's events one after the other.")
    options = serializers.DictField(
        child=Text(max_length=32), required=False, help_text="What the format leaves open, by name; it lists them."
    )
    email = Email(
        required=False, allow_blank=True, max_length=254, help_text="Is told, once an hour at most, of calls given up."
    )


class WebhookIn(WebhookChange):
    """A new webhook. An address is enough."""

    format = Text(
        default=format.STANDARD, max_length=32, help_text="How events look; `GET /webhooks/formats` lists them."
    )
    secret = Text(
        required=False,
        allow_blank=True,
        max_length=255,
        help_text="One of your own; empty: none, if the format allows it. Without it one is made where needed.",
    )


class ListenerIn(Asked):
    """A webhook without an address, whose calls are fetched."""

    events = serializers.ListField(child=Text(max_length=64), required=False, max_length=64)
    format = Text(default=format.STANDARD, max_length=32)
    secret = Text(required=False, max_length=255, help_text="One of your own.")


class FiltersOut(serializers.Serializer[WebhookEndpoint]):
    device_id = serializers.CharField(allow_null=True)
    token_id = serializers.CharField(allow_null=True)
    dialect = serializers.CharField()
    sandbox = serializers.BooleanField(allow_null=True)


class WebhookOut(serializers.ModelSerializer[WebhookEndpoint]):
    """A webhook, without its secret and the values of its headers."""

    id = Id()
    kind = serializers.CharField(help_text="own: an address; listener: its calls are fetched.")
    state = serializers.ChoiceField(ENDPOINT_STATES, help_text="failing: active, and its last calls all failed.")
    events = serializers.ListField(child=serializers.CharField())
    filters = FiltersOut(source="*")
    header_names = serializers.SerializerMethodField()
    retry_schedule = serializers.ListField(child=serializers.IntegerField(), source="retry_after", allow_null=True)
    last_status = serializers.IntegerField(allow_null=True)
    options = serializers.DictField(child=serializers.CharField())
    email = serializers.CharField(help_text="Who is told of calls that are given up, beside its owners; empty: nobody.")
    is_by_name = serializers.BooleanField(help_text="true: told only of messages that name it.")

    class Meta:
        model = WebhookEndpoint
        fields: ClassVar[tuple[str, ...]] = (
            "id", "kind", "name", "url", "format", "events", "filters", "header_names", "retry_schedule", "concurrency",
            "rate", "in_order", "options", "email", "is_by_name", "state", "reason", "failing_since", "last_status",
            "last_answer", "last_at", "created_at",
        )  # fmt: skip

    def get_header_names(self, endpoint: WebhookEndpoint) -> list[str]:
        return rendering.header_names(endpoint)


class WebhookWithSecret(WebhookOut):
    """A webhook with its secret, which is shown this once; empty where its format needs none."""

    secret = serializers.CharField()

    class Meta(WebhookOut.Meta):
        fields = (*WebhookOut.Meta.fields, "secret")


class WebhookDetail(WebhookOut):
    """A webhook and how it goes."""

    waiting = serializers.IntegerField(help_text="Calls that wait.")
    succeeded = serializers.IntegerField(help_text="Good answers in the last seven days.")
    failed = serializers.IntegerField(help_text="Failed calls in the last seven days.")

    class Meta(WebhookOut.Meta):
        fields = (*WebhookOut.Meta.fields, "waiting", "succeeded", "failed")


class WebhookPage(serializers.Serializer[Any]):
    items = WebhookOut(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class Rotation(Asked):
    """When the old secret ends, and a new one of your own."""

    overlap = serializers.ChoiceField(OVERLAPS, default="now")
    secret = Text(required=False, allow_blank=True, max_length=255)


class ExampleIn(Asked):
    """Which event to send an example of."""

    event = Text(required=False, max_length=64, help_text="One of its format's; without it one that it listens for.")


class DeliveryFilter(Paging):
    """Which calls to list."""

    state = serializers.ChoiceField(DELIVERY_STATES, required=False)
    since = serializers.DateTimeField(required=False, help_text="Of what happened at this moment or later.")
    until = serializers.DateTimeField(required=False, help_text="Of what happened before this moment.")
    message = serializers.RegexField(r"^[0-9]{1,19}$", required=False, help_text="About this message.")


class DeliveryOut(serializers.ModelSerializer[WebhookDelivery]):
    """One event for one webhook."""

    id = Id()
    event_id = serializers.CharField(source="event.text_id", help_text="The same over all tries and webhooks.")
    event = serializers.CharField(source="event.kind", help_text="As this API calls it.")
    message_id = serializers.CharField(source="event.message_id", allow_null=True)
    happened_at = serializers.DateTimeField(source="event.at")
    state = serializers.ChoiceField(DELIVERY_STATES)
    next_at = serializers.DateTimeField(source="due_at", allow_null=True)

    class Meta:
        model = WebhookDelivery
        fields: ClassVar[tuple[str, ...]] = (
            "id", "event_id", "event", "message_id", "happened_at", "state", "attempts", "last_status", "next_at",
            "done_at",
        )  # fmt: skip


class DeliveryPage(serializers.Serializer[Any]):
    items = DeliveryOut(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class AttemptOut(serializers.ModelSerializer[WebhookAttempt]):
    """One call: what was sent, what was answered, and when the next one is."""

    id = Id()
    reason = serializers.CharField(help_text="Why it failed; empty if it did not.")
    request_headers = serializers.DictField(child=serializers.CharField(), help_text="Secrets are masked.")
    answer_headers = serializers.DictField(child=serializers.CharField())
    answer = serializers.CharField(help_text="The first 4 kB.")

    class Meta:
        model = WebhookAttempt
        fields = (
            "id", "at", "milliseconds", "status", "reason", "request_headers", "answer_headers", "answer", "next_at",
        )  # fmt: skip


class DeliveryDetail(DeliveryOut):
    """One event for one webhook, with each attempt to post it."""

    url = serializers.CharField()
    body = serializers.CharField(help_text="As it is posted; empty before the first attempt.")
    tried = AttemptOut(many=True)

    class Meta(DeliveryOut.Meta):
        fields = (*DeliveryOut.Meta.fields, "url", "body", "tried")


class ReplayIn(Asked):
    """Which calls to post again."""

    since = Moment(help_text="Of what happened at this moment or later.")
    until = Moment(required=False, help_text="Of what happened before this moment; without it up to now.")
    which = serializers.ChoiceField((LOST, ALL), default=LOST, help_text="lost: those that were given up or dropped.")
    dry_run = Flag(default=False, help_text="Only count them.")


class Replayed(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    dry_run = serializers.BooleanField()


class VerifyIn(Asked):
    """A call as your receiver got it."""

    webhook_id = serializers.RegexField(r"^[0-9]{1,19}$", required=False, help_text="Whose secret to use.")
    format = Text(required=False, max_length=32, help_text="With `secret`, in place of `webhook_id`.")
    secret = Text(required=False, allow_blank=True, max_length=255)
    headers = serializers.DictField(child=Text(allow_blank=True, max_length=4096))
    body = Text(allow_blank=True, max_length=checking.MOST_BODY, trim_whitespace=False)


class FindingOut(serializers.Serializer[Any]):
    good = serializers.BooleanField(source="is_good")
    text = serializers.CharField()


class Verified(serializers.Serializer[Any]):
    valid = serializers.BooleanField(source="is_good")
    findings = FindingOut(many=True)


class SettingsIn(Asked):
    message_texts = Flag(help_text="Webhooks carry what messages say.")


class SettingsOut(serializers.Serializer[Any]):
    """What holds for all of the account's webhooks."""

    message_texts = serializers.BooleanField(source="webhook_texts")


class EventWord(serializers.Serializer[Any]):
    name = serializers.CharField()
    description = serializers.CharField()
    usual = serializers.BooleanField(help_text="Sent to webhooks that name no events.")


class FormatOut(serializers.Serializer[Any]):
    """A form that events may have."""

    name = serializers.CharField()
    title = serializers.CharField()
    signing = serializers.CharField()
    retry_schedule = serializers.ListField(child=serializers.IntegerField())
    events = EventWord(many=True)
    options = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()), help_text="What it leaves open, the usual first."
    )


class Formats(serializers.Serializer[Any]):
    items = FormatOut(many=True)


class CallOut(serializers.Serializer[Any]):
    """A call to make at your desk, signed."""

    id = serializers.CharField(source="delivery.pk")
    event = serializers.CharField(source="delivery.event.kind")
    headers = serializers.DictField(child=serializers.CharField(), source="post.headers")
    body = serializers.CharField(source="post.text")


class Calls(serializers.Serializer[Any]):
    items = CallOut(many=True)


class AnswerIn(Asked):
    """What was answered to one of the calls."""

    id = serializers.RegexField(r"^[0-9]{1,19}$")
    status = Whole(required=False, allow_null=True, min_value=100, max_value=599)
    milliseconds = Whole(min_value=0, max_value=600_000)
    text = Text(default="", allow_blank=True, max_length=4096, trim_whitespace=False)
    reason = Text(default="", allow_blank=True, max_length=255, help_text="Why there was no answer.")


class AnswersIn(Asked):
    items = serializers.ListField(child=AnswerIn(), max_length=pulling.MOST)


def formats() -> Mapping[str, Any]:
    return {
        "items": [
            {
                "name": known.name,
                "title": known.label,
                "signing": known.signing,
                "retry_schedule": [int(delay.total_seconds()) for delay in known.retry_after],
                "events": [
                    {"name": word, "description": text, "usual": word in known.usual}
                    for word, text in known.words.items()
                ],
                "options": {name: list(words) for name, words in known.options.items()},
            }
            for known in format.found().values()
        ]
    }
