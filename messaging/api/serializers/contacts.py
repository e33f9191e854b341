"""Contacts and segments as our own API takes and shows them. `messaging.contacts` has the rules."""

from typing import Any

from django.core.validators import RegexValidator
from rest_framework import serializers

from messaging import contacts
from messaging.api.serializers.fields import Asked, Id, Text
from messaging.api.serializers.lists import CURSOR, Paging
from messaging.contacts.cleaning import LONGEST_VALUE
from messaging.models import Contact, Segment

MOST_MEMBERS = 10_000  # in one request


class ContactChange(Asked):
    """What may be changed of a contact."""

    address = Text(max_length=40, required=False, allow_blank=True, help_text="A number, with its country code.")
    email = Text(max_length=254, required=False, allow_blank=True)
    first_name = Text(max_length=150, required=False, allow_blank=True)
    last_name = Text(max_length=150, required=False, allow_blank=True)
    fields = serializers.DictField(  # type: ignore[assignment]  # DRF's own `fields` is made from these
        child=Text(max_length=LONGEST_VALUE, allow_blank=True),
        required=False,
        help_text="Texts of your own by name; all of them are replaced.",
    )


class ContactIn(ContactChange):
    """A new contact. It needs a number or an e-mail address."""


class ContactOut(serializers.ModelSerializer[Contact]):
    """A contact; opted out means that the person wrote STOP to this account."""

    id = Id()
    opted_out = serializers.BooleanField(source="has_opted_out")
    created_at = serializers.DateTimeField()
    fields = serializers.DictField(child=serializers.CharField())  # type: ignore[assignment]  # as above

    class Meta:
        model = Contact
        fields = (
            "id", "address", "email", "first_name", "last_name", "fields", "opted_out", "created_at", "updated_at",
        )  # fmt: skip


class ContactPage(serializers.Serializer[Any]):
    items = ContactOut(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class ContactFilter(Paging):
    """Which contacts to list."""

    search = serializers.CharField(
        required=False, max_length=200, help_text="Words of the name, the number or the e-mail address."
    )
    address = serializers.CharField(required=False, max_length=40, help_text="The whole number.")
    email = serializers.CharField(required=False, max_length=254, help_text="The whole e-mail address.")


class Import(Asked):
    """How a file is taken."""

    mode = serializers.ChoiceField(
        ("update", "skip"), default="update", help_text="What becomes of contacts that are there already."
    )
    segment = serializers.RegexField(CURSOR, required=False, help_text="A segment's id, which they all join.")


class ProblemOut(serializers.Serializer[Any]):
    """A line that was not taken."""

    line = serializers.IntegerField()
    reason = serializers.CharField()


class ReportOut(serializers.Serializer[Any]):
    """What became of a file's lines. The first hundred refused ones are told in words."""

    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    skipped = serializers.IntegerField()
    refused = serializers.IntegerField()
    problems = ProblemOut(many=True)


class SegmentIn(Asked):
    """A segment's name."""

    name = Text(max_length=150)


class SegmentOut(serializers.ModelSerializer[Segment]):
    """A list of contacts."""

    id = Id()
    size = serializers.SerializerMethodField(help_text="How many contacts it has.")
    by_rules = serializers.SerializerMethodField(help_text="Rules say who is in it at any time.")
    created_at = serializers.DateTimeField()

    class Meta:
        model = Segment
        fields = ("id", "name", "size", "by_rules", "created_at")

    def get_size(self, segment: Segment) -> int:
        return contacts.all_in(segment).count() if segment.rules else segment.size

    def get_by_rules(self, segment: Segment) -> bool:
        return bool(segment.rules)


class SegmentPage(serializers.Serializer[Any]):
    items = SegmentOut(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class MembersIn(Asked):
    """Contacts by their ids; those of nobody in this account are left aside."""

    contacts = serializers.ListField(
        child=Text(max_length=19, validators=[RegexValidator(CURSOR)]),
        allow_empty=False,
        max_length=MOST_MEMBERS,
        help_text="Contacts' ids.",
    )


class MembersOut(serializers.Serializer[Any]):
    """How many joined or left, and how many the segment has now."""

    changed = serializers.IntegerField()
    size = serializers.IntegerField()
