"""System checks: a wrong setting is named together with the way to mend it."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.db import connection
from redis.connection import parse_url

from messaging import dialect, outgoing
from messaging.wallet import PLACES
from tokens import places

TAG = "gateway"
SIGNUP = ("open", "invite", "closed")
REVIEW = ("none", "people")
SMSGATE_MODES = ("cloud", "local")
_OLDEST_SQLITE = (3, 38)  # `->>` and UPDATE … FROM


def _url() -> Iterable[CheckMessage]:
    parts = urlsplit(settings.GATEWAY_URL)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path:
        yield Error(
            f"GATEWAY_URL is “{settings.GATEWAY_URL}”, which is not the root address of a web site.",
            hint="Write it as people type it, such as https://sms.example.com, without a path.",
            id="gateway.E001",
        )
    if parts.scheme == "https" and not settings.GATEWAY_TRUSTED_PROXIES:
        yield Warning(
            "GATEWAY_URL is https, but no proxy is trusted: every caller will have the proxy's address.",
            hint="Name the proxy that ends TLS in GATEWAY_TRUSTED_PROXIES, such as 127.0.0.1.",
            id="gateway.W001",
        )


def _signup() -> Iterable[CheckMessage]:
    if settings.GATEWAY_SIGNUP not in SIGNUP:
        yield Error(
            f"GATEWAY_SIGNUP is “{settings.GATEWAY_SIGNUP}”.",
            hint=f"Use one of: {', '.join(SIGNUP)}.",
            id="gateway.E002",
        )


def _review() -> Iterable[CheckMessage]:
    if settings.GATEWAY_TEMPLATE_REVIEW not in REVIEW:
        yield Error(
            f"GATEWAY_TEMPLATE_REVIEW is “{settings.GATEWAY_TEMPLATE_REVIEW}”.",
            hint=f"Use one of: {', '.join(REVIEW)}.",
            id="gateway.E009",
        )


def _smsgate() -> Iterable[CheckMessage]:
    if settings.GATEWAY_SMSGATE_MODE not in SMSGATE_MODES:
        yield Error(
            f"GATEWAY_SMSGATE_MODE is “{settings.GATEWAY_SMSGATE_MODE}”.",
            hint=f"Use one of: {', '.join(SMSGATE_MODES)}.",
            id="gateway.E010",
        )


def _proxies() -> Iterable[CheckMessage]:
    for network in settings.GATEWAY_TRUSTED_PROXIES:
        try:
            ip_network(network, strict=False)
        except ValueError:
            yield Error(
                f"GATEWAY_TRUSTED_PROXIES has “{network}”, which is neither an address nor a network.",
                hint="Write addresses or CIDR networks with commas between, such as 127.0.0.1,10.0.0.0/8.",
                id="gateway.E003",
            )


def _brand() -> Iterable[CheckMessage]:
    if not re.fullmatch(r"[A-Za-z0-9]{1,18}", settings.GATEWAY_TOKEN_BRAND):
        yield Error(
            f"GATEWAY_TOKEN_BRAND is “{settings.GATEWAY_TOKEN_BRAND}”.",
            hint="Use 1 to 18 letters and digits; tokens begin with it.",
            id="gateway.E004",
        )


def _hosts() -> Iterable[CheckMessage]:
    for name in set(settings.GATEWAY_DIALECT_HOSTS) - set(dialect.found()):
        yield Error(
            f"GATEWAY_DIALECT_HOSTS names “{name}”, which is no API style.",
            hint=f"Use one of: {', '.join(dialect.found())}.",
            id="gateway.E005",
        )


def _numbers() -> Iterable[CheckMessage]:
    lowest = {
        "GATEWAY_SANDBOX_PACE": 0,
        "GATEWAY_WEB_THREADS": 1,
        "GATEWAY_USAGE_SECONDS": 0,
        "GATEWAY_MEDIA_MEGABYTES": 0,
        "GATEWAY_RESOURCE_DAYS": 1,
        "GATEWAY_CONNEXEASE_PER_SECOND": 0,
        "GATEWAY_CONNEXEASE_PER_MINUTE": 0,
    }
    for name, least in lowest.items():
        if getattr(settings, name) < least:
            yield Error(f"{name} is {getattr(settings, name)}.", hint=f"Use {least} or more.", id="gateway.E006")


def _price() -> Iterable[CheckMessage]:
    price = settings.GATEWAY_PRICE
    if not price.is_finite() or price < 0 or round(price, PLACES) != price:
        yield Error(
            f"GATEWAY_PRICE is {price}.",
            hint=f"Use 0 or more US dollars with at most {PLACES} decimals, such as 0.001.",
            id="gateway.E012",
        )


def _redis() -> Iterable[CheckMessage]:
    try:
        if settings.REDIS_URL:
            parse_url(settings.REDIS_URL)  # type: ignore[no-untyped-call]
    except ValueError:
        yield Error(
            "REDIS_URL is no Redis server's address.",  # which may hold a password, so it is not repeated
            hint="Write it as redis://host:6379/0, or rediss://:password@host:6379/0 over TLS.",
            id="gateway.E011",
        )


def _sqlite() -> Iterable[CheckMessage]:
    if connection.vendor == "sqlite" and sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        yield Error(
            f"This Python brings SQLite {sqlite3.sqlite_version}, which is too old.",
            hint="Use a Python with SQLite 3.38 or newer, or PostgreSQL through DATABASE_URL.",
            id="gateway.E007",
        )


def _outgoing() -> Iterable[CheckMessage]:
    for entry in settings.GATEWAY_WEBHOOK_ALLOW:
        if not outgoing.is_listable(entry):
            yield Error(
                f"GATEWAY_WEBHOOK_ALLOW has “{entry}”, which is no network, address or host name.",
                hint="Write them with commas between and without a scheme or port, such as 10.1.0.0/16,hooks.corp.",
                id="gateway.E008",
            )


def _bad_networks() -> Iterable[CheckMessage]:
    for entry in filter(None, map(str.strip, settings.GATEWAY_BAD_NETWORKS)):
        if not (os.access(entry, os.R_OK) if places.is_path(entry) else _is_network(entry)):
            yield Error(
                f"GATEWAY_BAD_NETWORKS has “{entry}”, which is neither a network nor a file that can be read.",
                hint="Write CIDR networks and paths of files with commas between, such as 203.0.113.0/24,/etc/bad.txt.",
                id="gateway.E013",
            )


def _is_network(text: str) -> bool:
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _leak_keys() -> Iterable[CheckMessage]:
    try:
        if settings.GATEWAY_LEAK_KEYS_URL:
            outgoing.check_url(settings.GATEWAY_LEAK_KEYS_URL)
    except outgoing.Forbidden as no:
        yield Error(
            f"GATEWAY_LEAK_KEYS_URL {no.complaint}.",
            hint="Leave it at GitHub's, or make it empty to check no signatures of reports about leaks.",
            id="gateway.E014",
        )


_CHECKS: Sequence[Callable[[], Iterable[CheckMessage]]] = (
    _url,
    _signup,
    _review,
    _smsgate,
    _proxies,
    _brand,
    _hosts,
    _numbers,
    _price,
    _redis,
    _sqlite,
    _outgoing,
    _bad_networks,
    _leak_keys,
)


@register(TAG)
def check_settings(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Return what is wrong with the gateway's own settings."""
    return [message for check in _CHECKS for message in check()]
