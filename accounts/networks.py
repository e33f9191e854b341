"""Address lists: IPv4 and IPv6 addresses and CIDR networks, where an empty list allows every address."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

# IPv4 inside IPv6: callers are seen with their IPv4 address, so lists hold that too.
_MAPPED = IPv6Network("::ffff:0:0/96")


def parse_network(text: str) -> str:
    """Return one address or network in its normal form; raises ValueError for anything else."""
    network = ip_network(text.strip(), strict=False)
    if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
        network = IPv4Network((int(network.network_address) & 0xFFFFFFFF, network.prefixlen - 96))
    return str(network)


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
