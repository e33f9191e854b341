"""Which addresses are public, and what the operator lets callers reach besides."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import TypeAlias

from django.conf import settings

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

# Python's own `is_global` differs between its releases. These are the IANA special-purpose registries (RFC 6890) and
# the one public address where a cloud keeps its machines' settings.
_SPECIAL_4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's host, seen from its guests
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
# Of IPv6 only this is given out; mapped, compatible, local and multicast addresses are outside of it.
_UNICAST_6 = IPv6Network("2000::/3")
_SPECIAL_6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # Teredo, benchmarking and other protocols' own
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "3fff::/20",
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")


def is_public(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _SPECIAL_4)
    return address in _UNICAST_6 and not any(address in network for network in _SPECIAL_6)


def behind(address: Address) -> Address:
    """Return the IPv4 address that a DNS64 resolver's answer stands for, else the address itself (RFC 6052)."""
    if isinstance(address, IPv6Address) and address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


@dataclass(frozen=True)
class Listed:
    """The operator's list: what may be reached although it is private, and without TLS."""

    networks: tuple[Network, ...]
    names: frozenset[str]

    def has(self, address: Address) -> bool:
        return any(address in network for network in self.networks)


def listed() -> Listed:
    return _read(tuple(settings.GATEWAY_WEBHOOK_ALLOW))


@lru_cache(maxsize=4)
def _read(entries: Sequence[str]) -> Listed:
    networks, names = [], set()
    for entry in entries:
        try:
            networks.append(ip_network(entry.strip(), strict=False))
        except ValueError:
            names.add(entry.strip().lower())
    return Listed(tuple(networks), frozenset(names))
