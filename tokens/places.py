"""The networks that tokens are used from, and those that the operator calls bad."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path

from django.conf import settings

from tokens.authentication import storable_address
from tokens.models import TokenNetwork

logger = logging.getLogger(__name__)

KEPT = 200  # networks of each token
_LENGTHS = {4: 24, 6: 48}  # as much of an address as its holder rarely leaves
_READ_AGAIN = 60.0  # seconds, after which a file that changed is noticed
_LONGEST_FILE = 32 * 1024 * 1024

Network = IPv4Network | IPv6Network
Uses = Mapping[tuple[int, str | None], datetime]  # by token and address: when it was last


@lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """Return the network that an address is in: /24, or /48 of IPv6; raises ValueError for what is no address."""
    found = ip_address(address)
    return str(ip_network(f"{found}/{_LENGTHS[found.version]}", strict=False))


def write(uses: Uses, known: Iterable[int]) -> None:
    """Write down where the known tokens were used from, and keep the newest 200 networks of each."""
    ids = set(known)
    last: dict[tuple[int, str], datetime] = {}
    bad: dict[tuple[int, str], datetime] = {}
    for (pk, given), at in uses.items():
        address = storable_address(given)
        if pk not in ids or address is None:
            continue
        key = pk, network_of(address)
        last[key] = max(at, last.get(key, at))
        if is_bad(address):
            bad[key] = last[key]
    _store(last)
    for (pk, network), at in sorted(bad.items()):
        TokenNetwork.objects.filter(token_id=pk, network=network).update(bad_at=at)


def _store(last: Mapping[tuple[int, str], datetime]) -> None:
    if not last:
        return
    mine = TokenNetwork.objects.filter(token__in={pk for pk, _ in last}, network__in={network for _, network in last})
    there = set(mine.values_list("token_id", "network"))
    TokenNetwork.objects.bulk_create(
        [
            TokenNetwork(token_id=pk, network=network, first_at=at, last_at=at)
            for (pk, network), at in sorted(last.items())
        ],
        update_conflicts=True,
        unique_fields=["token", "network"],
        update_fields=["last_at"],
    )
    for pk in sorted({pk for pk, network in last if (pk, network) not in there}):
        kept = TokenNetwork.objects.filter(token_id=pk).order_by("-last_at", "-pk").values_list("pk", flat=True)
        TokenNetwork.objects.filter(pk__in=list(kept[KEPT : 2 * KEPT])).delete()


class Bad:
    """The networks of GATEWAY_BAD_NETWORKS and of the files that it names, to be asked quickly: there may be many."""

    def __init__(self, entries: Sequence[str]) -> None:
        self.entries = tuple(entries)
        self.read_at = time.monotonic()
        self._stamps = self._stamp()
        self._known: dict[tuple[int, int], set[int]] = {}
        for network in self._networks():
            self._known.setdefault((network.version, network.prefixlen), set()).add(int(network.network_address))

    def has(self, address: str) -> bool:
        asked = ip_address(address)
        value, bits = int(asked), asked.max_prefixlen
        return any(
            version == asked.version and (value >> (bits - length) << (bits - length)) in known
            for (version, length), known in self._known.items()
        )

    def is_fresh(self) -> bool:
        """True while a file was looked at lately, or has not changed since it was read."""
        if time.monotonic() - self.read_at < _READ_AGAIN:
            return True
        self.read_at = time.monotonic()
        return self._stamp() == self._stamps

    def _stamp(self) -> list[float]:
        return [path.stat().st_mtime if path.is_file() else 0.0 for path in map(Path, filter(is_path, self.entries))]

    def _networks(self) -> Iterator[Network]:
        for entry in self.entries:
            lines = read_lines(entry) if is_path(entry) else [entry]
            for line in lines:
                try:
                    yield ip_network(line, strict=False)
                except ValueError:
                    logger.warning("GATEWAY_BAD_NETWORKS: “%s” is no network and is left out", line[:60])


def is_path(entry: str) -> bool:
    """True for an entry that names a file: networks have no slash in front."""
    return entry.startswith(("/", "./", "../"))


def read_lines(path: str) -> list[str]:
    """Return a file's entries, a line each, without what follows `#` or `;`; a file that cannot be read has none."""
    try:
        with Path(path).open(encoding="utf-8", errors="replace") as file:
            text = file.read(_LONGEST_FILE)
    except OSError as error:
        logger.warning("GATEWAY_BAD_NETWORKS: %s cannot be read: %s", path, error.strerror)
        return []
    lines = (line.partition("#")[0].partition(";")[0].strip() for line in text.splitlines())
    return [line for line in lines if line]


_bad = Bad([])


def is_bad(address: str) -> bool:
    """True if the operator's list holds the address."""
    global _bad  # noqa: PLW0603  read once, and again where it changed
    entries = [entry.strip() for entry in settings.GATEWAY_BAD_NETWORKS if entry.strip()]
    if tuple(entries) != _bad.entries or not _bad.is_fresh():
        _bad = Bad(entries)
    return bool(entries) and _bad.has(address)
