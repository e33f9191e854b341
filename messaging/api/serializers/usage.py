"""What was used, as our own API is asked for it and shows it."""

from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from messaging.api.serializers.fields import Asked
from messaging.reporting import LONGEST, By


class UsageQuery(Asked):
    """From which day to which, both included, in the account's time zone; by what; and in which form."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {
            "from": serializers.DateField(required=False, help_text="The first day; 30 days before `to` if left out."),
            "to": serializers.DateField(required=False, help_text="The last day; today if left out."),
            "group": serializers.RegexField(
                r"^(day|token|device|dialect)(,(day|token|device|dialect))*$",
                required=False,
                error_messages={"invalid": "Name one or several of day, token, device, dialect, with commas between."},
                help_text="One or several of `day`, `token`, `device`, `dialect`, with commas between them.",
            ),
            "format": serializers.ChoiceField(["json", "csv"], required=False, help_text="Goes before `Accept`."),
        }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        last: date = attrs.get("to") or timezone.localdate(timezone=self.context["view"].caller.account.zone)
        if last.year < 2000:
            raise serializers.ValidationError({"to": "This day lies before all messages."})
        first: date = attrs.get("from") or last - timedelta(days=30)
        if first > last:
            raise serializers.ValidationError({"from": "The first day comes after the last."})
        if (last - first).days > LONGEST:
            raise serializers.ValidationError({"from": f"At most {LONGEST} days at once."})
        group = [By(name) for name in attrs["group"].split(",")] if attrs.get("group") else []
        if len(set(group)) < len(group):
            raise serializers.ValidationError({"group": "Each may stand here once."})
        return {"first": first, "last": last, "group": group, "format": attrs.get("format", "")}


class Counts(serializers.Serializer[Any]):
    """Messages by recipients, and requests by tokens: null of a device, and of people and API logins."""

    accepted = serializers.IntegerField()
    delivered = serializers.IntegerField()
    failed = serializers.IntegerField()
    received = serializers.IntegerField()
    requests_accepted = serializers.IntegerField(allow_null=True)
    requests_refused = serializers.IntegerField(allow_null=True)


class DayCounts(Counts):
    day = serializers.DateField()


class TokenCounts(Counts):
    token_id = serializers.CharField(allow_null=True, help_text="Null: the dashboard or an API login.")
    token_name = serializers.CharField(allow_null=True)


class DeviceCounts(Counts):
    device_id = serializers.CharField(allow_null=True, help_text="Null: no device of the account's took it.")
    device_name = serializers.CharField(allow_null=True)


class DialectCounts(Counts):
    dialect = serializers.CharField()


class UsageOut(serializers.Serializer[Any]):
    """Counted by day, by token, by device and by API, over the days asked for."""

    days = DayCounts(many=True)
    tokens = TokenCounts(many=True)
    devices = DeviceCounts(many=True)
    dialects = DialectCounts(many=True)


class GroupedCounts(Counts):
    """Of what it is grouped by, the fields are there."""

    day = serializers.DateField(required=False)
    token_id = serializers.CharField(required=False, allow_null=True)
    token_name = serializers.CharField(required=False, allow_null=True)
    device_id = serializers.CharField(required=False, allow_null=True)
    device_name = serializers.CharField(required=False, allow_null=True)
    dialect = serializers.CharField(required=False)


class GroupedOut(serializers.Serializer[Any]):
    items = GroupedCounts(many=True)
