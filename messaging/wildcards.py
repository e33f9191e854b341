"""Texts in which `*` stands for anything."""

from __future__ import annotations

import re

from django.db import connection
from django.db.models import Q


def fits(value: str, text: str) -> bool:
    """True if the whole text is the value, in which `*` stands for anything; case aside."""
    return re.search(_linear(value), text, re.IGNORECASE) is not None


def fitting(lookup: str, value: str) -> Q:
    """Return the same as a condition on what the database reads there."""
    pattern = _linear(value) if connection.vendor == "sqlite" else f"^{'.*'.join(_parts(value))}$"
    return Q(**{f"{lookup}__iregex": pattern})


def _linear(value: str) -> str:
    """Return the pattern for Python's `re`, which reads for SQLite too.

    Each part is taken where it first comes and never sought again: the naive `.*` tries all places of all of them,
    which for a dozen takes years.
    """
    first, *others = _parts(value)
    if not others:
        return rf"^{first}\Z"
    *middle, last = others
    return rf"(?s:^{first}{''.join(f'(?>.*?{part})' for part in middle)}.*{last}\Z)"


def _parts(value: str) -> list[str]:
    return [re.escape(part) for part in re.split(r"\*+", value)]
