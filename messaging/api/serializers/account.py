"""Devices, usage and the caller's own account, as our own API shows them."""

from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from accounts.models import Account, Plan
from messaging import transport
from messaging.api.serializers.credentials import TokenOut
from messaging.api.serializers.fields import Asked, Id
from messaging.models import Channel, Device

LONGEST = timedelta(days=366)


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


class Days(Asked):
    """From which day to which, both included, in the account's time zone."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {
            "from": serializers.DateField(required=False, help_text="The first day; 30 days before `to` if left out."),
            "to": serializers.DateField(required=False, help_text="The last day; today if left out."),
        }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        last: date = attrs.get("to") or timezone.now().date() + timedelta(days=1)
        if last.year < 2000:
            raise serializers.ValidationError({"to": "This day lies before all messages."})
        first: date = attrs.get("from") or last - timedelta(days=30)
        if first > last:
            raise serializers.ValidationError({"from": "The first day comes after the last."})
        if last - first > LONGEST:
            raise serializers.ValidationError({"from": f"At most {LONGEST.days} days at once."})
        return {"first": first, "last": last}


class Counts(serializers.Serializer[Any]):
    accepted = serializers.IntegerField()
    delivered = serializers.IntegerField()
    failed = serializers.IntegerField()
    received = serializers.IntegerField()


class DayCounts(Counts):
    day = serializers.DateField()


class TokenCounts(Counts):
    token_id = serializers.CharField(allow_null=True, help_text="Null: the dashboard or an API login.")
    token_name = serializers.CharField(allow_null=True)


class DialectCounts(Counts):
    dialect = serializers.CharField()


class UsageOut(serializers.Serializer[Any]):
    """Recipients counted by day, by token and by API, over the days asked for."""

    days = DayCounts(many=True)
    tokens = TokenCounts(many=True)
    dialects = DialectCounts(many=True)


class PlanOut(serializers.ModelSerializer[Plan]):
    class Meta:
        model = Plan
        fields = ("code", "name", "requests_per_second", "messages_per_day", "max_tokens")


class AccountOut(serializers.ModelSerializer[Account]):
    id = Id()
    plan = PlanOut()

    class Meta:
        model = Account
        fields = ("id", "name", "time_zone", "plan", "wallet")


class MeOut(serializers.Serializer[Any]):
    """The token that asked, what it may really do, and its account."""

    account = AccountOut()
    token = TokenOut()
    scopes = serializers.ListField(child=serializers.CharField())
    requests_per_second = serializers.IntegerField()
