"""Devices and the caller's own account, as our own API shows them."""

from typing import Any

from rest_framework import serializers

from accounts.models import Account, Plan, one_line
from messaging import transport
from messaging.api.serializers.credentials import TokenOut
from messaging.api.serializers.fields import Asked, Flag, Id, Text, Zone
from messaging.models import Channel, Device


class DeviceOut(serializers.ModelSerializer[Device]):
    """A way out; every account has the sandbox."""

    id = Id()
    transport = serializers.CharField()
    channels = serializers.SerializerMethodField()

    class Meta:
        model = Device
        fields = ("id", "name", "number", "transport", "channels", "status", "created_at")

    def get_channels(self, device: Device) -> list[str]:
        known = transport.found().get(device.transport)
        return [channel for channel in Channel.values if known and channel in known.channels]


class DevicePage(serializers.Serializer[Any]):
    items = DeviceOut(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class PlanOut(serializers.ModelSerializer[Plan]):
    class Meta:
        model = Plan
        fields = (
            "code",
            "name",
            "requests_per_second",
            "account_requests_per_second",
            "messages_per_day",
            "messages_per_month",
            "max_tokens",
        )


class AccountOut(serializers.ModelSerializer[Account]):
    id = Id()
    plan = PlanOut()

    class Meta:
        model = Account
        fields = (
            "id", "name", "time_zone", "default_region", "strict_numbers", "strict_templates", "plan", "wallet",
        )  # fmt: skip


class AccountChange(Asked):
    """What may be changed of an account; what is left out stays as it is."""

    name = Text(max_length=150, required=False, validators=[one_line])
    time_zone = Zone(required=False, help_text="Where its days and months begin. It can be changed once in 24 hours.")
    default_region = serializers.RegexField(
        r"^([A-Z]{2})?$", required=False, allow_blank=True, help_text="Of numbers written without +; empty for none."
    )
    strict_numbers = Flag(required=False, help_text="Refuse numbers that no carrier has handed out.")
    strict_templates = Flag(required=False, help_text="Refuse messages from a template that it does not have.")


class MeOut(serializers.Serializer[Any]):
    """The token that asked, what it may really do, and its account."""

    account = AccountOut()
    token = TokenOut()
    scopes = serializers.ListField(child=serializers.CharField())
    requests_per_second = serializers.IntegerField()
