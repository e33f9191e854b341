"""Address lists: IPv4 and IPv6 addresses and CIDR networks, where an empty list allows every address."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network


def parse_network(text: str) -> str:
    """Return one address or network in its normal form; raises ValueError for anything else."""
    return str(ip_network(text.strip(), strict=False))


@lru_cache(maxsize=4096)
def _network(text: str) -> IPv4Network | IPv6Network:
    return ip_network(text)


def is_allowed(address: str, networks: Sequence[str]) -> bool:
    """True if the list is empty or one of its networks holds the address."""
    if not networks:
        return True
    try:
        asking = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(asking, "ipv4_mapped", None)
    return any((mapped or asking) in _network(text) for text in networks)


def covers(outer: Iterable[str], inner: Iterable[str]) -> bool:
    """True if every address that `inner` allows is allowed by `outer` too (empty allows all)."""
    wide, narrow = [_network(o) for o in outer], [_network(i) for i in inner]
    if not wide:
        return True
    return bool(narrow) and all(
        any(n.version == w.version and n.subnet_of(w) for w in wide)  # type: ignore[arg-type]  # versions agree
        for n in narrow
    )
