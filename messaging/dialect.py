"""What a dialect is: one folder in `dialects/`, found there, that makes the core answer as a vendor's API does.

A folder has `__init__.py` (LABEL, ROOTS and, where there are any, OUTSIDE and a MOUNT that is not the folder's
name), `authentication.py`, `errors.py` (WORDS and `answer`), `serializers.py` (STATES, `render_id`, `read_id`),
`views.py`, `urls.py` and `examples.py`: SEND, READ, READ_ONE and, where there are any, READ_STATE (where a state is not
read with its message), ACCESS (it takes JWTs) and `send_kind` (it sends more than SEND). Nothing else in the project
names it. One with webhooks of its own form also has `hooks.py` (`messaging/webhooks/format.py`), one whose messages
are made of others when they are due `later.py` (`messaging/later.py`), and `schema.py` describes its operations
(`messaging/documents`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path, re_path

from messaging.errors import Refused
from messaging.models import Message
from messaging.paths import in_any_case, template_of
from messaging.states import State
from messaging.webhooks import format
from messaging.webhooks.format import Format
from tokens.errors import Denied

Problem = Denied | Refused
Route = URLPattern | URLResolver
OWN_API = "gateway"  # what our own API is called where dialects are listed
_OURS = ("/api/",)


@dataclass(frozen=True, slots=True)
class Example:
    """One request of the vendor's, as its documentation would print it.

    `$TOKEN` stands for a token, `$BASIC` for an API login's user name and password in base64, `$ACCESS` for a JWT,
    `$TO` for a recipient's digits, `$DEVICE` for the sender's digits, `$ID` for a message's id as the dialect
    renders it.
    """

    title: str
    method: str
    path: str  # the vendor's whole path, without the leading slash
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Dialect:
    name: str
    package: str  # where its parts are
    description: str
    label: str
    mount: str
    roots: tuple[str, ...]  # the paths, without leading slash, that it also answers at the main host's root
    outside: tuple[str, ...]  # single paths, likewise, whose neighbours at the root are not its own
    routes: Sequence[URLPattern]
    not_found: Callable[..., HttpResponse]
    words: Mapping[Any, Any]  # from every core refusal and denial to the vendor's
    answer: Callable[[Problem, HttpRequest], HttpResponse]
    states: Mapping[State, str]
    render_id: Callable[[int], str]
    read_id: Callable[[str], int | None]
    send: Example
    read: Example
    read_one: Example
    read_state: Example  # where a message's state is read, if not with the message
    hooks: Format | None  # how its webhooks look, if it has a form of its own
    access: Mapping[str, str]  # the headers that carry a JWT, where it takes them
    send_kind: Callable[[str, Any], Example | None]  # how it sends Meta's body of a kind; None: it cannot
    make_later: Callable[[Message], int] | None  # what becomes of its messages that are made later

    @property
    def takes_tokens(self) -> bool:
        return any("$TOKEN" in value for value in self.send.headers.values())

    @property
    def takes_logins(self) -> bool:
        return any("$BASIC" in value for value in self.send.headers.values())

    @property
    def home(self) -> Callable[..., Any]:
        """What answers at its folder without a slash at the end: what does with one."""
        return next((route.callback for route in self.routes if template_of(route) == "/"), self.not_found)

    @property
    def mounted(self) -> list[Route]:
        """Its whole routes, and its own 404 for everything else."""
        return [*self.routes, re_path(r"", self.not_found)]


@cache
def found() -> dict[str, Dialect]:
    """Return every dialect by its name."""
    from messaging import dialects

    names = sorted(m.name for m in iter_modules(dialects.__path__) if m.ispkg)
    return {name: _load(f"{dialects.__name__}.{name}", name) for name in names}


def _load(package: str, name: str) -> Dialect:
    home = import_module(package)
    errors, serializers, urls, examples = (
        import_module(f"{package}.{part}") for part in ("errors", "serializers", "urls", "examples")
    )
    return Dialect(
        name=name,
        package=package,
        description=home.__doc__ or "",
        label=home.LABEL,
        mount=getattr(home, "MOUNT", name),
        roots=home.ROOTS,
        outside=getattr(home, "OUTSIDE", ()),
        routes=urls.urlpatterns,
        not_found=urls.not_found,
        words=errors.WORDS,
        answer=errors.answer,
        states=serializers.STATES,
        render_id=serializers.render_id,
        read_id=serializers.read_id,
        send=examples.SEND,
        read=examples.READ,
        read_one=examples.READ_ONE,
        read_state=getattr(examples, "READ_STATE", examples.READ_ONE),
        hooks=_hooks(package, name, home.LABEL),
        access=getattr(examples, "ACCESS", {}),
        send_kind=getattr(examples, "send_kind", lambda kind, body: None),
        make_later=import_module(f"{package}.later").make if find_spec(f"{package}.later") else None,
    )


def _hooks(package: str, name: str, label: str) -> Format | None:
    if find_spec(f"{package}.hooks") is None:
        return None
    return format.of(import_module(f"{package}.hooks"), name=name, label=label)


def names() -> dict[str, str]:
    """Return what a token may be limited to: our own API and every dialect, with the words people see."""
    return {OWN_API: settings.GATEWAY_NAME} | {dialect.name: dialect.label for dialect in found().values()}


def urlpatterns() -> list[Route]:
    """Return the routes of all dialects on the main host.

    Under `/<mount>/` each has its whole vendor's paths. At the root each answers below its `roots`; an unknown
    path there belongs to the dialect with the longest root that fits.
    """
    everyone = list(found().values())
    rooted = sorted(((root, d) for d in everyone for root in d.roots), key=lambda pair: -len(pair[0]))
    return [
        *(path(f"{d.mount}/", include(d.mounted)) for d in everyone),
        *(path(d.mount, d.home) for d in everyone),
        *(route for d in everyone for route in d.routes if _is_at_root(template_of(route).lstrip("/"), d)),
        *(re_path(f"^{in_any_case(root)}", d.not_found) for root, d in rooted),
    ]


def _is_at_root(path: str, dialect: Dialect) -> bool:
    return path.startswith(dialect.roots) or path in dialect.outside


@cache
def _prefixes() -> tuple[str, ...]:
    everyone = found().values()
    return (
        *_OURS,
        *(f"/{dialect.mount}/" for dialect in everyone),
        *(f"/{path}" for dialect in everyone for path in (*dialect.roots, *dialect.outside)),
    )


@cache
def _homes() -> frozenset[str]:
    return frozenset(f"/{dialect.mount}" for dialect in found().values())


def _bound_to(host: str) -> Dialect | None:
    """Return the dialect that `GATEWAY_DIALECT_HOSTS` gives this host's root to."""
    return next((found().get(n) for n, h in settings.GATEWAY_DIALECT_HOSTS.items() if h == host), None)


@cache
def _urlconf_of(name: str) -> tuple[Route, ...]:
    return tuple(found()[name].mounted)


def is_api(request: HttpRequest) -> bool:
    """True if the request is a program's; on a dialect's own host this also binds the request to its routes."""
    if settings.GATEWAY_DIALECT_HOSTS:
        bound = _bound_to(request.META.get("HTTP_HOST", ""))
        if bound:
            request.urlconf = _urlconf_of(bound.name)  # type: ignore[assignment]  # a tuple of routes serves too
            return True
    asked = request.path_info.lower()
    return asked.startswith(_prefixes()) or asked in _homes()


def forget() -> None:
    """Look into the folder again (a test adds a dialect)."""
    for cached in (found, _prefixes, _homes, _urlconf_of):
        cached.cache_clear()
