"""What the database lets be there once, such as a name, refused where another one has it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from messaging.errors import Refusal, Refused


@contextmanager
def refused(namesakes: QuerySet[Any], why: str, *, field: str = "name") -> Iterator[None]:
    """A transaction that raises Refused(EXISTS) where it fails and one of the namesakes is there.

    They are asked for only then: the constraint alone sees what others save meanwhile.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        if not namesakes.exists():
            raise
        raise Refused(Refusal.EXISTS, why, field=field) from None
