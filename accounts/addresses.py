"""Where a request comes from, believing only the proxies that the operator named."""

from functools import lru_cache
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest


@lru_cache(maxsize=1024)
def _normal(text: str) -> str | None:
    """Return the address in its shortest form, an IPv4 one carried in IPv6 as IPv4; None if it is none.

    The zone after `%` is left out: any text may stand there, and it means something on one machine alone.
    """
    try:
        address = ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    return str(getattr(address, "ipv4_mapped", None) or address)


@lru_cache(maxsize=1024)
def _is_trusted(address: str, trusted: tuple[str, ...]) -> bool:
    return any(ip_address(address) in ip_network(network, strict=False) for network in trusted)


def client_address(request: HttpRequest) -> str:
    """Return the caller's IP address, or "" where the server was not told one.

    `X-Forwarded-For` counts only where the peer is in `GATEWAY_TRUSTED_PROXIES`: read from the right,
    the first address that is not itself a trusted proxy.
    """
    address = _normal(request.META.get("REMOTE_ADDR", "")) or ""
    trusted = tuple(settings.GATEWAY_TRUSTED_PROXIES)
    if not address or not trusted or not _is_trusted(address, trusted):
        return address
    for hop in reversed(request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")):
        named = _normal(hop)
        if named is None:
            break
        address = named
        if not _is_trusted(address, trusted):
            break
    return address


def counted_address(request: HttpRequest) -> str:
    """Return the address that limits count by; who comes without one counts together with all such others.

    Of IPv6 django-ratelimit takes the network (`RATELIMIT_IPV6_MASK`), since one home has all addresses of its own.
    """
    return client_address(request) or "0.0.0.0"  # noqa: S104  nothing listens there
