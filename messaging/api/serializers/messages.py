"""Messages as our own API shows them."""

from datetime import datetime
from typing import Any

from rest_framework import serializers

from messaging.api.serializers.fields import Id
from messaging.api.serializers.lists import Paging
from messaging.content import KINDS
from messaging.models import Channel, Direction, Message, Recipient
from messaging.states import State


class Accepted(serializers.Serializer[Any]):
    """A message that was committed; the same for each repeat of its request."""

    id = Id()
    state = serializers.CharField(help_text="Always `accepted`.")
    created_at = serializers.DateTimeField()


class AcceptedTogether(serializers.Serializer[Any]):
    """Messages that were committed, in the order they were asked for."""

    count = serializers.IntegerField()
    ids = serializers.ListField(child=serializers.CharField())


class RecipientOut(serializers.ModelSerializer[Recipient]):
    """One address of a message and what became of it."""

    to = serializers.CharField(source="address")
    error = serializers.CharField(help_text="The transport's code; empty for none.")

    class Meta:
        model = Recipient
        fields = ("to", "state", "error", "error_detail")


class MessageOut(serializers.ModelSerializer[Message]):
    """A message, out or in. For one that was received, `recipients` holds who sent it."""

    id = Id()
    type = serializers.ChoiceField(list(KINDS), source="kind")
    content = serializers.DictField(help_text="The object that the request had under the name of its type.")
    device_id = serializers.CharField(allow_null=True)
    token_id = serializers.CharField(allow_null=True, help_text="The token that sent it.")
    created_at = serializers.DateTimeField(help_text="When it was accepted, or received.")
    recipients = RecipientOut(many=True)

    class Meta:
        model = Message
        fields = (
            "id", "state", "direction", "channel", "type", "content", "recipients", "device_id", "token_id", "dialect",
            "priority", "scheduled_at", "expires_at", "created_at", "updated_at",
        )  # fmt: skip


class Filter(Paging):
    """Which messages to list."""

    state = serializers.ChoiceField(State.choices, required=False)
    direction = serializers.ChoiceField(Direction.choices, required=False)
    channel = serializers.ChoiceField(Channel.choices, required=False)
    to = serializers.CharField(required=False, max_length=40, help_text="One recipient's number.")
    device = serializers.RegexField(r"^[0-9]{1,19}$", required=False, help_text="A device's id.")
    dialect = serializers.SlugField(required=False, max_length=32, help_text="The API it came through.")
    since = serializers.DateTimeField(required=False, help_text="Accepted at this moment or later.")
    until = serializers.DateTimeField(required=False, help_text="Accepted before this moment.")


class MessagePage(serializers.Serializer[Any]):
    items = MessageOut(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class MomentOut(serializers.Serializer[Any]):
    """One step of a message's life."""

    at = serializers.DateTimeField()
    event = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()
    to = serializers.CharField(source="address", help_text="The recipient it is about; empty for all.")


class TimelineOut(serializers.Serializer[Any]):
    items = MomentOut(many=True)


def accepted(id: int, at: datetime) -> dict[str, Any]:
    return {"id": str(id), "state": State.ACCEPTED.value, "created_at": at}
