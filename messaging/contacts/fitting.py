"""Rules by which contacts belong to a segment: `{"field", "value"}`, of which all must fit.

`field` is one of our own (`first_name`, `address`…), `fields.` and the name of a further text, `created` or `updated`
(a day, as 2026-12-31), or `options.` and what one of the `options` in its details says. A value fits as a whole, case
aside; `*` stands for anything in it.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import CharField, Expression, F, Func, Q, TextField, Value
from django.db.models.functions import Replace

from messaging import ids, wildcards
from messaging.models import Contact, ContactQuerySet, Segment

DAYS = ("created", "updated")
OPTIONS = {
    "options.channel": ("channel",),
    "options.enabled": ("enabled",),
    "options.field": ("primary", "secondary", "tertiary"),
}
MOST_OPTIONS = 3  # one for each channel that a contact may have options for


class FieldText(Func):
    """One of a contact's further texts, by its name in any case."""

    output_field = TextField()

    def __init__(self, name: str) -> None:
        super().__init__(F("fields"), Value(name, output_field=CharField()))

    def as_sql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        each = "jsonb_each_text" if connection.vendor == "postgresql" else "json_each"
        fields, name = self.get_source_expressions()
        read, read_params = compiler.compile(fields)
        given, given_params = compiler.compile(name)
        statement = f"(SELECT value FROM {each}({read}) WHERE lower(key) = lower({given}) LIMIT 1)"  # noqa: S608
        return statement, [*read_params, *given_params]


def text_of(field: str) -> Expression | F:
    """Return what the database reads where a rule or a search names a field; numbers come without their plus sign."""
    if field.startswith("fields."):
        return FieldText(field.removeprefix("fields."))
    return Replace(F("address"), Value("+"), Value("")) if field == "address" else F(field)


def like(name: str, value: str) -> Q:
    """Return the condition that the text of this name is the value, in which `*` stands for anything."""
    if "*" not in value:
        return Q(**{f"{name}__iexact": value})
    return wildcards.fitting(name, value)


def fitting(segment: Segment) -> ContactQuerySet:
    """Return the contacts of the segment's workspace that all its rules fit, the inactive too."""
    found = Contact.objects.filter(account=segment.account_id, workspace=segment.workspace_id)
    for place, rule in enumerate(segment.rules):
        field, value = rule["field"], rule["value"]
        if field in DAYS:
            found = found.filter(_on(field, date.fromisoformat(value), segment.account.zone))
        elif field in OPTIONS:
            found = found.filter(_has_option(field, value))
        else:
            name = f"text_{place}"
            said = value.lstrip("+") if field == "address" else value
            found = found.alias(**{name: text_of(field)}).filter(like(name, said))
    return found


def _on(field: str, day: date, zone: ZoneInfo) -> Q:
    begins, ends = (datetime(d.year, d.month, d.day, tzinfo=zone) for d in (day, day + timedelta(days=1)))
    if field == "created":
        return Q(pk__gte=ids.first_at(begins), pk__lt=ids.first_at(ends))
    return Q(updated_at__gte=begins, updated_at__lt=ends)


def _has_option(field: str, value: str) -> Q:
    """One of its options says so; a contact without options of its own has none that could."""
    said: Any = value.lower() == "true" if field == "options.enabled" else value
    lookup = "" if isinstance(said, bool) else "__iexact"
    found = Q(pk__in=())
    for place in range(MOST_OPTIONS):
        for key in OPTIONS[field]:
            found |= Q(**{f"details__options__{place}__{key}{lookup}": said})
    return found
