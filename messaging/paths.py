"""A vendor's path: matched as tolerantly as its programs write it, and known by its one canonical form."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.contrib.admindocs.views import simplify_regex
from django.urls import URLPattern, re_path

View = Callable[..., Any]
_PARAMETER = re.compile(r"\{(\w+)\}")
_CONVERTED = re.compile(r"<(?:\w+:)?(\w+)>")


class Path(URLPattern):
    """A route that knows the template it was made from; `is_alias` where another one is the canonical path."""

    template: str
    is_alias: bool


def at(template: str, view: View, *, slash: bool = True, any_case: bool = False, **kinds: str) -> Path:
    """Mount the view at the vendor's whole path, such as `/v1/messages/{message_id}`.

    A parameter takes everything but a slash, or what its regular expression among `kinds` takes. `slash` lets a
    slash stand at the end, `any_case` lets letters be large or small.
    """
    return _made(template, view, slash=slash, any_case=any_case, kinds=kinds)


def alias(template: str, view: View, *, slash: bool = True, any_case: bool = False, **kinds: str) -> Path:
    """Mount the view at another path too, which documents leave out."""
    return _made(template, view, slash=slash, any_case=any_case, kinds=kinds, is_alias=True)


def _made(
    template: str, view: View, *, slash: bool, any_case: bool, kinds: dict[str, str], is_alias: bool = False
) -> Path:
    pieces = _PARAMETER.split(template.removeprefix("/"))
    written = "".join(
        f"(?P<{piece}>{kinds.get(piece, '[^/]+')})" if place % 2 else _literal(piece, any_case=any_case)
        for place, piece in enumerate(pieces)
    )
    route = re_path(rf"^{written}{'/?' if slash else ''}\Z", view)
    made = Path(route.pattern, route.callback, route.default_args, route.name)
    made.template, made.is_alias = template, is_alias
    return made


def _literal(piece: str, *, any_case: bool) -> str:
    return in_any_case(piece) if any_case else re.escape(piece)


def in_any_case(text: str) -> str:
    """Return what matches the text in any case; not by a flag, with which Django cannot write the path again."""
    return "".join(f"[{c.lower()}{c.upper()}]" if c.isalpha() else re.escape(c) for c in text)


def template_of(route: URLPattern) -> str:
    """Return the route's whole path as documents write it: `/v1/messages/{message_id}`."""
    if isinstance(route, Path):
        return route.template
    return _CONVERTED.sub(r"{\1}", simplify_regex(str(route.pattern)))


def is_alias(route: URLPattern) -> bool:
    return isinstance(route, Path) and route.is_alias
