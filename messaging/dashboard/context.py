"""What every page's frame needs."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def shell(request: HttpRequest) -> dict[str, Any]:
    return {"product_name": settings.GATEWAY_NAME, "theme": request.COOKIES.get("theme", "")}
