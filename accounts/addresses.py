"""Where a request comes from, believing only the proxies that the operator named."""

from functools import lru_cache
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest


@lru_cache(maxsize=1024)
def _is_trusted(address: str, trusted: tuple[str, ...]) -> bool:
    try:
        return any(ip_address(address) in ip_network(network, strict=False) for network in trusted)
    except ValueError:
        return False


def client_address(request: HttpRequest) -> str:
    """Return the caller's IP address.

    `X-Forwarded-For` counts only where the peer is in `GATEWAY_TRUSTED_PROXIES`: read from the right,
    the first address that is not itself a trusted proxy.
    """
    address: str = request.META.get("REMOTE_ADDR", "")
    trusted = tuple(settings.GATEWAY_TRUSTED_PROXIES)
    if not trusted or not _is_trusted(address, trusted):
        return address
    for hop in reversed(request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")):
        hop = hop.strip()
        try:
            ip_address(hop)
        except ValueError:
            break
        address = hop
        if not _is_trusted(hop, trusted):
            break
    return address
