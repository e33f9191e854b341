"""An address as it is written: read once, strictly, and never by a second reader with another opinion."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from messaging.outgoing.errors import Forbidden
from messaging.outgoing.networks import Address, is_public, listed

HTTPS = ("https",)
_DEFAULT_PORTS = {"https": 443, "http": 80}
_LONGEST = 8192
_NETLOC = re.compile(r"(?:\[(?P<six>[0-9a-f:.]+)\]|(?P<name>[^\[\]:@]+))(?::(?P<port>[0-9]{0,5}))?", re.IGNORECASE)
_LABEL = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
_NAME = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")
_LONGEST_NAME = 253
# Last labels that mean this machine or its network. What a name resolves to is looked at anyway.
_NEAR = frozenset(
    ("localhost", "localdomain", "local", "internal", "intranet", "corp", "home", "lan", "arpa", "onion", "")
)
# Below 1024 stand mail, shells and directories. These higher ones are databases, brokers and consoles whose
# protocols may take a line of HTTP for a command.
_LOW_PORTS = frozenset((80, 443))
_BAD_PORTS = frozenset(
    (1433, 1521, 2049, 2375, 2379, 3306, 3389, 5432, 5672, 5900, 6000, 6379, 9042, 9092, 9200, 10250, 11211, 27017)
)


@dataclass(frozen=True)
class Target:
    """An address that may be asked, as far as can be seen before its name is resolved."""

    scheme: str
    host: str  # in lower case; an IPv6 address without its brackets
    port: int
    path: str  # with the query

    @property
    def netloc(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.scheme, self.host, self.port


def check_url(url: str, *, schemes: Collection[str] = HTTPS) -> None:
    """Look at an address without resolving its name; raises Forbidden.

    `http` is taken where it is in `schemes`, and where the operator's list holds the host by its name or number.
    """
    read_url(url, schemes=schemes)


def read_url(url: str, *, schemes: Collection[str] = HTTPS) -> Target:
    """Return the parts of an address; raises Forbidden for one that must not be asked."""
    if len(url) > _LONGEST:
        raise Forbidden(f"must have at most {_LONGEST} characters")
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise Forbidden("must be an address in ASCII without spaces")
    try:
        parts = urlsplit(url)
    except ValueError:  # a bracket left open
        raise Forbidden("is not an address") from None
    if "@" in parts.netloc:
        raise Forbidden("must not hold a user name or password")
    found = _NETLOC.fullmatch(parts.netloc)
    if parts.scheme not in _DEFAULT_PORTS or not found:
        raise Forbidden(_must_be(schemes))
    host, is_listed = _host(found["six"], found["name"])
    if parts.scheme not in schemes and not is_listed:
        raise Forbidden(_must_be(schemes))
    port = _port(found["port"] or _DEFAULT_PORTS[parts.scheme])
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port, path)


def as_address(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def is_name(text: str) -> bool:
    """True for a host's name in lower case. Resolvers read 127.1 and 0x7f000001 as numbers: those are none."""
    last = text.rpartition(".")[2]
    return len(text) <= _LONGEST_NAME and bool(_NAME.fullmatch(text)) and not _NUMBER.fullmatch(last)


def is_listable(entry: str) -> bool:
    """True for what the operator's list may hold: a network, an address or a host's name."""
    try:
        ip_network(entry.strip(), strict=False)
    except ValueError:
        return is_name(entry.strip().lower())
    return True


def redact(url: str) -> str:
    """Return an address for a log: who is asked, and nothing of what may be a secret (the path often is one)."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "an address that cannot be read"
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}{f':{port}' if port else ''}/{'…' if parts.path.strip('/') or parts.query else ''}"


def _must_be(schemes: Collection[str]) -> str:
    return "must be an http or https address" if "http" in schemes else "must be an https address"


def _host(six: str | None, name: str | None) -> tuple[str, bool]:
    """Return the host, and whether the operator's list holds it; raises Forbidden."""
    host = (six or name or "").lower()
    known = listed()
    address = as_address(host)
    if isinstance(address, IPv6Address if six else IPv4Address):
        if known.has(address):
            return str(address), True
        if is_public(address):
            return str(address), False
    elif not six and is_name(host):
        if host in known.names:
            return host, True
        before, _, last = host.rpartition(".")
        if before and last not in _NEAR:
            return host, False
    raise Forbidden("must name a public host")


def _port(given: str | int) -> int:
    port = int(given)
    if not 0 < port < 1 << 16:
        raise Forbidden("is not an address")
    if port in _BAD_PORTS or (port < 1024 and port not in _LOW_PORTS):
        raise Forbidden("must not name the port of another service")
    return port
