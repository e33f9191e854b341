"""Many rows in one statement of constant text: they travel as one JSON array, on both databases."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, cast

import msgspec
from django.db import connection, models

_encode = msgspec.json.Encoder().encode


_NATIVE = frozenset({str, int, bool, type(None)})


def _plain(value: Any) -> Any:
    """Return what JSON has no form for (times, inner JSON, our string enums) as the text that the column takes."""
    if isinstance(value, datetime):
        adapted = connection.ops.adapt_datetimefield_value(value)
        return adapted if isinstance(adapted, str) else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict | list):
        return _encode(value).decode()
    return value


def as_json(rows: Sequence[Sequence[Any]]) -> str:
    """Return the rows as the JSON array that the statements below unpack."""
    plain = [[value if type(value) in _NATIVE else _plain(value) for value in row] for row in rows]
    return _encode(plain).decode()


@cache
def _columns(model: type[models.Model], names: tuple[str, ...], vendor: str) -> tuple[list[str], str]:
    """Return the quoted columns of the named fields, and what reads them from one JSON array called `value`."""
    fields = [cast("models.Field[Any, Any]", model._meta.get_field(name)) for name in names]
    columns = [f'"{field.column}"' for field in fields]
    if vendor == "sqlite":
        return columns, ", ".join(f"value->>{place}" for place in range(len(fields)))
    types = [field.rel_db_type(connection) if field.is_relation else field.db_type(connection) for field in fields]
    return columns, ", ".join(f"(value->>{place})::{type}" for place, type in enumerate(types))


@cache
def _unpacked(vendor: str) -> str:
    return "json_each(%s)" if vendor == "sqlite" else "jsonb_array_elements(%s::jsonb) AS news(value)"


def insert(
    model: type[models.Model],
    names: tuple[str, ...],
    rows: Sequence[Sequence[Any]],
    *,
    conflict: str = "",
    given: Sequence[Any] = (),
) -> int:
    """Insert the rows and return how many the database says it wrote.

    `names` are field names in the order of each row's values; columns not named take their database
    default. `conflict` is an ON CONFLICT clause with the parameters `given`: the statement's text stays the
    same, so that the database prepares it once.
    """
    if not rows:
        return 0
    columns, reads = _columns(model, names, connection.vendor)
    statement = (
        f'INSERT INTO "{model._meta.db_table}" ({", ".join(columns)})'  # noqa: S608  names from the models
        f" SELECT {reads} FROM {_unpacked(connection.vendor)} WHERE true {conflict}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [as_json(rows), *given])
        return int(cursor.rowcount)


def update(model: type[models.Model], names: tuple[str, ...], rows: Sequence[Sequence[Any]]) -> None:
    """Set the named columns of the rows whose primary key (called `id`) each row begins with."""
    if not rows:
        return
    table = f'"{model._meta.db_table}"'
    columns, reads = _columns(model, ("id", *names), connection.vendor)
    sets = ", ".join(f"{column} = new.{column}" for column in columns[1:])
    statement = (
        f"WITH new ({', '.join(columns)}) AS (SELECT {reads} FROM {_unpacked(connection.vendor)})"  # noqa: S608
        f" UPDATE {table} SET {sets} FROM new WHERE {table}.id = new.id"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [as_json(rows)])
