"""Alerts and their rules as our own API takes and shows them. `messaging.alerting` has the rules."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from messaging.alerting import Chosen, Number, Rule
from messaging.api.serializers.fields import Asked, Flag, Id, Text, Whole
from messaging.api.serializers.lists import Paging
from messaging.models import Alert

OPEN, ENDED = "open", "ended"


class AlertsAsked(Paging):
    """Which alerts."""

    state = serializers.ChoiceField([OPEN, ENDED], required=False, help_text="Left out: both.")
    rule = serializers.RegexField(r"^[a-z_]{1,32}$", required=False, help_text="Of this rule.")


class SubjectOut(serializers.Serializer[Any]):
    """What an alert is about, as it was called when it began."""

    type = serializers.CharField(source="subject_kind", help_text="account, device, token or webhook.")
    id = Id(source="subject_id")
    name = serializers.CharField(source="subject_name")


class AlertOut(serializers.ModelSerializer[Alert]):
    """Something that a rule found. It begins once, and ends when it is found no longer."""

    id = Id()
    rule = serializers.CharField(source="code", help_text="The rule's code.")
    state = serializers.SerializerMethodField(help_text="open or ended.")
    subject = SubjectOut(source="*")
    place = serializers.CharField(help_text="Where a leaked secret was found; often empty.")
    paused = serializers.BooleanField(source="has_paused", help_text="It paused its token.")
    ended_at = serializers.DateTimeField(allow_null=True)

    class Meta:
        model = Alert
        fields = ("id", "rule", "state", "text", "subject", "place", "paused", "began_at", "ended_at")

    def get_state(self, alert: Alert) -> str:
        return OPEN if alert.is_open else ENDED


class AlertPage(serializers.Serializer[Any]):
    items = AlertOut(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class RuleIn(Asked):
    """What is to be changed of one rule; what is left out stays as it is."""

    code = Text(max_length=32, help_text="The rule's code.")
    on = Flag(required=False, help_text="Whether it is looked at.")
    email = Flag(required=False, help_text="Tell the account's owners and admins by e-mail.")
    webhook = Flag(required=False, help_text="Tell the webhooks that listen to `alert.fired` and `alert.cleared`.")
    pause_token = Flag(required=False, help_text="Pause a token that looks leaked; the rule `leaked` has this alone.")
    numbers = serializers.DictField(child=Whole(min_value=0), required=False, help_text="By the names in its sentence.")


class RulesIn(Asked):
    """Changes of rules, all of them or none. A rule that is left out stays as it is."""

    rules = RuleIn(many=True, max_length=100)  # type: ignore[call-arg]  # what `many` makes of it takes it


class LimitsOut(serializers.Serializer[Any]):
    default = serializers.IntegerField()
    least = serializers.IntegerField()
    most = serializers.IntegerField()


class RuleOut(serializers.Serializer[Any]):
    """One rule, as it stands in the account."""

    code = serializers.CharField()
    sentence = serializers.CharField(help_text="What it finds, with its numbers.")
    on = serializers.BooleanField()
    email = serializers.BooleanField()
    webhook = serializers.BooleanField()
    pause_token = serializers.BooleanField()
    numbers = serializers.DictField(child=serializers.IntegerField())
    limits = serializers.DictField(child=LimitsOut(), help_text="What each number may be.")


class RulesOut(serializers.Serializer[Any]):
    items = RuleOut(many=True)


def rule_out(rule: Rule, chosen: Chosen) -> dict[str, Any]:
    return {
        "code": rule.code,
        "sentence": rule.sentence.format(**chosen.numbers),
        "on": chosen.is_on,
        "email": chosen.by_email,
        "webhook": chosen.by_webhook,
        "pause_token": chosen.pauses_token,
        "numbers": dict(chosen.numbers),
        "limits": {name: _limits(number) for name, number in rule.numbers.items()},
    }


def _limits(number: Number) -> dict[str, int]:
    return {"default": number.default, "least": number.least, "most": number.most}


def changes_of(rules: list[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return what the core takes, by the codes of the rules; of one that is named twice the last says."""
    names = {"on": "is_on", "email": "by_email", "webhook": "by_webhook", "pause_token": "pauses_token"}
    return {
        rule["code"]: {names.get(name, name): value for name, value in rule.items() if name != "code"} for rule in rules
    }


class LeakIn(serializers.Serializer[Any]):
    """One secret and where it was found, as GitHub's secret scanning reports it."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {
            "token": serializers.CharField(help_text="The secret."),
            "type": serializers.CharField(
                required=False, max_length=255, help_text="What its finder calls this kind of secret."
            ),
            "url": serializers.CharField(required=False, allow_null=True, help_text="Where it was found."),
            "source": serializers.CharField(required=False, allow_null=True, help_text="What kind of place that is."),
        }


class LeakOut(serializers.Serializer[Any]):
    """What is said of one secret."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {
            "token_hash": serializers.CharField(help_text="SHA-256 of the secret, in hexadecimal."),
            "token_type": serializers.CharField(),
            "label": serializers.CharField(
                help_text="true_positive: it is, or was, a secret of a token here. false_positive: no."
            ),
        }
