"""Where the paths of an API style begin."""

from urllib.parse import urlsplit

from django.conf import settings

from messaging.dialect import Dialect


def base_of(style: Dialect, path: str) -> str:
    """Return what the vendor's path stands behind: the style's own host, ours where it answers at the root, or its
    mount."""
    if host := settings.GATEWAY_DIALECT_HOSTS.get(style.name):
        return f"{urlsplit(settings.GATEWAY_URL).scheme}://{host}"
    at_root = path.lstrip("/").startswith(style.roots) or path.lstrip("/") in style.outside
    return settings.GATEWAY_URL if at_root else mount_of(style)


def mount_of(style: Dialect) -> str:
    """Return where the whole style answers, whatever else does at the root."""
    return f"{settings.GATEWAY_URL}/{style.mount}"
