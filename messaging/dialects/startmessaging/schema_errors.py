"""The shape of every refusal of the vendor's WhatsApp API."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct


class Details(Struct):
    """Which field it is about, and what it held."""

    field: str
    value: str | None = None


class Problem(Struct):
    """What went wrong."""

    code: str
    message: str
    request_id: str
    details: Details | None = None
    retry_after: Annotated[int, Meta(description="Seconds after which to try again.")] | None = None


class Error(Struct):
    """Every refusal."""

    error: Problem
