"""The API styles as their docs show them: our own API first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse

from accounts.models import Account
from messaging import dialect, routing
from messaging.dashboard.hosts import base_of, mount_of
from messaging.dialect import OWN_API, Dialect
from messaging.documents.described import description_of, samples
from messaging.documents.generator import document
from messaging.documents.own import own_document
from messaging.states import State


@dataclass(frozen=True, slots=True)
class Style:
    name: str
    slug: str
    label: str
    about: str
    takes_tokens: bool  # not only what was issued to an API login
    base: Callable[[str], str]  # what stands before a path
    bases: list[str]  # where the style answers, the usual place first
    document: Mapping[str, Any]
    states: Mapping[State, str]
    absent: Mapping[str, str]  # why operations of the vendor's are not here
    console: str
    openapi: str


def styles(account: Account) -> list[Style]:
    """Return every style, with the account's own sandbox number in the examples."""
    return [_own(), *(_style(one, routing.sandbox(account).digits) for one in dialect.found().values())]


def _own() -> Style:
    return Style(
        name=OWN_API,
        slug="api",
        label=settings.GATEWAY_NAME,
        about="Our own API: everything that this gateway does, by tokens.",
        takes_tokens=True,
        base=lambda path: settings.GATEWAY_URL,
        bases=[f"{settings.GATEWAY_URL}/api/v1"],
        document=own_document(),
        states={state: state.value for state in State},
        absent={},
        console=reverse("console", args=["api"]),
        openapi=reverse("api-document"),
    )


def _style(one: Dialect, device: str) -> Style:
    usual, said = base_of(one, one.send.path), description_of(one)
    return Style(
        name=one.name,
        slug=one.mount,
        label=one.label,
        about=one.description,
        takes_tokens=one.takes_tokens,
        base=lambda path: base_of(one, path),
        bases=[base + said.base for base in dict.fromkeys([usual, mount_of(one)])],
        document=document(one, samples(one, device=device)),
        states=one.states,
        absent=said.absent,
        console=reverse("console", args=[one.mount]),
        openapi=reverse("document", args=[one.mount]),
    )
